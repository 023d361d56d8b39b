package cardwire

// #include "bridge.h"
import "C"

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"
)

// A Client recognises card photos and verifies cardholders over the configured vendors. Any number of goroutines may
// use it at once. Make one for each configuration and keep it: it holds connections and tokens. Close it when it is not
// needed any more.
//
// Every call takes a context first. The context's deadline is the call's, in place of the configuration's timeout_ms,
// and ends it with [ErrTimeout]; a context that is cancelled ends it with [ErrCancelled]. A call returns when the
// library has ended it, a moment later: its error says what was sent and billed, and a result that had come by then is
// returned. [errors.Is] finds what ended the context in the error.
//
// Every error of a client is an [*Error].
type Client struct {
	orders
	native *C.cardwire_client
	// closed is apart: a client that refers to itself would not be finalized.
	closed *atomic.Bool
	// observer is the number of the observer, 0 for none; providers are those of the providers.
	observer  uintptr
	providers []uintptr
	// stop ends the contexts of the providers.
	stop context.CancelFunc
	// ended is closed where Close has done its work.
	ended chan struct{}
}

// A ClientOption is a part of which a client is made beside its configuration.
type ClientOption func(*clientOptions)

type clientOptions struct {
	observer  func(context.Context, Event)
	providers map[string]Provider
}

// WithObserver sets a function that is told what the client does: see [Event]. The context is that of the call, or of
// the batch, which the event belongs to, with its values and perhaps at its end; [context.Background] where the call
// has returned already. The function runs on the library's threads, several at once, while calls wait: let it be short.
// It may close the client, but it must not wait for a call; give that to a goroutine. A client to which its own observer
// refers is not collected: close it.
func WithObserver(observer func(ctx context.Context, event Event)) ClientOption {
	return func(options *clientOptions) { options.observer = observer }
}

// WithProvider sets the provider of an account's credentials, where the configuration says {"provider": NAME}. nil is
// refused by NewClient.
func WithProvider(name string, provider Provider) ClientOption {
	return func(options *clientOptions) { options.providers[name] = provider }
}

// NewClient makes a client of a configuration, a JSON document. Nothing is connected before the first call. The error
// of a configuration is of the kind [ErrInvalidConfig] and names the key.
func NewClient(config string, options ...ClientOption) (*Client, error) {
	wanted := clientOptions{providers: make(map[string]Provider)}
	for _, option := range options {
		if option != nil {
			option(&wanted)
		}
	}
	for name, provider := range wanted.providers {
		if provider == nil {
			message := fmt.Sprintf("provider %q: expected a function, found nil", name)
			return nil, newError(ErrInvalidArgument, "provider", message)
		}
	}
	client := &Client{closed: new(atomic.Bool), ended: make(chan struct{})}
	var asked *C.cardwire_providers
	var failure *C.cardwire_error
	if C.cardwire_providers_new(&asked, &failure) != C.CARDWIRE_OK {
		return nil, takeError(failure)
	}
	defer C.cardwire_providers_free(asked)
	var live context.Context
	live, client.stop = context.WithCancel(context.Background())
	for name, provider := range wanted.providers {
		number := providers.add(namedProvider{live, provider})
		client.providers = append(client.providers, number)
		named, namedLen := text(name)
		if C.cardwire_go_providers_set(asked, named, namedLen, C.uintptr_t(number), &failure) != C.CARDWIRE_OK {
			client.forget()
			return nil, takeError(failure)
		}
	}
	if wanted.observer != nil {
		client.observer = observers.add(wanted.observer)
	}
	document, documentLen := text(config)
	var native *C.cardwire_client
	status := C.cardwire_go_client_new(document, documentLen, asked, C.uintptr_t(client.observer), &native, &failure)
	if status != C.CARDWIRE_OK {
		client.forget()
		return nil, takeError(failure)
	}
	client.native = native
	var journal *C.cardwire_journal
	status = C.cardwire_client_journal(native, &journal, &failure)
	client.orders = orders{owner: "client", native: journal, closed: client.closed}
	if status != C.CARDWIRE_OK {
		client.Close()
		return nil, takeError(failure)
	}
	// For a client that is forgotten; it waits for callbacks, which the runtime's own goroutine must not.
	runtime.SetFinalizer(client, func(forgotten *Client) { go forgotten.Close() })
	return client, nil
}

