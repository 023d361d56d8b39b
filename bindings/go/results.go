//go:build cgo

package cardwire

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// A Recognition is a card as it was read in a photo. Personal data are methods, so that nothing that prints, logs or
// marshals it shows them.
type Recognition struct {
	Facts
	// Confidence is the share of such readings that are right, from 0 to 1; nil where whoever read it does not say so:
	// the vendor offline does.
	Confidence *float64 `json:"confidence"`
	// Issuer is the issuing bank, as the vendor names it, or else as the table of prefixes does; empty where neither
	// knows it.
	Issuer string `json:"issuer"`
	// IssuerSource is where the issuer is known from; empty where there is none.
	IssuerSource IssuerSource `json:"issuer_source"`
	// IssuerCode is the issuer's code as Alipay writes it, such as ICBC; empty where the table of prefixes has none.
	IssuerCode string `json:"issuer_code"`
	// CardKind is the kind of the card.
	CardKind CardKind `json:"card_kind"`
	// ValidThru is the month that the card is valid through; nil where the vendor read none.
	ValidThru *ValidThru `json:"valid_thru"`
	// Clarity is how sharp the photo is, 0 to 100; nil where the vendor does not say.
	Clarity *int `json:"clarity"`
	// Corners are those of the card in the photo, clockwise from the upper left one of the card; none where whoever
	// read it does not say so: the vendor offline does.
	Corners []Point `json:"corners"`
	// Warnings say what was wrong with the photo, or doubtful in what was read.
	Warnings []Warning `json:"warnings"`

	kept kept[recognitionData]
}

// recognitionData are personal.
type recognitionData struct {
	CardNumber  string `json:"card_number"`
	CardName    string `json:"card_name"`
	NumberPhoto []byte `json:"number_photo"`
}

// CardNumber returns the card number, digits only: personal data.
func (r Recognition) CardNumber() string { return r.kept.values().data.CardNumber }

// MaskedCardNumber returns the card number as it may be shown and logged: the first six and last four digits.
func (r Recognition) MaskedCardNumber() string { return MaskCardNumber(r.CardNumber()) }

// CardName returns the card's full name, as the vendor states it; empty where it does not.
func (r Recognition) CardName() string { return r.kept.values().data.CardName }

// NumberPhoto returns a JPEG of the number as it stands on the card, or nil: personal data.
func (r Recognition) NumberPhoto() []byte { return r.kept.values().data.NumberPhoto }

// Raw returns the vendor's whole answer, byte for byte: personal data.
func (r Recognition) Raw() []byte { return r.kept.values().raw }

// A Verification is a vendor's answer about a cardholder. Only [OutcomeMatch] says that card, name and ID number belong
// together. Personal data are methods.
type Verification struct {
	Facts
	// Outcome is match, mismatch, or that the vendor cannot tell.
	Outcome Outcome `json:"outcome"`
	// Reason says why it is not a match; empty for a match.
	Reason Reason `json:"reason"`
	// VendorCode is the vendor's code, as it came.
	VendorCode string `json:"vendor_code"`

	kept kept[describedData]
}

// describedData are personal: a vendor's text may repeat what it was asked about.
type describedData struct {
	Description string `json:"description"`
}

// Description returns the vendor's text, in its language: for people, not for programs.
func (v Verification) Description() string { return v.kept.values().data.Description }

// Raw returns the vendor's whole answer, byte for byte: personal data.
func (v Verification) Raw() []byte { return v.kept.values().raw }

// A CardLookup is a vendor's knowledge about a card number: its issuer, and the kind of the card. Personal data are
// methods.
type CardLookup struct {
	Facts
	// Found says whether the vendor knows the card.
	Found bool `json:"found"`
	// Reason says why it does not; empty where it does.
	Reason LookupReason `json:"reason"`
	// Issuer is the issuing bank, as the vendor names it.
	Issuer string `json:"issuer"`
	// CardKind is the kind of the card.
	CardKind CardKind `json:"card_kind"`
	// VendorCode is the vendor's code, as it came.
	VendorCode string `json:"vendor_code"`

	kept kept[describedData]
}

// Description returns the vendor's text, in its language: for people, not for programs.
func (l CardLookup) Description() string { return l.kept.values().data.Description }

