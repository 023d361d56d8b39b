package cardwire

import (
	"encoding/json"
	"time"
)

var observers registry[func(Event)]

// An Event is something that a client did: an [AttemptStarted], [AttemptEnded], [TokenRefreshed] or [OrderWritten]. It
// holds no personal datum and no secret, so it may be logged.
type Event interface {
	isEvent()
}

// AttemptStarted is the beginning of a request to a vendor.
type AttemptStarted struct {
	// Vendor is the vendor, Account the name of its entry in the configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// Operation is what is asked.
	Operation Operation `json:"operation"`
	// OrderID is the order number of the call.
	OrderID string `json:"order_id"`
	// Attempt counts the attempts of a call from 1.
	Attempt int `json:"attempt"`
}

// AttemptEnded is the end of a request to a vendor.
type AttemptEnded struct {
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
	// Sent says whether the request reached the vendor.
	Sent Sent `json:"sent"`
	// Duration is how long it took.
	Duration time.Duration `json:"milliseconds"`
}

// TokenRefreshed is the end of an attempt to fetch a token.
type TokenRefreshed struct {
	// Vendor is the vendor, Account the name of its entry in the configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// Failure is 0 where there is a new token, else the kind of the failure.
	Failure Kind `json:"outcome"`
	// Duration is how long it took.
	Duration time.Duration `json:"milliseconds"`
}

// OrderWritten is an entry of the journal about what comes next for an order.
type OrderWritten struct {
	// Vendor is the vendor, Account the name of its entry in the configuration, or the vendor's name.
	Vendor  Vendor `json:"vendor"`
	Account string `json:"account"`
	// OrderID is the order number.
	OrderID string `json:"order_id"`
	// State is intent before the first byte of the request leaves, released before the last byte leaves, done when
	// something came of it.
	State string `json:"state"`
}

func (AttemptStarted) isEvent() {}
func (AttemptEnded) isEvent()   {}
func (TokenRefreshed) isEvent() {}
func (OrderWritten) isEvent()   {}

// MarshalJSON writes the document that every language has of the event.
func (e AttemptStarted) MarshalJSON() ([]byte, error) {
	type plain AttemptStarted
	return json.Marshal(struct {
		Event string `json:"event"`
		plain
	}{"attempt_started", plain(e)})
}

// MarshalJSON writes the document that every language has of the event.
func (e AttemptEnded) MarshalJSON() ([]byte, error) {
	type plain AttemptEnded
	return json.Marshal(struct {
		Event string `json:"event"`
		plain
		Milliseconds milliseconds `json:"milliseconds"`
	}{"attempt_ended", plain(e), milliseconds(e.Duration.Milliseconds())})
}

// MarshalJSON writes the document that every language has of the event.
func (e TokenRefreshed) MarshalJSON() ([]byte, error) {
	type plain TokenRefreshed
	return json.Marshal(struct {
		Event string `json:"event"`
		plain
		Milliseconds milliseconds `json:"milliseconds"`
	}{"token_refreshed", plain(e), milliseconds(e.Duration.Milliseconds())})
}

// MarshalJSON writes the document that every language has of the event.
func (e OrderWritten) MarshalJSON() ([]byte, error) {
	type plain OrderWritten
	return json.Marshal(struct {
		Event string `json:"event"`
		plain
	}{"order_written", plain(e)})
}

// readEvent reads the library's document of an event; nil of one that this package does not know.
func readEvent(document []byte) Event {
	var about struct {
		Event        string       `json:"event"`
		Milliseconds milliseconds `json:"milliseconds"`
	}
	if json.Unmarshal(document, &about) != nil {
		return nil
	}
	var event Event
	var err error
	switch about.Event {
	case "attempt_started":
		var started AttemptStarted
		err = json.Unmarshal(document, &started)
		event = started
	case "attempt_ended":
		var ended AttemptEnded
		err = json.Unmarshal(document, &ended)
		ended.Duration = about.Milliseconds.duration()
		event = ended
	case "token_refreshed":
		var refreshed TokenRefreshed
		err = json.Unmarshal(document, &refreshed)
		refreshed.Duration = about.Milliseconds.duration()
		event = refreshed
	case "order_written":
		var written OrderWritten
		err = json.Unmarshal(document, &written)
		event = written
	}
	if err != nil {
		return nil
	}
	return event
}
