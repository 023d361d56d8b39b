//go:build cgo

package cardwire

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"
)

// observers holds those of the clients, contexts those of the calls and batches that observers are told of, by numbers
// that the library keeps.
var (
	observers registry[func(context.Context, Event)]
	contexts  registry[context.Context]
)

// An Event is something that a client did: a [CallStarted], [CallEnded], [AttemptStarted], [AttemptEnded],
// [RequestRefused], [RatePermitWaited], [QuotaUnitTaken], [BreakerChanged], [OrderWritten] or [TokenRefreshed]. It holds
// no personal datum and no secret, so it may be logged. All events of a call come before its result does, but those
// about a token that others wait for too, and about a request whose caller has gone.
type Event interface {
	// About returns what every event has.
	About() EventHead
	// String returns the event as one line of a log: its name, and its fields as name=value.
	String() string

	isEvent()
}

// An EventHead is what every event has.
type EventHead struct {
	// Call is the number of the call, which all its events have; no other call of the process has it.
	Call uint64 `json:"call"`
	// Level is its level in a log.
	Level Level `json:"level"`

	text     string
	document []byte
}

func (h EventHead) isEvent() {}

// About returns the head itself.
func (h EventHead) About() EventHead { return h }

// String returns the event as one line of a log.
func (h EventHead) String() string { return h.text }

// MarshalJSON returns the document that every language has of the event; null of one that the library did not give.
func (h EventHead) MarshalJSON() ([]byte, error) {
	if h.document == nil {
		return []byte("null"), nil
	}
	return h.document, nil
}

// Level returns the level of log/slog.
func (l Level) Level() slog.Level {
	switch l {
	case LevelDebug:
		return slog.LevelDebug
	case LevelWarn:
		return slog.LevelWarn
	case LevelError:
		return slog.LevelError
	}
	return slog.LevelInfo
}

// CallStarted is the beginning of a call.
type CallStarted struct {
	EventHead
	// Operation is what is asked.
	Operation Operation `json:"operation"`
}

// CallEnded is the end of a call: its caller is given the result or the error next.
type CallEnded struct {
	EventHead
	// Operation is what was asked.
	Operation Operation `json:"operation"`
	// Vendor answered or was asked last, empty where none was chosen; Account is the name of its entry in the
	// configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// OrderID is the order number; empty where the caller's own was refused.
	OrderID string `json:"order_id"`
	// Failure is 0 where there is a result, else the kind of the error.
	Failure Kind `json:"outcome"`
	// VendorCode is the vendor's code, where it refused with one.
	VendorCode string `json:"vendor_code"`
	// HTTPStatus is that of a refusal; 0 where there was none.
	HTTPStatus int `json:"http_status"`
	// RequestID is the vendor's own number for the request.
	RequestID string `json:"request_id"`
	// Sent says whether a request reached a vendor; of several attempts, the most that one came to.
	Sent Sent `json:"sent"`
	// Billed says whether the call is billed; of several attempts, the most that one came to.
	Billed Billed `json:"billed"`
	// Attempts is how many attempts it made.
	Attempts int `json:"attempts"`
	// Duration is how long it took.
	Duration time.Duration `json:"milliseconds"`
}

// AttemptStarted is the beginning of a request to a vendor.
type AttemptStarted struct {
	EventHead
	// Vendor is the vendor, Account the name of its entry in the configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// Operation is what is asked.
	Operation Operation `json:"operation"`
	// OrderID is the order number of the call.
	OrderID string `json:"order_id"`
	// Attempt counts the attempts of a call from 1.
	Attempt int `json:"attempt"`
	// ServerAddress is the vendor's host, ServerPort its port; empty and 0 on this machine.
	ServerAddress string `json:"server_address"`
	ServerPort    int    `json:"server_port"`
}

// AttemptEnded is the end of a request to a vendor.
type AttemptEnded struct {
	EventHead
	// Vendor is the vendor, Account the name of its entry in the configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// Operation is what was asked.
	Operation Operation `json:"operation"`
	// OrderID is the order number of the call.
	OrderID string `json:"order_id"`
	// Attempt counts the attempts of a call from 1.
	Attempt int `json:"attempt"`
	// Failure is 0 where the vendor gave a result, else the kind of its failure.
	Failure Kind `json:"outcome"`
	// VendorCode is the vendor's code, where it gave one.
	VendorCode string `json:"vendor_code"`
	// HTTPStatus is that of the answer; 0 where there was none.
	HTTPStatus int `json:"http_status"`
	// RequestID is the vendor's own number for the request, GatewayRequestID that of the gateway before the vendor.
	RequestID        string `json:"request_id"`
	GatewayRequestID string `json:"gateway_request_id"`
	// Sent says whether the request reached the vendor.
	Sent Sent `json:"sent"`
	// Billed says whether the vendor bills it.
	Billed Billed `json:"billed"`
	// Duration is how long it took.
	Duration time.Duration `json:"milliseconds"`
}

