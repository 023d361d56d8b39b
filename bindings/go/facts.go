//go:build cgo

package cardwire

import (
	"encoding/json"
	"reflect"
	"time"
)

// Facts are what is known about a call, whether it gave a result or an error. They hold no personal data.
type Facts struct {
	// Vendor answered or was asked last; empty where none was chosen.
	Vendor Vendor `json:"vendor"`
	// Account is the name of the vendor's entry in the configuration, or the vendor's name.
	Account string `json:"account"`
	// OrderID is the order number: the caller's own, or one made by the library; empty where the call did not come
	// that far. Keep it: it is how a vendor finds the call.
	OrderID string `json:"order_id"`
	// RequestID is the vendor's own number for the request, where it gave one.
	RequestID string `json:"request_id"`
	// GatewayRequestID is the number that the gateway before the vendor gave the request (Aliyun Cloud Market).
	GatewayRequestID string `json:"gateway_request_id"`
	// TransactionTime is when the vendor says that it answered, as it writes it; empty where it does not say.
	TransactionTime string `json:"transaction_time"`
	// ImageFitted is what the photo became before it was sent; nil where it was sent as it came.
	ImageFitted *ImageFitted `json:"image_fitted"`
	// Sent says whether a complete request reached the vendor; of several attempts, the most that one came to.
	Sent Sent `json:"sent"`
	// Billed says whether the vendor bills the call; of several attempts, the most that one came to.
	Billed Billed `json:"billed"`
	// Attempts are the requests made, oldest first.
	Attempts []Attempt `json:"attempts"`
}

// readableFacts returns the facts in a document, as far as they can be read: nothing else says that a call was not sent
// or not billed.
func readableFacts(document []byte) Facts {
	facts := Facts{Sent: SentUnknown, Billed: BilledUnknown}
	var fields map[string]json.RawMessage
	if json.Unmarshal(document, &fields) != nil {
		return facts
	}
	into := reflect.ValueOf(&facts).Elem()
	for i := 0; i < into.NumField(); i++ {
		if field, ok := fields[into.Type().Field(i).Tag.Get("json")]; ok {
			// What cannot be read stays as it is.
			_ = json.Unmarshal(field, into.Field(i).Addr().Interface())
		}
	}
	return facts
}

// An Attempt is one request sent, or meant to be sent, to a vendor on behalf of a call.
type Attempt struct {
	// Vendor is the vendor.
	Vendor Vendor `json:"vendor"`
	// Account is the name of its entry in the configuration, or the vendor's name.
	Account string `json:"account"`
	// Failure is 0 where the vendor gave a result, else the kind of its failure.
	Failure Kind `json:"outcome"`
	// VendorCode is the vendor's code, where it gave one.
	VendorCode string `json:"vendor_code"`
	// OrderID is the order number it was sent under: the next account is asked under a new one, after offline under
	// the same.
	OrderID string `json:"order_id"`
	// Sent says whether this request reached the vendor.
	Sent Sent `json:"sent"`
	// Billed says whether the vendor bills this request.
	Billed Billed `json:"billed"`
	// Duration is how long it took.
	Duration time.Duration `json:"milliseconds"`
}

// Outcome returns how the attempt ended: ok, or the name of its failure's kind.
func (a Attempt) Outcome() string {
	return a.Failure.String()
}

// UnmarshalJSON reads the library's document of an attempt.
func (a *Attempt) UnmarshalJSON(document []byte) error {
	type plain Attempt
	wire := struct {
		*plain
		Milliseconds milliseconds `json:"milliseconds"`
	}{plain: (*plain)(a)}
	err := json.Unmarshal(document, &wire)
	a.Duration = wire.Milliseconds.duration()
	return err
}

// MarshalJSON writes the document that every language has of an attempt.
func (a Attempt) MarshalJSON() ([]byte, error) {
	return json.Marshal(documentOf(a))
}

// ImageFitted is what a photo became to fit what the vendor takes: turned upright by its EXIF orientation, made
// smaller, or written as a JPEG.
type ImageFitted struct {
	// BytesBefore is the size in bytes of the photo that was given, BytesAfter of the one that was sent.
	BytesBefore int `json:"bytes_before"`
	BytesAfter  int `json:"bytes_after"`
	// WidthBefore and HeightBefore are the sides in pixels of the photo that was given, as it is stored; 0 where its
	// header does not state them.
	WidthBefore  int `json:"width_before"`
	HeightBefore int `json:"height_before"`
	// WidthAfter and HeightAfter are the sides in pixels of the photo that was sent.
	WidthAfter  int `json:"width_after"`
	HeightAfter int `json:"height_after"`
}

// milliseconds are how the library's documents count time.
type milliseconds int64

func (m milliseconds) duration() time.Duration {
	return time.Duration(m) * time.Millisecond
}

// moment returns a moment that is counted from 1970; the zero time where there is none.
func (m *milliseconds) moment() time.Time {
	if m == nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(*m))
}
