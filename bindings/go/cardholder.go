//go:build cgo

package cardwire

import "fmt"

// A Cardholder is a person to verify: a card number with a name, and an ID number and a phone number where they are
// known. Every vendor is asked about the same values: the page "Values of people" says what is dropped, what becomes
// the same and what is refused. Printed, it shows no personal data, also as a field of another struct.
type Cardholder struct {
	person func() person
}

// person is behind a function: see kept.
type person struct {
	cardNumber, name string
	idNumber, phone  *string
}

// NewCardholder makes a cardholder of a card number, 12 to 19 digits, blanks and dashes between them aside, and the
// name as the bank knows it: two elements.
func NewCardholder(cardNumber, name string) Cardholder {
	return Cardholder{behind(person{cardNumber: cardNumber, name: name})}
}

// WithIDNumber returns the same cardholder with the number of the resident identity card, the third element. An empty
// number is refused by the call: without one, call NewCardholder alone.
func (c Cardholder) WithIDNumber(idNumber string) Cardholder {
	changed := inFront(c.person)
	changed.idNumber = &idNumber
	return Cardholder{behind(changed)}
}

// WithPhone returns the same cardholder with the mobile phone number that the issuer holds, the fourth element.
func (c Cardholder) WithPhone(phone string) Cardholder {
	changed := inFront(c.person)
	changed.phone = &phone
	return Cardholder{behind(changed)}
}

// String shows no personal data.
func (c Cardholder) String() string {
	return "Cardholder{" + hidden + "}"
}

// Format writes String for every verb.
func (c Cardholder) Format(to fmt.State, _ rune) { fmt.Fprint(to, c.String()) }

// request returns the library's request.
func (c Cardholder) request() request {
	known, asked := inFront(c.person), newRequest("verify")
	asked.arguments["card_number"] = known.cardNumber
	asked.arguments["name"] = known.name
	if known.idNumber != nil {
		asked.arguments["id_number"] = *known.idNumber
	}
	if known.phone != nil {
		asked.arguments["phone"] = *known.phone
	}
	return asked
}
