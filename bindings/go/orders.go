package cardwire

// #include "bridge.h"
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"time"
	"unicode/utf8"
	"unsafe"
)

// orders asks a journal: that of a client, or of a file. Nothing is sent. A client whose configuration names no journal
// gives ErrInvalidConfig. Questions wait for the disk, not for a vendor: the context of one that waits is not looked at
// any more.
type orders struct {
	owner  string
	native *C.cardwire_journal
	closed *atomic.Bool
}

// A Journal is a journal's file without a client, for tools that settle orders with the vendors. Clients may write to
// the same file meanwhile. Any number of goroutines may use it at once.
type Journal struct {
	orders
}

// An OrderRecord is one order as the journal held it when it was read. There is no personal datum and no secret in it.
// An [Order] is what a vendor keeps under an order number.
type OrderRecord struct {
	// OrderID is the order number.
	OrderID string `json:"order_id"`
	// Reference is the caller's own name for what was asked, where it gave one.
	Reference string `json:"reference"`
	// Vendor was asked; empty where this library does not know it.
	Vendor Vendor `json:"vendor"`
	// Account is the name of the vendor's entry in the configuration, or the vendor's name.
	Account string `json:"account"`
	// Operation was asked; empty where this library does not know it.
	Operation Operation `json:"operation"`
	// Status is what is known of the order.
	Status OrderStatus `json:"status"`
	// Sends is how many requests it took.
	Sends int `json:"sends"`
	// Created is when it was first written, Changed when it was last written.
	Created time.Time `json:"created_ms"`
	Changed time.Time `json:"changed_ms"`
	// Sent says whether a complete request reached the vendor.
	Sent Sent `json:"sent"`
	// Billed says whether the vendor bills it.
	Billed Billed `json:"billed"`
	// Outcome is ok, or the name of the failure's kind; empty while nothing came of it.
	Outcome string `json:"outcome"`
	// VendorCode is the vendor's code, where it gave one.
	VendorCode string `json:"vendor_code"`
	// RequestID is the vendor's own number for the request, where it gave one.
	RequestID string `json:"request_id"`
	// HTTPStatus is the HTTP status of the vendor's answer; 0 where there was no answer.
	HTTPStatus int `json:"http_status,omitempty"`
	// Late says whether the answer came after the caller had gone.
	Late bool `json:"late"`
	// Reconciled is when somebody settled it with the vendor; zero where nobody did.
	Reconciled time.Time `json:"reconciled_ms"`
	// Note is what they noted.
	Note string `json:"note"`
}

// UnmarshalJSON reads the library's document of an order.
func (r *OrderRecord) UnmarshalJSON(document []byte) error {
	type plain OrderRecord
	wire := struct {
		*plain
		Created    *milliseconds `json:"created_ms"`
		Changed    *milliseconds `json:"changed_ms"`
		Reconciled *milliseconds `json:"reconciled_ms"`
	}{plain: (*plain)(r)}
	err := json.Unmarshal(document, &wire)
	r.Created, r.Changed, r.Reconciled = wire.Created.moment(), wire.Changed.moment(), wire.Reconciled.moment()
	return err
}

// MarshalJSON writes the document that every language has of an order.
func (r OrderRecord) MarshalJSON() ([]byte, error) { return json.Marshal(documentOf(r)) }

// An OrderFilter chooses orders. The zero value takes every order; each field that is set leaves some out.
type OrderFilter struct {
	// Status takes orders of which just this is known.
	Status OrderStatus
	// Vendor takes orders of this vendor.
	Vendor Vendor
	// Account takes orders of this account: the name of an entry in the configuration, or a vendor's name.
	Account string
	// Reference takes orders with this reference.
	Reference string
	// Before takes the orders that a list has after the one with this number: the next page.
	Before string
	// Since and Until take orders first written at Since or later, and before Until.
	Since time.Time
	Until time.Time
	// Limit takes at most so many, the newest; nil is the library's own limit, of an export none.
	Limit *int
}