// Raw returns the vendor's whole answer, byte for byte: personal data.
func (l CardLookup) Raw() []byte { return l.kept.values().raw }

// An Order is an order as a vendor keeps it under its number. The facts are those of the query itself. Personal data
// are methods.
type Order struct {
	Facts
	// ValidThru is the month that the card is valid through; nil where the vendor read none.
	ValidThru *ValidThru `json:"valid_thru"`
	// Clarity is how sharp the photo is, 0 to 100; nil where the vendor does not say.
	Clarity *int `json:"clarity"`
	// Warnings say what was wrong with the photo.
	Warnings []Warning `json:"warnings"`
	// OperatedAt is when the vendor worked on it, in the vendor's words (China Standard Time).
	OperatedAt string `json:"operated_at"`

	kept kept[orderData]
}

// orderData are personal.
type orderData struct {
	CardNumber    string `json:"card_number"`
	OriginalPhoto []byte `json:"original_photo"`
	CardPhoto     []byte `json:"card_photo"`
	NumberPhoto   []byte `json:"number_photo"`
}

// CardNumber returns the card number, digits only, where the vendor keeps it: personal data.
func (o Order) CardNumber() string { return o.kept.values().data.CardNumber }

// MaskedCardNumber returns the card number as it may be shown and logged: the first six and last four digits.
func (o Order) MaskedCardNumber() string { return MaskCardNumber(o.CardNumber()) }

// OriginalPhoto returns the photo as it was sent, or nil: personal data.
func (o Order) OriginalPhoto() []byte { return o.kept.values().data.OriginalPhoto }

// CardPhoto returns the card cut out of the photo, or nil: personal data.
func (o Order) CardPhoto() []byte { return o.kept.values().data.CardPhoto }

// NumberPhoto returns the number cut out of the photo, or nil: personal data.
func (o Order) NumberPhoto() []byte { return o.kept.values().data.NumberPhoto }

// Raw returns the vendor's whole answer, byte for byte: personal data.
func (o Order) Raw() []byte { return o.kept.values().raw }

// A ValidThru is the month that a card is valid through.
type ValidThru struct {
	// Year has four digits; Month is 1 to 12. Both are 0 where the text could not be read as a date.
	Year  int `json:"year,omitempty"`
	Month int `json:"month,omitempty"`
	// Printed is the vendor's text.
	Printed string `json:"printed"`
}

// A Point is a point in a photo, in pixels from its upper left corner, as the photo is shown: turned by its EXIF
// orientation.
type Point struct {
	X int `json:"x"`
	Y int `json:"y"`
}

// A Warning is a fault of a photo that could be read all the same, or of what was read.
type Warning struct {
	// Kind is the fault.
	Kind WarningKind `json:"kind"`
	// Code is the vendor's code, as it came; check_digit or other_reading where the warning is the library's own.
	Code string `json:"code"`
}

// An Issuer is the issuer of cards whose numbers begin alike, by the table of prefixes.
type Issuer struct {
	// Name is the issuing bank's name in Chinese, as it is today.
	Name string `json:"name"`
	// Code is the bank's code as Alipay writes it, such as ICBC; empty where the table has none.
	Code string `json:"code"`
	// CardKind is the kind of the cards, where the table states it.
	CardKind CardKind `json:"card_kind"`
}

// A result is what a call gives.
type result interface {
	// answered takes a document and the vendor's answer; library is the document where the library wrote it.
	answered(document, raw, library []byte) error
}

func (r *Recognition) answered(document, raw, library []byte) error {
	type plain Recognition
	if err := json.Unmarshal(document, (*plain)(r)); err != nil {
		return err
	}
	return r.kept.keep(document, raw, library)
}

func (v *Verification) answered(document, raw, library []byte) error {
	type plain Verification
	if err := json.Unmarshal(document, (*plain)(v)); err != nil {
		return err
	}
	return v.kept.keep(document, raw, library)
}

func (l *CardLookup) answered(document, raw, library []byte) error {
	type plain CardLookup
	if err := json.Unmarshal(document, (*plain)(l)); err != nil {
		return err
	}
	return l.kept.keep(document, raw, library)
}

func (o *Order) answered(document, raw, library []byte) error {
	type plain Order
	if err := json.Unmarshal(document, (*plain)(o)); err != nil {
		return err
	}
	return o.kept.keep(document, raw, library)
}

