package cardwire

// #include <cardwire.h>
import "C"

import "fmt"

// A Kind is the kind of an error. Numbers and names are stable and the same in every language. A Kind is an error by
// itself, so that [errors.Is] finds it: errors.Is(err, cardwire.ErrCardNotFound).
type Kind int

const (
	// The caller's argument: not an image, over a vendor's limit, malformed order number.
	ErrInvalidArgument Kind = C.CARDWIRE_INVALID_ARGUMENT
	// The configuration; the message names the key.
	ErrInvalidConfig Kind = C.CARDWIRE_INVALID_CONFIG
	// No configured vendor does this operation or takes this input.
	ErrUnsupported Kind = C.CARDWIRE_UNSUPPORTED
	// Credentials refused.
	ErrUnauthenticated Kind = C.CARDWIRE_UNAUTHENTICATED
	// Service not activated, address not in the whitelist, account not allowed.
	ErrPermissionDenied Kind = C.CARDWIRE_PERMISSION_DENIED
	// Package used up, daily quota reached, or the account is in arrears.
	ErrQuotaExhausted Kind = C.CARDWIRE_QUOTA_EXHAUSTED
	// Too fast.
	ErrRateLimited Kind = C.CARDWIRE_RATE_LIMITED
	// The program's own provider gave no credentials.
	ErrCredentialsUnavailable Kind = C.CARDWIRE_CREDENTIALS_UNAVAILABLE
	// The vendor cannot use this image.
	ErrImageRejected Kind = C.CARDWIRE_IMAGE_REJECTED
	// No readable card in the image.
	ErrCardNotFound Kind = C.CARDWIRE_CARD_NOT_FOUND
	// The vendor is down or busy.
	ErrVendorUnavailable Kind = C.CARDWIRE_VENDOR_UNAVAILABLE
	// A vendor code that is not in its documents, carried as it came.
	ErrVendorError Kind = C.CARDWIRE_VENDOR_ERROR
	// The deadline passed.
	ErrTimeout Kind = C.CARDWIRE_TIMEOUT
	// No connection, or it broke.
	ErrNetwork Kind = C.CARDWIRE_NETWORK
	// The answer is not what the vendor's document describes.
	ErrProtocol Kind = C.CARDWIRE_PROTOCOL
	// The caller cancelled.
	ErrCancelled Kind = C.CARDWIRE_CANCELLED
	// The client was closed.
	ErrClosed Kind = C.CARDWIRE_CLOSED
	// The journal knows the vendor's answer to what the call asks, and [WithSkipAnswered] is set.
	ErrAlreadyAnswered Kind = C.CARDWIRE_ALREADY_ANSWERED
	// Another call asks for the same now, and [WithSkipAnswered] is set.
	ErrAlreadyRunning Kind = C.CARDWIRE_ALREADY_RUNNING
	// Journal or token store failed.
	ErrStorage Kind = C.CARDWIRE_STORAGE
	// A bug in the library, or a shortage of this machine, which the message names.
	ErrInternal Kind = C.CARDWIRE_INTERNAL
)

// noFailure is the name of an outcome that is no failure, whose kind is 0.
const noFailure = "ok"

// String returns the name that every language has, such as card_not_found.
func (k Kind) String() string {
	if name := C.cardwire_status_name(C.cardwire_status(k)); name != nil {
		return C.GoString(name)
	}
	return fmt.Sprintf("kind %d", int(k))
}

// Error returns the name.
func (k Kind) Error() string {
	return k.String()
}

// Advice returns one English sentence that says what a caller can do about it.
func (k Kind) Advice() string {
	return C.GoString(C.cardwire_status_advice(C.cardwire_status(k)))
}

// MarshalText writes the name.
func (k Kind) MarshalText() ([]byte, error) {
	return []byte(k.String()), nil
}

// UnmarshalText reads a name; that of an outcome without failure, ok, is 0.
func (k *Kind) UnmarshalText(name []byte) error {
	if string(name) == noFailure {
		*k = 0
		return nil
	}
	for _, known := range contract().Kinds {
		if known.Kind == string(name) {
			*k = Kind(known.Number)
			return nil
		}
	}
	return fmt.Errorf("cardwire: expected the name of a kind of errors, found %q", name)
}