// RequestRefused says that the library itself refused to send a request. The call may go on with another account, or
// after a wait.
type RequestRefused struct {
	EventHead
	// Operation is what was asked.
	Operation Operation `json:"operation"`
	// Vendor was not asked, empty where none takes what the call asks; Account is the name of its entry in the
	// configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// OrderID is the order number; empty where the argument was refused before there was one.
	OrderID string `json:"order_id"`
	// Reason is pace, quota, breaker, account_blocked, parameters_blocked, store, photo, too_late, journal or
	// credentials; or argument, where no account takes what the call asks.
	Reason string `json:"reason"`
	// Failure is the kind of the refusal.
	Failure Kind `json:"outcome"`
}

// RatePermitWaited says that a request waited for its rate permit, and has it.
type RatePermitWaited struct {
	EventHead
	// Vendor is the vendor, Account the name of its entry in the configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// Operation is what is asked.
	Operation Operation `json:"operation"`
	// OrderID is the order number of the call.
	OrderID string `json:"order_id"`
	// Duration is how long it waited.
	Duration time.Duration `json:"milliseconds"`
}

// QuotaUnitTaken says that a request took a unit of its account's daily quota. It comes back where the request is not
// sent.
type QuotaUnitTaken struct {
	EventHead
	// Vendor is the vendor, Account the name of its entry in the configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// Operation is what is asked.
	Operation Operation `json:"operation"`
	// OrderID is the order number of the call.
	OrderID string `json:"order_id"`
	// QuotaLeft is what is left of the day, as far as this process counts; QuotaLimit is the day's.
	QuotaLeft  int `json:"quota_left"`
	QuotaLimit int `json:"quota_limit"`
}

// BreakerChanged says that the breaker of an account changed.
type BreakerChanged struct {
	EventHead
	// Vendor is the vendor, Account the name of its entry in the configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// BreakerBefore is its state before, BreakerAfter from now on.
	BreakerBefore BreakerState `json:"breaker_before"`
	BreakerAfter  BreakerState `json:"breaker_after"`
}

// OrderWritten is an entry of the journal about what comes next for an order.
type OrderWritten struct {
	EventHead
	// Vendor is the vendor, Account the name of its entry in the configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// OrderID is the order number.
	OrderID string `json:"order_id"`
	// State is intent before the first byte of the request leaves, released before the last byte leaves, done when
	// something came of it.
	State string `json:"state"`
}

// TokenRefreshed is the end of an attempt to fetch a token. The call is the one that began it; others may wait for the
// same.
type TokenRefreshed struct {
	EventHead
	// Vendor is the vendor, Account the name of its entry in the configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// Failure is 0 where there is a new token, else the kind of the failure.
	Failure Kind `json:"outcome"`
	// Duration is how long it took.
	Duration time.Duration `json:"milliseconds"`
}

// An eventReader makes an event of its document, its head and its duration.
type eventReader func([]byte, EventHead, time.Duration) (Event, error)

var eventReaders = map[string]eventReader{
	"call_started": reads(func(e *CallStarted, h EventHead, _ time.Duration) { e.EventHead = h }),
	"call_ended": reads(func(e *CallEnded, h EventHead, took time.Duration) {
		e.EventHead, e.Duration = h, took
	}),
	"attempt_started": reads(func(e *AttemptStarted, h EventHead, _ time.Duration) { e.EventHead = h }),
	"attempt_ended": reads(func(e *AttemptEnded, h EventHead, took time.Duration) {
		e.EventHead, e.Duration = h, took
	}),
	"request_refused": reads(func(e *RequestRefused, h EventHead, _ time.Duration) { e.EventHead = h }),
	"rate_permit_waited": reads(func(e *RatePermitWaited, h EventHead, took time.Duration) {
		e.EventHead, e.Duration = h, took
	}),
	"quota_unit_taken": reads(func(e *QuotaUnitTaken, h EventHead, _ time.Duration) { e.EventHead = h }),
	"breaker_changed":  reads(func(e *BreakerChanged, h EventHead, _ time.Duration) { e.EventHead = h }),
	"order_written":    reads(func(e *OrderWritten, h EventHead, _ time.Duration) { e.EventHead = h }),
	"token_refreshed": reads(func(e *TokenRefreshed, h EventHead, took time.Duration) {
		e.EventHead, e.Duration = h, took
	}),
}

func reads[E Event](fill func(*E, EventHead, time.Duration)) eventReader {
	return func(document []byte, head EventHead, took time.Duration) (Event, error) {
		var event E
		err := json.Unmarshal(document, &event)
		fill(&event, head, took)
		return event, err
	}
}

// readEvent reads the library's document of an event and its line; nil of one that this package does not know.
func readEvent(document []byte, text string) Event {
	var about struct {
		Event string `json:"event"`
		EventHead
		Milliseconds milliseconds `json:"milliseconds"`
	}
	if json.Unmarshal(document, &about) != nil {
		return nil
	}
	read, ok := eventReaders[about.Event]
	if !ok {
		return nil
	}
	about.text, about.document = text, document
	event, err := read(document, about.EventHead, about.Milliseconds.duration())
	if err != nil {
		return nil
	}
	return event
}
