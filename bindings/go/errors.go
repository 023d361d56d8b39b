package cardwire

// #include "bridge.h"
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// An Error is why a call gave no result, with everything that is known about the call. Its texts and its JSON hold no
// card number, ID number, name, secret or image.
//
// [errors.Is] finds its [Kind], [context.Canceled] and [context.DeadlineExceeded] where the call's context ended it,
// the error of a provider or a reader of the program, and the system's own errors: [fs.ErrNotExist] of a file,
// [syscall.ECONNREFUSED] of a connection.
type Error struct {
	Facts
	// Kind is the kind.
	Kind Kind `json:"kind"`
	// Message is the problem. That of an ErrInvalidArgument begins with the name of the argument, that of an
	// ErrInvalidConfig with the key.
	Message string `json:"message"`
	// Argument is the argument that was refused, named as in every language (card_number), for ErrInvalidArgument.
	Argument string `json:"argument"`
	// Path is the file that could not be used, where the error is about one. Long numbers and what is not ASCII are
	// masked: photos are named after people.
	Path string `json:"path"`
	// OSError is the operating system's number for why the file of Path could not be used; 0 where there is none.
	OSError int `json:"os_error,omitempty"`
	// VendorCode is the vendor's own code, as it came.
	VendorCode string `json:"vendor_code"`
	// VendorMessage is the vendor's own text, cut, with personal data and digit runs masked.
	VendorMessage string `json:"vendor_message"`
	// HTTPStatus is the HTTP status of the vendor's answer; 0 where there was no answer.
	HTTPStatus int `json:"http_status,omitempty"`
	// Retryable says whether the same call, unchanged, may succeed later and cannot have been billed by this one.
	Retryable bool `json:"retryable"`
	// RetryAfter is how long to wait before the next try; nil where that is not known.
	RetryAfter *time.Duration `json:"retry_after_ms"`
	// Cause is the step of the network that failed; nil where the network did not.
	Cause *NetworkCause `json:"cause"`
	// Order is the journal's record of the order that the vendor answered before, for ErrAlreadyAnswered, or that runs,
	// for ErrAlreadyRunning. Its Sent and Billed are those of that order, the error's own those of the call that ended with it.
	Order *OrderRecord `json:"order"`
	// Candidates are the numbers that may stand on the card, the likeliest first, none of them read with confidence:
	// of an ErrCardNotFound of the vendor offline. They are personal data, and in none of the error's texts.
	Candidates []NumberCandidate `json:"-"`

	text    string
	beneath []error
}

// A NetworkCause is the step of the network at which a request failed. It holds no secret and no personal datum: of an
// address only its host and port.
type NetworkCause struct {
	// Step is resolve, connect, proxy, tls, send or receive.
	Step string `json:"step"`
	// Host is the vendor's, or the proxy's, as the configuration names it.
	Host string `json:"host"`
	// Port is its port.
	Port int `json:"port"`
	// Reason is in English: the operating system's, TLS's, or the proxy's status.
	Reason string `json:"reason"`
	// OSError is the operating system's number for it; 0 where the reason is not the operating system's.
	OSError int `json:"os_error,omitempty"`
}

// A NumberCandidate is a number that may stand on a card, as it was read.
type NumberCandidate struct {
	// Confidence is the share of such readings that are right, from 0 to 1.
	Confidence float64 `json:"confidence"`

	kept kept[candidateData]
}

// candidateData are personal.
type candidateData struct {
	CardNumber string `json:"card_number"`
}

func newCandidate(cardNumber string, confidence float64) NumberCandidate {
	return NumberCandidate{confidence, behind(&keptValues[candidateData]{data: candidateData{cardNumber}})}
}

// CardNumber returns the number, digits only: personal data.
func (c NumberCandidate) CardNumber() string { return c.kept.values().data.CardNumber }

// Error returns one line: kind, message, vendor, vendor code, request id and order number.
func (e *Error) Error() string {
	if e.text != "" {
		return e.text
	}
	var details []string
	for _, detail := range [][2]string{
		{"vendor", string(e.Vendor)}, {"code", e.VendorCode}, {"request", e.RequestID}, {"order", e.OrderID},
	} {
		if detail[1] != "" {
			details = append(details, detail[0]+" "+detail[1])
		}
	}
	line := e.Kind.String() + ": " + e.Message
	if details != nil {
		line += " (" + strings.Join(details, ", ") + ")"
	}
	return line
}

// Is reports whether target is the error's kind.
func (e *Error) Is(target error) bool { return target == error(e.Kind) }

// Unwrap returns what lies beneath: the context's error, that of a provider or a reader, or the system's.
func (e *Error) Unwrap() []error { return e.beneath }

// Timeout reports whether the deadline passed.
func (e *Error) Timeout() bool { return e.Kind == ErrTimeout }

// Format writes Error for every verb, so that no verb shows the candidates.
func (e *Error) Format(to fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprintf(to, "%q", e.Error())
		return
	}
	fmt.Fprint(to, e.Error())
}

