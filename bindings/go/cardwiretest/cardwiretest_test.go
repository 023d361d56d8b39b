package cardwiretest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"cardwire.io/cardwire"
	"cardwire.io/cardwire/cardwiretest"
)

// cards is what the program under test needs of a *cardwire.Client.
type cards interface {
	Recognize(context.Context, cardwire.Image, ...cardwire.CallOption) (*cardwire.Recognition, error)
}

// answers is a client that gives one answer.
type answers struct {
	card *cardwire.Recognition
	err  error
}

func (a answers) Recognize(context.Context, cardwire.Image, ...cardwire.CallOption) (*cardwire.Recognition, error) {
	return a.card, a.err
}

// lastDigits is the code under test.
func lastDigits(client cards) string {
	card, err := client.Recognize(context.Background(), cardwire.ImageFile("card.jpg"))
	var failure *cardwire.Error
	switch {
	case errors.As(err, &failure) && failure.Billed != cardwire.BilledNo:
		return "ask the vendor about " + failure.OrderID
	case err != nil:
		return "another photo, please"
	}
	number := card.CardNumber()
	return number[len(number)-4:]
}

var _ cards = (*cardwire.Client)(nil)

func Example() {
	fmt.Println(lastDigits(answers{card: cardwiretest.Recognition("6222020000000000000")}))
	fmt.Println(lastDigits(answers{err: cardwiretest.Error(cardwire.ErrCardNotFound)}))
	fmt.Println(lastDigits(answers{err: cardwiretest.Error(cardwire.ErrTimeout, func(err *cardwire.Error) {
		err.Billed, err.OrderID = cardwire.BilledUnknown, "a1"
	})}))
	// Output:
	// 0000
	// another photo, please
	// ask the vendor about a1
}

func TestWhatIsMadeIsWritten(t *testing.T) {
	card := cardwiretest.Recognition("6222020000000000000", func(card *cardwire.Recognition) {
		card.Issuer, card.OrderID = "中国工商银行", "a1"
	}, nil)
	candidate := cardwiretest.Candidate("6222020000000000000", 0.5)
	failure := cardwiretest.Error(cardwire.ErrCardNotFound, func(err *cardwire.Error) {
		err.Candidates = append(err.Candidates, candidate)
	})
	order := cardwiretest.Order("6222020000000000000")
	for _, one := range []struct{ found, expected string }{
		{card.CardNumber() + order.CardNumber() + candidate.CardNumber(), "622202000000000000062220200000000000006222020000000000000"},
		{field(card.Document(), "card_number"), `"6222020000000000000"`},
		{field(card.Document(), "issuer"), `"中国工商银行"`},
		{field(card.Document(), "issuer_code"), "null"},
		{field(marshalled(t, card), "masked_card_number"), `"622202*********0000"`},
		{field(marshalled(t, card), "card_number"), ""},
		{field(marshalled(t, card), "card_kind"), `"unknown"`},
		{field(marshalled(t, candidate), "masked_card_number"), `"622202*********0000"`},
		{field(marshalled(t, cardwiretest.Verification(cardwire.OutcomeMatch)), "outcome"), `"match"`},
		{field(marshalled(t, cardwiretest.CardLookup(true)), "found"), "true"},
		{field(marshalled(t, failure), "kind"), `"card_not_found"`},
		{failure.Error(), "card_not_found: made by a test"},
		{fmt.Sprint(failure.Candidates), "[NumberCandidate{CardNumber:622202*********0000 Confidence:0.5}]"},
	} {
		if one.found != one.expected {
			t.Errorf("expected %s, found %s", one.expected, one.found)
		}
	}
}

func marshalled(t *testing.T, value any) []byte {
	document, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func field(document []byte, name string) string {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(document, &fields); err != nil {
		return err.Error()
	}
	return string(fields[name])
}