// Recognize reads the card in a photo, with the first vendor that takes it: of those that the options name, or of those
// configured.
func (c *Client) Recognize(ctx context.Context, image Image, options ...CallOption) (*Recognition, error) {
	asked, failure := image.request(ctx)
	if failure != nil {
		return nil, failure
	}
	return call[Recognition](ctx, c, asked, options)
}

// Verify asks whether a card, a name, and an ID number and phone number belong together. A mismatch is a result, not
// an error: look at its Outcome.
func (c *Client) Verify(ctx context.Context, cardholder Cardholder, options ...CallOption) (*Verification, error) {
	return call[Verification](ctx, c, cardholder.request(), options)
}

// LookupCard asks a vendor who issued a card number. Vendors bill this call. A number that the vendor does not know is
// a result, not an error.
func (c *Client) LookupCard(ctx context.Context, cardNumber string, options ...CallOption) (*CardLookup, error) {
	asked := newRequest("lookup_card")
	asked.arguments["card_number"] = cardNumber
	return call[CardLookup](ctx, c, asked, options)
}

// FetchOrder fetches the images and the result that a vendor keeps under the order number of an earlier call.
func (c *Client) FetchOrder(ctx context.Context, orderID string, options ...CallOption) (*Order, error) {
	asked := newRequest("fetch_order")
	asked.arguments["order_id"] = orderID
	return call[Order](ctx, c, asked, options)
}

// LookupIssuer looks up the issuer of a card by the first digits of its number, in the table of prefixes that is built
// in or configured as issuers; nil where no prefix fits. Nothing is sent.
func (c *Client) LookupIssuer(cardNumber string) (*Issuer, error) {
	number, numberLen := text(cardNumber)
	var found *C.cardwire_issuer
	var failure *C.cardwire_error
	if c.closed.Load() {
		return nil, c.isClosed()
	}
	status := C.cardwire_lookup_issuer(c.native, number, numberLen, &found, &failure)
	runtime.KeepAlive(c)
	if status != C.CARDWIRE_OK {
		return nil, c.refusal(takeError(failure))
	}
	if found == nil {
		return nil, nil
	}
	defer C.cardwire_issuer_free(found)
	document := copied(unsafe.Pointer(C.cardwire_issuer_json(found)), C.cardwire_issuer_json_len(found))
	issuer := new(Issuer)
	if err := json.Unmarshal(document, issuer); err != nil {
		return nil, newError(ErrInternal, "", "the issuer cannot be read", err)
	}
	return issuer, nil
}

// Close ends the calls in flight with [ErrCancelled] and refuses new ones with [ErrClosed]. When it returns, no
// observer of the client runs or will run, unless the client is closed from an observer. It may be called more than once
// and by several goroutines at once, and returns nil always.
func (c *Client) Close() error {
	if c.closed.Swap(true) {
		// Whoever closes it waits for its observers.
		if C.cardwire_go_observing() == 0 {
			<-c.ended
		}
		return nil
	}
	defer close(c.ended)
	runtime.SetFinalizer(c, nil)
	c.stop()
	C.cardwire_client_free(c.native)
	C.cardwire_journal_free(c.orders.native)
	c.forget()
	return nil
}

// String shows nothing of the configuration.
func (c *Client) String() string {
	if c.closed.Load() {
		return "Client{closed}"
	}
	return "Client{open}"
}

// Format writes String for every verb.
func (c *Client) Format(to fmt.State, _ rune) { fmt.Fprint(to, c.String()) }

// forget lets go of what the library knew by numbers.
func (c *Client) forget() {
	c.stop()
	observers.take(c.observer)
	for _, number := range c.providers {
		providers.take(number)
	}
}

// isClosed returns the error of what is asked of a closed client.
func (c *Client) isClosed() *Error {
	return newError(ErrClosed, "", "the client was closed")
}

// refusal returns the library's error; of a client that was freed meanwhile it is that of a closed one.
func (c *Client) refusal(failure *Error) *Error {
	if failure.Argument == "client" && c.closed.Load() {
		return c.isClosed()
	}
	return failure
}