// MarshalJSON writes the document that every language has of an error, without the candidates.
func (e *Error) MarshalJSON() ([]byte, error) {
	document := documentOf(*e)
	document["number"] = int(e.Kind)
	if e.Order == nil {
		delete(document, "order")
	}
	return json.Marshal(document)
}

// Error returns step, host, port and reason in one line.
func (c *NetworkCause) Error() string {
	return c.Step + " " + net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) + ": " + c.Reason
}

// Unwrap returns the error that Go's own network package has beneath such a step: a [net.DNSError], or the system's
// number.
func (c *NetworkCause) Unwrap() error {
	switch {
	case c.Step == "resolve":
		return &net.DNSError{Err: c.Reason, Name: c.Host}
	case c.OSError != 0:
		return syscall.Errno(c.OSError)
	}
	return nil
}

// MaskedCardNumber returns the number as it may be shown and logged: the first six and last four digits.
func (c NumberCandidate) MaskedCardNumber() string { return MaskCardNumber(c.CardNumber()) }

// MarshalJSON writes the confidence and the masked card number: no personal data.
func (c NumberCandidate) MarshalJSON() ([]byte, error) {
	return withoutPersonalData(c, c.kept.values())
}

// UnmarshalJSON reads the confidence and the whole number, as card_number.
func (c *NumberCandidate) UnmarshalJSON(document []byte) error {
	type plain NumberCandidate
	if err := json.Unmarshal(document, (*plain)(c)); err != nil {
		return err
	}
	return c.kept.keep(document, nil, nil)
}

// String shows no personal data.
func (c NumberCandidate) String() string { return shown(c, c.kept.values()) }

// Format writes String for every verb.
func (c NumberCandidate) Format(to fmt.State, _ rune) { fmt.Fprint(to, c.String()) }

// besideError is what the library tells of an error beside its document.
type besideError struct {
	text       string
	candidates []NumberCandidate
	provider   error
}

// beside reads it while the error lives.
func beside(failure *C.cardwire_error) besideError {
	told := besideError{text: C.GoString(C.cardwire_error_text(failure))}
	for i := C.size_t(0); i < C.cardwire_error_candidate_count(failure); i++ {
		told.candidates = append(told.candidates, newCandidate(
			C.GoString(C.cardwire_error_candidate_card_number(failure, i)),
			float64(C.cardwire_error_candidate_confidence(failure, i)),
		))
	}
	told.provider, _ = providerErrors.get(uintptr(C.cardwire_go_provider_cause(failure)))
	return told
}

// takeError takes an error over from the library and frees it.
func takeError(failure *C.cardwire_error) *Error {
	if failure == nil {
		return newError(ErrInternal, "", "the library gave neither a result nor an error")
	}
	defer C.cardwire_error_free(failure)
	document := copied(unsafe.Pointer(C.cardwire_error_json(failure)), C.cardwire_error_json_len(failure))
	return readError(document, beside(failure))
}

// readError reads the library's document of an error.
func readError(document []byte, beside besideError) *Error {
	type plain Error
	e := &Error{text: beside.text, Candidates: beside.candidates}
	wire := struct {
		*plain
		RetryAfter *milliseconds `json:"retry_after_ms"`
	}{plain: (*plain)(e)}
	if err := json.Unmarshal(document, &wire); err != nil {
		return lost(document, "the error of the call cannot be read", err)
	}
	if wire.RetryAfter != nil {
		after := wire.RetryAfter.duration()
		e.RetryAfter = &after
	}
	if beside.provider != nil {
		e.beneath = append(e.beneath, beside.provider)
	}
	if e.Path != "" && e.OSError != 0 {
		e.beneath = append(e.beneath, &fs.PathError{Op: "open", Path: e.Path, Err: syscall.Errno(e.OSError)})
	}
	if e.Cause != nil {
		e.beneath = append(e.beneath, e.Cause)
	}
	return e
}

// newError makes the error of a problem found on this side of the library: nothing was sent.
func newError(kind Kind, argument, message string, beneath ...error) *Error {
	facts := Facts{Sent: SentNo, Billed: BilledNo}
	return &Error{Facts: facts, Kind: kind, Argument: argument, Message: message, beneath: beneath}
}

// refused makes the error of an argument.
func refused(argument, expected, found string, beneath ...error) *Error {
	return newError(ErrInvalidArgument, argument, argument+": expected "+expected+", found "+found, beneath...)
}

// lost makes the error of a call whose document cannot be read, with the facts in it that can: it may have been sent
// and billed.
func lost(document []byte, message string, beneath ...error) *Error {
	return &Error{Facts: readableFacts(document), Kind: ErrInternal, Message: message, beneath: beneath}
}

// contextErrors returns what a context ended with, and why.
func contextErrors(ctx context.Context) []error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || cause == err {
		return []error{err}
	}
	return []error{err, cause}
}

// ended makes the error of what a context ended before anything was sent.
func ended(ctx context.Context, message string) *Error {
	kind := ErrCancelled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		kind = ErrTimeout
	}
	return newError(kind, "", message, contextErrors(ctx)...)
}

// given refuses a context that is nil.
func given(ctx context.Context) *Error {
	if ctx == nil {
		return refused("context", "a context", "nil")
	}
	return nil
}
