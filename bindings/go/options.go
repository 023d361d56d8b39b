//go:build cgo

package cardwire

import (
	"context"
	"strings"
	"time"
)

// A CallOption changes one call where it differs from the configuration: every [CommonOption] and every [InputOption].
type CallOption interface {
	applyCall(*callOptions)
}

// A BatchOption changes a batch: every [CommonOption], which then is that of each of its calls, and [WithConcurrency].
type BatchOption interface {
	applyBatch(*batchOptions)
}

// A CommonOption changes one call, or each call of a batch.
type CommonOption interface {
	CallOption
	BatchOption
}

// An InputOption changes one call, or one [Input] of a batch: [WithOrderID] and [WithReference].
type InputOption interface {
	CallOption
	applyInput(*callOptions)
}

// callOptions are the options of a call as the library reads them.
type callOptions struct {
	document map[string]any
	timeout  *time.Duration
}

type batchOptions struct {
	call        callOptions
	concurrency *int
}

type commonOption func(*callOptions)

func (o commonOption) applyCall(options *callOptions) { o(options) }

func (o commonOption) applyBatch(options *batchOptions) { o(&options.call) }

type inputOption func(*callOptions)

func (o inputOption) applyCall(options *callOptions) { o(options) }

func (o inputOption) applyInput(options *callOptions) { o(options) }

type batchOption func(*batchOptions)

func (o batchOption) applyBatch(options *batchOptions) { o(options) }

func set(name string, value any) func(*callOptions) {
	return func(options *callOptions) { options.document[name] = value }
}

// WithVendors asks only these accounts, in this order: the first that takes the input. The names are those of entries
// in the configuration, or of vendors. A call without any is refused.
func WithVendors[Name ~string](names ...Name) CommonOption {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return commonOption(set("vendors", strings.Join(texts, ",")))
}

// WithOrderID sets the order number: 1 to 32 ASCII letters and digits, never used before. The library makes one where
// none is given.
func WithOrderID(orderID string) InputOption {
	return inputOption(set("order_id", orderID))
}

// WithReference sets the caller's own name for what is asked, such as that of a photo: 1 to 64 printable characters and
// no personal datum. The journal keeps it and finds orders by it; no vendor is told.
func WithReference(reference string) InputOption {
	return inputOption(set("reference", reference))
}

// WithSkipAnswered ends the call with [ErrAlreadyAnswered], and sends nothing, where the journal knows the vendor's
// answer to its reference or its order number: a result, or a refusal that was not free. While another call asks for the
// same, it ends with [ErrAlreadyRunning]. Such a call needs a journal in the configuration, and a reference or an order
// number.
func WithSkipAnswered() CommonOption {
	return commonOption(set("skip_answered", true))
}

// WithUserID sets the caller's own name for its user, for vendors that keep one (tencent_kyc): 1 to 32 ASCII letters,
// digits, - and _.
func WithUserID(userID string) CommonOption {
	return commonOption(set("user_id", userID))
}

// WithTimeout sets how long the whole call may take, the waits for a token and for the pace included. An earlier
// deadline of the call's context goes before it.
func WithTimeout(timeout time.Duration) CommonOption {
	return commonOption(func(options *callOptions) { options.timeout = &timeout })
}

// WithConcurrency sets the most calls of a batch in flight at once, at least 1.
func WithConcurrency(calls int) BatchOption {
	return batchOption(func(options *batchOptions) { options.concurrency = &calls })
}

func newCallOptions(options []CallOption) callOptions {
	made := callOptions{document: make(map[string]any)}
	for _, option := range options {
		if option != nil {
			option.applyCall(&made)
		}
	}
	return made
}

func newInputOptions(options []InputOption) callOptions {
	made := callOptions{document: make(map[string]any)}
	for _, option := range options {
		if option != nil {
			option.applyInput(&made)
		}
	}
	return made
}

func newBatchOptions(options []BatchOption) batchOptions {
	made := batchOptions{call: callOptions{document: make(map[string]any)}}
	for _, option := range options {
		if option != nil {
			option.applyBatch(&made)
		}
	}
	return made
}

// within returns the document of the options of a call, and whether its deadline is the context's.
func (o callOptions) within(ctx context.Context) (map[string]any, bool) {
	timeout, isContexts := o.timeout, false
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		if left < 0 {
			left = 0
		}
		if timeout == nil || left < *timeout {
			// A context may last longer than a call.
			if longest := milliseconds(contract().Limits.TimeoutMS).duration(); left > longest {
				left = longest
			}
			timeout, isContexts = &left, true
		}
	}
	if timeout != nil {
		o.document["timeout_ms"] = roundedUp(*timeout)
	}
	return o.document, isContexts
}

// roundedUp returns milliseconds, so that a short time does not become none. What is negative stays so.
func roundedUp(duration time.Duration) int64 {
	whole := int64(duration / time.Millisecond)
	switch rest := duration % time.Millisecond; {
	case rest > 0:
		whole++
	case rest < 0:
		whole--
	}
	return whole
}