// document writes the filter for the library.
func (f OrderFilter) document() ([]byte, *Error) {
	fields := make(map[string]any)
	for name, value := range map[string]string{
		"status": string(f.Status), "vendor": string(f.Vendor), "account": f.Account, "reference": f.Reference,
		"before": f.Before,
	} {
		if !utf8.ValidString(value) {
			return nil, refused(name, "UTF-8", "other bytes")
		}
		if value != "" {
			fields[name] = value
		}
	}
	for name, moment := range map[string]time.Time{"since": f.Since, "until": f.Until} {
		if !moment.IsZero() {
			since, failure := unixMilliseconds(name, moment)
			if failure != nil {
				return nil, failure
			}
			fields[name+"_ms"] = since
		}
	}
	if f.Limit != nil {
		if *f.Limit < 0 {
			return nil, refused("limit", "a number from 0", fmt.Sprint(*f.Limit))
		}
		fields["limit"] = *f.Limit
	}
	document, err := json.Marshal(fields)
	if err != nil {
		return nil, newError(ErrInternal, "", "the filter cannot be written", err)
	}
	return document, nil
}

// unixMilliseconds returns the first whole millisecond that is not before a moment. Every order is after 1970.
func unixMilliseconds(argument string, moment time.Time) (int64, *Error) {
	if moment.Before(time.Unix(0, 0)) {
		return 0, refused(argument, "a moment from 1970 on", moment.String())
	}
	if moment.Unix() > math.MaxInt64/1000-1 {
		return math.MaxInt64, nil
	}
	whole := moment.UnixMilli()
	if moment.Nanosecond()%int(time.Millisecond) != 0 {
		whole++
	}
	return whole, nil
}

// OpenJournal opens a journal's file, or makes an empty one.
func OpenJournal(path string) (*Journal, error) {
	name, nameLen := text(path)
	var native *C.cardwire_journal
	var failure *C.cardwire_error
	if C.cardwire_journal_open(name, nameLen, &native, &failure) != C.CARDWIRE_OK {
		return nil, takeError(failure)
	}
	journal := &Journal{orders{owner: "journal", native: native, closed: new(atomic.Bool)}}
	runtime.SetFinalizer(journal, func(forgotten *Journal) { forgotten.Close() })
	return journal, nil
}

// Close closes the file; what is asked of the journal afterwards gives [ErrClosed]. It may be called more than once and
// by several goroutines at once, and returns nil always.
func (j *Journal) Close() error {
	if !j.closed.Swap(true) {
		runtime.SetFinalizer(j, nil)
		C.cardwire_journal_free(j.native)
	}
	return nil
}

// Orders lists the orders that a filter takes, newest first. Nothing is sent.
func (o *orders) Orders(ctx context.Context, filter OrderFilter) ([]OrderRecord, error) {
	wanted, failure := filter.document()
	if failure != nil {
		return nil, failure
	}
	var found *C.cardwire_order_records
	if err := o.ask(ctx, func(error **C.cardwire_error) C.cardwire_status {
		filter, filterLen := octets(wanted)
		return C.cardwire_journal_orders(o.native, chars(filter), filterLen, &found, error)
	}); err != nil {
		return nil, err
	}
	return readRecords(found)
}

// UnknownOrders lists the orders that a vendor may have executed and billed without this machine knowing, and that
// nobody settled, newest first. Those of calls that still run are not among them.
func (o *orders) UnknownOrders(ctx context.Context) ([]OrderRecord, error) {
	var found *C.cardwire_order_records
	if err := o.ask(ctx, func(error **C.cardwire_error) C.cardwire_status {
		return C.cardwire_journal_unknown_orders(o.native, &found, error)
	}); err != nil {
		return nil, err
	}
	return readRecords(found)
}