// read takes a document that Document gave, in which the vendor's answer stands among the fields.
func read(document []byte, into result) error {
	var beside struct {
		Raw json.RawMessage `json:"raw"`
	}
	if err := json.Unmarshal(document, &beside); err != nil {
		return err
	}
	raw := []byte(beside.Raw)
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = []byte(text)
	}
	return into.answered(document, raw, nil)
}

// MarshalJSON writes the fields as every language's document has them, and the masked card number: no personal data.
func (r Recognition) MarshalJSON() ([]byte, error) { return withoutPersonalData(r, r.kept.values()) }

// Document returns the whole document that every language has, as JSON: personal data.
func (r Recognition) Document() []byte { return wholeDocument(r, r.kept.values()) }

// MarshalJSON writes the fields as every language's document has them: no personal data.
func (v Verification) MarshalJSON() ([]byte, error) { return withoutPersonalData(v, v.kept.values()) }

// Document returns the whole document that every language has, as JSON: personal data.
func (v Verification) Document() []byte { return wholeDocument(v, v.kept.values()) }

// MarshalJSON writes the fields as every language's document has them: no personal data.
func (l CardLookup) MarshalJSON() ([]byte, error) { return withoutPersonalData(l, l.kept.values()) }

// Document returns the whole document that every language has, as JSON: personal data.
func (l CardLookup) Document() []byte { return wholeDocument(l, l.kept.values()) }

// MarshalJSON writes the fields as every language's document has them, and the masked card number: no personal data.
func (o Order) MarshalJSON() ([]byte, error) { return withoutPersonalData(o, o.kept.values()) }

// Document returns the whole document that every language has, as JSON: personal data.
func (o Order) Document() []byte { return wholeDocument(o, o.kept.values()) }

// UnmarshalJSON reads what Document gave. Where the vendor's answer is JSON, Raw is it without its blanks. Of what
// MarshalJSON wrote, the personal data are empty.
func (r *Recognition) UnmarshalJSON(document []byte) error { return read(document, r) }

// UnmarshalJSON reads what Document gave. Where the vendor's answer is JSON, Raw is it without its blanks. Of what
// MarshalJSON wrote, the personal data are empty.
func (v *Verification) UnmarshalJSON(document []byte) error { return read(document, v) }

// UnmarshalJSON reads what Document gave. Where the vendor's answer is JSON, Raw is it without its blanks. Of what
// MarshalJSON wrote, the personal data are empty.
func (l *CardLookup) UnmarshalJSON(document []byte) error { return read(document, l) }

// UnmarshalJSON reads what Document gave. Where the vendor's answer is JSON, Raw is it without its blanks. Of what
// MarshalJSON wrote, the personal data are empty.
func (o *Order) UnmarshalJSON(document []byte) error { return read(document, o) }

// String shows no personal data.
func (r Recognition) String() string { return shown(r, r.kept.values()) }

// String shows no personal data.
func (v Verification) String() string { return shown(v, v.kept.values()) }

// String shows no personal data.
func (l CardLookup) String() string { return shown(l, l.kept.values()) }

// String shows no personal data.
func (o Order) String() string { return shown(o, o.kept.values()) }

// Format writes String for every verb.
func (r Recognition) Format(to fmt.State, _ rune) { fmt.Fprint(to, r.String()) }

// Format writes String for every verb.
func (v Verification) Format(to fmt.State, _ rune) { fmt.Fprint(to, v.String()) }

// Format writes String for every verb.
func (l CardLookup) Format(to fmt.State, _ rune) { fmt.Fprint(to, l.String()) }

// Format writes String for every verb.
func (o Order) Format(to fmt.State, _ rune) { fmt.Fprint(to, o.String()) }

// LogValue logs String.
func (r Recognition) LogValue() slog.Value { return slog.StringValue(r.String()) }

// LogValue logs String.
func (v Verification) LogValue() slog.Value { return slog.StringValue(v.String()) }

// LogValue logs String.
func (l CardLookup) LogValue() slog.Value { return slog.StringValue(l.String()) }

// LogValue logs String.
func (o Order) LogValue() slog.Value { return slog.StringValue(o.String()) }
