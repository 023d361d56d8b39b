package cardwire

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"runtime"
	"time"
	"unsafe"
)

// An AccountBlock is what an account is not asked for a while, because the vendor refused it.
type AccountBlock struct {
	// Scope is account for every billed call, parameters for calls about some cardholders or cards.
	Scope BlockScope `json:"scope"`
	// Failure is the kind of the vendor's refusal.
	Failure Kind `json:"outcome"`
	// VendorCode is the vendor's code, where it gave one.
	VendorCode string `json:"vendor_code"`
	// Size is how many cardholders and cards; 1 for an account.
	Size int `json:"size"`
	// Until is when the last of them ends.
	Until time.Time `json:"until_ms"`
}

// UnmarshalJSON reads the library's document of a block.
func (b *AccountBlock) UnmarshalJSON(document []byte) error {
	type plain AccountBlock
	wire := struct {
		*plain
		Until *milliseconds `json:"until_ms"`
	}{plain: (*plain)(b)}
	err := json.Unmarshal(document, &wire)
	b.Until = wire.Until.moment()
	return err
}

// MarshalJSON writes the document that every language has of a block.
func (b AccountBlock) MarshalJSON() ([]byte, error) { return json.Marshal(documentOf(b)) }

// An AccountHealth is the state of one account in this process. There is no personal datum and no secret in it.
type AccountHealth struct {
	// Account is the name of the entry in the configuration, or the vendor's name.
	Account string `json:"account"`
	// Vendor is the vendor.
	Vendor Vendor `json:"vendor"`
	// Breaker is the state of its breaker; closed too where the configuration turns it off.
	Breaker BreakerState `json:"breaker"`
	// BreakerUntil is until when the breaker lets no request through; zero where it is not open.
	BreakerUntil time.Time `json:"breaker_until_ms"`
	// Blocks are what it is not asked for a while.
	Blocks []AccountBlock `json:"blocks"`
	// QuotaLeft is what is left of its daily quota, as far as this process counts, QuotaLimit is the day's; nil without
	// a quota.
	QuotaLeft  *int `json:"quota_left"`
	QuotaLimit *int `json:"quota_limit"`
	// RequestsPerSecond is how many it is sent in a second at the most; nil where nothing holds them back.
	RequestsPerSecond *float64 `json:"requests_per_second"`
	// InFlight is how many requests are being sent or answered.
	InFlight int `json:"in_flight"`
	// TokenSince is since when this process has its token, TokenUntil when that is dead; zero without one.
	TokenSince time.Time `json:"token_since_ms"`
	TokenUntil time.Time `json:"token_until_ms"`
}

// UnmarshalJSON reads the library's document of an account's health.
func (a *AccountHealth) UnmarshalJSON(document []byte) error {
	type plain AccountHealth
	wire := struct {
		*plain
		BreakerUntil *milliseconds `json:"breaker_until_ms"`
		TokenSince   *milliseconds `json:"token_since_ms"`
		TokenUntil   *milliseconds `json:"token_until_ms"`
	}{plain: (*plain)(a)}
	err := json.Unmarshal(document, &wire)
	a.BreakerUntil = wire.BreakerUntil.moment()
	a.TokenSince, a.TokenUntil = wire.TokenSince.moment(), wire.TokenUntil.moment()
	return err
}

// MarshalJSON writes the document that every language has of an account's health.
func (a AccountHealth) MarshalJSON() ([]byte, error) { return json.Marshal(documentOf(a)) }

// Health returns the state of each account, in the order of the configuration: its breaker, what it is not asked for a
// while, what is left of its quota, and the age of its token. It is this process's knowledge: nothing is sent.
func (c *Client) Health() ([]AccountHealth, error) {
	var health *C.cardwire_account_health
	var failure *C.cardwire_error
	if c.closed.Load() {
		return nil, c.isClosed()
	}
	status := C.cardwire_client_health(c.native, &health, &failure)
	runtime.KeepAlive(c)
	if status != C.CARDWIRE_OK {
		return nil, c.refusal(takeError(failure))
	}
	defer C.cardwire_account_health_free(health)
	text := C.cardwire_account_health_json(health)
	document := copied(unsafe.Pointer(text), C.cardwire_account_health_json_len(health))
	var accounts []AccountHealth
	if err := json.Unmarshal(document, &accounts); err != nil {
		return nil, newError(ErrInternal, "", "the health cannot be read", err)
	}
	return accounts, nil
}