// FindOrder finds the order of a number, as the journal holds it; nil where it has none. Nothing is sent.
func (o *orders) FindOrder(ctx context.Context, orderID string) (*OrderRecord, error) {
	var found *C.cardwire_order_record
	if err := o.ask(ctx, func(error **C.cardwire_error) C.cardwire_status {
		number, numberLen := text(orderID)
		return C.cardwire_journal_find_order(o.native, number, numberLen, &found, error)
	}); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, nil
	}
	defer C.cardwire_order_record_free(found)
	document := copied(unsafe.Pointer(C.cardwire_order_record_json(found)), C.cardwire_order_record_json_len(found))
	record := new(OrderRecord)
	if err := json.Unmarshal(document, record); err != nil {
		return nil, newError(ErrInternal, "", "the order cannot be read", err)
	}
	return record, nil
}

// ReconcileOrder notes in the journal that an order was settled with the vendor: it is unknown no longer. The note is
// what was found out and must hold no personal datum.
func (o *orders) ReconcileOrder(ctx context.Context, orderID, note string) error {
	return o.ask(ctx, func(error **C.cardwire_error) C.cardwire_status {
		number, numberLen := text(orderID)
		note, noteLen := text(note)
		return C.cardwire_journal_reconcile_order(o.native, number, numberLen, note, noteLen, error)
	})
}

// ExportOrders writes the orders that a filter takes to a new file as lines of JSON, newest first, for its owner alone,
// and returns how many. The memory that it takes does not grow with their number. There must be no file at the path yet.
func (o *orders) ExportOrders(ctx context.Context, filter OrderFilter, path string) (int, error) {
	wanted, failure := filter.document()
	if failure != nil {
		return 0, failure
	}
	var count C.uint64_t
	err := o.ask(ctx, func(error **C.cardwire_error) C.cardwire_status {
		filter, filterLen := octets(wanted)
		name, nameLen := text(path)
		return C.cardwire_journal_export_orders(o.native, chars(filter), filterLen, name, nameLen, &count, error)
	})
	return int(count), err
}

// PruneOrders removes the orders that were last written before a moment, at least 24 hours ago, and returns how many.
// Those that run and those that are unknown and not settled stay. The number of an order that was removed may be used
// again.
func (o *orders) PruneOrders(ctx context.Context, before time.Time) (int, error) {
	moment, failure := unixMilliseconds("before", before)
	if failure != nil {
		return 0, failure
	}
	var count C.uint64_t
	err := o.ask(ctx, func(error **C.cardwire_error) C.cardwire_status {
		return C.cardwire_journal_prune_orders(o.native, C.uint64_t(moment), &count, error)
	})
	return int(count), err
}

// ask asks the journal something.
func (o *orders) ask(ctx context.Context, question func(**C.cardwire_error) C.cardwire_status) error {
	if failure := given(ctx); failure != nil {
		return failure
	}
	if ctx.Err() != nil {
		return ended(ctx, "the context ended before the journal was asked")
	}
	if o.closed.Load() {
		return o.isOver()
	}
	var failure *C.cardwire_error
	status := question(&failure)
	runtime.KeepAlive(o)
	if status == C.CARDWIRE_OK {
		return nil
	}
	taken := takeError(failure)
	if taken.Argument == "journal" && o.closed.Load() {
		return o.isOver()
	}
	return taken
}

func (o *orders) isOver() *Error {
	return newError(ErrClosed, "", "the "+o.owner+" was closed")
}

// readRecords reads a list and frees it.
func readRecords(found *C.cardwire_order_records) ([]OrderRecord, error) {
	defer C.cardwire_order_records_free(found)
	document := copied(unsafe.Pointer(C.cardwire_order_records_json(found)), C.cardwire_order_records_json_len(found))
	var read []OrderRecord
	if err := json.Unmarshal(document, &read); err != nil {
		return nil, newError(ErrInternal, "", "the orders cannot be read", err)
	}
	return read, nil
}
