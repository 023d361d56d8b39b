// Package cardwiretest makes results and errors for the tests of programs that use cardwire, personal data included.
//
// A field that a test does not give has the value that says nothing: empty, unknown, no. What is personal beside the
// card number is given by a document: [encoding/json.Unmarshal] into a result reads what its Document method gives.
//
//	card := cardwiretest.Recognition("6222020000000000000", func(card *cardwire.Recognition) {
//		card.Billed = cardwire.BilledYes
//	})
package cardwiretest

import (
	"encoding/json"

	"cardwire.io/cardwire"
)

// nothing are the facts that say nothing.
var nothing = cardwire.Facts{Sent: cardwire.SentNo, Billed: cardwire.BilledNo}

// Recognition makes a card that was read, with this number. Each function changes fields of it; nil does nothing.
func Recognition(cardNumber string, change ...func(*cardwire.Recognition)) *cardwire.Recognition {
	made := made[cardwire.Recognition](map[string]any{"card_number": cardNumber})
	made.Facts, made.CardKind = nothing, cardwire.CardUnknown
	return changed(made, change)
}

// Verification makes a vendor's answer about a cardholder, as [Recognition] does.
func Verification(outcome cardwire.Outcome, change ...func(*cardwire.Verification)) *cardwire.Verification {
	made := &cardwire.Verification{Facts: nothing, Outcome: outcome}
	return changed(made, change)
}

// CardLookup makes a vendor's knowledge about a card, as [Recognition] does.
func CardLookup(found bool, change ...func(*cardwire.CardLookup)) *cardwire.CardLookup {
	made := &cardwire.CardLookup{Facts: nothing, Found: found, CardKind: cardwire.CardUnknown}
	return changed(made, change)
}

// Order makes an order as a vendor keeps it, with this card number, as [Recognition] does.
func Order(cardNumber string, change ...func(*cardwire.Order)) *cardwire.Order {
	made := made[cardwire.Order](map[string]any{"card_number": cardNumber})
	made.Facts = nothing
	return changed(made, change)
}

// Error makes an error of this kind, as [Recognition] makes a result.
func Error(kind cardwire.Kind, change ...func(*cardwire.Error)) *cardwire.Error {
	made := &cardwire.Error{Facts: nothing, Kind: kind, Message: "made by a test"}
	return changed(made, change)
}

// Candidate makes a number that may stand on a card: see [cardwire.Error].
func Candidate(cardNumber string, confidence float64) cardwire.NumberCandidate {
	return *made[cardwire.NumberCandidate](map[string]any{"card_number": cardNumber, "confidence": confidence})
}

// made reads a value of its document.
func made[T any](document map[string]any) *T {
	text, err := json.Marshal(document)
	value := new(T)
	if err == nil {
		err = json.Unmarshal(text, value)
	}
	if err != nil {
		panic("cardwiretest: a document cannot be read: " + err.Error())
	}
	return value
}

func changed[T any](value *T, change []func(*T)) *T {
	for _, one := range change {
		if one != nil {
			one(value)
		}
	}
	return value
}
