package cardwire

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
)

// batches holds what the goroutines that take results wait on, by the numbers of their batches.
var batches registry[chan<- struct{}]

// An Input is one input of a batch: a photo or a cardholder. [NewInput] makes one with options of its own.
type Input[T Image | Cardholder] struct {
	value   T
	options []InputOption
}

// NewInput makes an input with an order number and a reference of its own; all other options are the batch's. With a
// reference for each, and [WithSkipAnswered] for the batch, a batch that was cut off goes on where it was.
func NewInput[T Image | Cardholder](value T, options ...InputOption) Input[T] {
	return Input[T]{value, options}
}

// Inputs are those of a batch, taken one by one as calls end, so that any number of them needs no memory. They serve
// one batch. Those of no function or iterator, such as the zero value, are refused by the batch: see [Batch.Err].
type Inputs[T Image | Cardholder] struct {
	// next returns io.EOF after the last.
	next func() (Input[T], error)
	stop func()
}

// InputsOf gives these values.
func InputsOf[T Image | Cardholder](values ...T) Inputs[T] {
	return InputsFunc(func() (Input[T], error) {
		if len(values) == 0 {
			return Input[T]{}, io.EOF
		}
		value := values[0]
		values = values[1:]
		return NewInput(value), nil
	})
}

// InputsFrom gives these inputs.
func InputsFrom[T Image | Cardholder](inputs []Input[T]) Inputs[T] {
	return InputsFunc(func() (Input[T], error) {
		if len(inputs) == 0 {
			return Input[T]{}, io.EOF
		}
		input := inputs[0]
		inputs = inputs[1:]
		return input, nil
	})
}

// InputsFunc gives what a function returns, which is [io.EOF] after the last. Another error ends the inputs: the
// results of the calls in flight still come, and then [Batch.Err] returns it. The function runs on the goroutine that
// takes the results.
func InputsFunc[T Image | Cardholder](next func() (Input[T], error)) Inputs[T] {
	return Inputs[T]{next: next, stop: func() {}}
}

// An Item is what came of one input of a batch: a result or an error.
type Item[R Recognition | Verification] struct {
	// Index is the number of the input, counted from 0 in the order in which they were taken.
	Index int `json:"index"`
	// Result is the result, nil where there is an error.
	Result *R `json:"result"`
	// Err is an [*Error], nil where there is a result.
	Err error `json:"error"`
}

// A Batch gives the results of many calls as they end. A bounded number of calls is in flight, those whose results were
// not taken among them. One goroutine takes the results:
//
//	batch := client.RecognizeMany(ctx, cardwire.InputsOf(photos...))
//	defer batch.Close()
//	for batch.Next() {
//		item := batch.Item()
//		...
//	}
//	if err := batch.Err(); err != nil {
//		...
//	}
//
// The end of the context ends the inputs and the calls in flight, whose items still come and say what was sent and
// billed. Leaving the loop early leaves the batch as it is: go on with Next, after [Batch.EndInputs] for what is in
// flight only, or Close it.
type Batch[R Recognition | Verification] struct {
	client  *Client
	native  *C.cardwire_batch
	context context.Context
	// pull takes an input from the caller: its request, the options of its own, and why it has none; io.EOF after the
	// last.
	pull func() (request, map[string]any, *Error, error)
	// read makes an item's result of the end of its call.
	read func(end) (*R, *Error)
	// ready has room for one notice that a call has ended.
	ready chan struct{}
	item  Item[R]
	err   error
	// noMore is set where no further input is to come.
	noMore atomic.Bool
	closed atomic.Bool
	free   []func()
}

// RecognizeMany reads the card in each of many photos. The context is that of the batch; [WithTimeout] is of each call.
func (c *Client) RecognizeMany(ctx context.Context, images Inputs[Image], options ...BatchOption) *Batch[Recognition] {
	return newBatch[Recognition](ctx, c, "recognize_many", images, Image.request, options)
}

// VerifyMany verifies each of many cardholders. The context is that of the batch; [WithTimeout] is of each call.
func (c *Client) VerifyMany(
	ctx context.Context, cardholders Inputs[Cardholder], options ...BatchOption,
) *Batch[Verification] {
	asked := func(cardholder Cardholder, _ context.Context) (request, *Error) { return cardholder.request(), nil }
	return newBatch[Verification](ctx, c, "verify_many", cardholders, asked, options)
}

func newBatch[R Recognition | Verification, P interface {
	*R
	result
}, T Image | Cardholder](
	ctx context.Context,
	client *Client,
	operation string,
	inputs Inputs[T],
	asked func(T, context.Context) (request, *Error),
	options []BatchOption,
) *Batch[R] {
	batch := &Batch[R]{client: client, context: ctx, ready: make(chan struct{}, 1)}
	if inputs.stop != nil {
		batch.free = append(batch.free, inputs.stop)
	}
	batch.pull = func() (request, map[string]any, *Error, error) {
		input, err := inputs.next()
		if err != nil {
			return request{}, nil, nil, err
		}
		wanted, failure := asked(input.value, ctx)
		return wanted, newInputOptions(input.options).document, failure, nil
	}
	batch.read = func(told end) (*R, *Error) {
		given := P(new(R))
		if failure := finish(client, told, given); failure != nil {
			return nil, failure
		}
		return (*R)(given), nil
	}
	failure := given(ctx)
	switch {
	case failure != nil:
	case inputs.next == nil:
		failure = refused("inputs", "a function or an iterator", "none")
	default:
		failure = batch.start(operation, newBatchOptions(options))
	}
	if failure != nil {
		batch.err = failure
		batch.Close()
		return batch
	}
	runtime.SetFinalizer(batch, func(forgotten *Batch[R]) { go forgotten.Close() })
	return batch
}

// start begins the batch; the library takes no input yet.
func (b *Batch[R]) start(operation string, options batchOptions) *Error {
	asked := newRequest(operation)
	if options.concurrency != nil {
		if *options.concurrency < 1 {
			return refused("concurrency", "at least 1", fmt.Sprint(*options.concurrency))
		}
		asked.arguments["concurrency"] = *options.concurrency
	}
	// The context ends the batch, not each of its calls.
	own, _ := options.call.within(context.WithoutCancel(b.context))
	if b.client.observer != 0 {
		number := contexts.add(b.context)
		b.free = append(b.free, func() { contexts.take(number) })
		own["context"] = number
	}
	document, failure := asked.document(own)
	if failure != nil {
		return failure
	}
	if b.client.closed.Load() {
		return b.client.isClosed()
	}
	var cancellation *C.cardwire_cancellation
	var refusal *C.cardwire_error
	if b.context.Done() != nil {
		if C.cardwire_cancellation_new(&cancellation, &refusal) != C.CARDWIRE_OK {
			return takeError(refusal)
		}
		cancel := func() { C.cardwire_cancellation_cancel(cancellation, nil) }
		if b.context.Err() != nil {
			cancel()
		}
		stop := context.AfterFunc(b.context, cancel)
		b.free = append(b.free, func() {
			stop()
			C.cardwire_cancellation_free(cancellation)
		})
	}
	number := batches.add(b.ready)
	b.free = append(b.free, func() { batches.take(number) })
	words, wordsLen := octets(document)
	var native *C.cardwire_batch
	status := C.cardwire_go_batch_start(
		b.client.native, chars(words), wordsLen, cancellation, C.uintptr_t(number), &native, &refusal,
	)
	runtime.KeepAlive(b.client)
	if status != C.CARDWIRE_OK {
		return b.client.refusal(takeError(refusal))
	}
	b.native = native
	return nil
}

// Next begins as many calls as may be in flight, waits for the next item, and reports whether there is one: not after
// the last, and not after [Batch.Close].
func (b *Batch[R]) Next() bool {
	b.item = Item[R]{}
	defer runtime.KeepAlive(b)
	for !b.closed.Load() {
		switch C.cardwire_batch_next(b.native, 0) {
		case C.CARDWIRE_BATCH_INPUT:
			if b.put() {
				return true
			}
		case C.CARDWIRE_BATCH_RESULT:
			if b.take() {
				return true
			}
		case C.CARDWIRE_BATCH_WAIT:
			<-b.ready
		default:
			if !b.closed.Load() && !b.noMore.Load() && b.context.Err() != nil {
				b.err = ended(b.context, "the context ended before the inputs did")
			}
			b.Close()
		}
	}
	return false
}

// put gives the next input to the library, and reports whether there is an item instead of a call.
func (b *Batch[R]) put() bool {
	asked, own, failure, err := b.pull()
	if err != nil {
		if err != io.EOF {
			b.err = err
		}
		b.EndInputs()
		return false
	}
	if failure == nil {
		failure = b.begin(asked, own)
	}
	if failure == nil {
		return false
	}
	var index C.size_t
	if C.cardwire_batch_refuse(b.native, &index, nil) != C.CARDWIRE_OK {
		// Nobody asks for it any more: the batch was closed meanwhile, or its inputs were ended.
		return false
	}
	b.item = Item[R]{Index: int(index), Err: b.ofContext(failure)}
	return true
}

// begin begins the call of an input.
func (b *Batch[R]) begin(asked request, own map[string]any) *Error {
	document, failure := asked.document(own)
	if failure != nil {
		return failure
	}
	words, wordsLen := octets(document)
	photo, photoLen := asked.image()
	var refusal *C.cardwire_error
	if C.cardwire_batch_put(b.native, chars(words), wordsLen, photo, photoLen, &refusal) != C.CARDWIRE_OK {
		return b.client.refusal(takeError(refusal))
	}
	return nil
}

// take takes the result that comes next, and reports whether there was one: another goroutine may close the batch.
func (b *Batch[R]) take() bool {
	ends := make(chan end, 1)
	number := calls.add(ends)
	var index C.size_t
	if C.cardwire_go_batch_take(b.native, &index, C.uintptr_t(number), nil) != C.CARDWIRE_OK {
		calls.take(number)
		return false
	}
	b.item.Index = int(index)
	given, failure := b.read(<-ends)
	if failure != nil {
		b.item.Err = b.ofContext(failure)
	} else {
		b.item.Result = given
	}
	return true
}

// ofContext returns the error of an item; beneath that of a call that the context ended is what ended the context.
func (b *Batch[R]) ofContext(failure *Error) *Error {
	if err := b.context.Err(); failure.Kind == ErrCancelled && err != nil && !errors.Is(failure, err) {
		failure.beneath = append(failure.beneath, contextErrors(b.context)...)
	}
	return failure
}

// Item returns what Next found.
func (b *Batch[R]) Item() Item[R] { return b.item }

// Err returns why the batch gave fewer items than there were inputs, once Next has reported that there is none: it could
// not begin, its context ended, or the function that gives the inputs failed. It is nil where neither happened.
func (b *Batch[R]) Err() error { return b.err }

// EndInputs takes no further input; one that is being taken at this moment is dropped. The calls in flight go on, and
// Next gives their items.
func (b *Batch[R]) EndInputs() {
	b.noMore.Store(true)
	C.cardwire_batch_end_inputs(b.native, nil)
}

// Close ends the calls in flight and lets go of their results. With a journal their orders are in it; to lose nothing,
// call [Batch.EndInputs] and take the items that are left, or let the context end. After the last item the batch is
// closed already. Close may be called more than once and by several goroutines at once, and returns nil always.
func (b *Batch[R]) Close() error {
	if b.closed.Swap(true) {
		return nil
	}
	runtime.SetFinalizer(b, nil)
	C.cardwire_batch_free(b.native)
	for _, free := range b.free {
		free()
	}
	wake(b.ready)
	return nil
}

// String shows nothing of the inputs and the items.
func (b *Batch[R]) String() string {
	if b.closed.Load() {
		return "Batch{closed}"
	}
	return "Batch{open}"
}

// Format writes String for every verb.
func (b *Batch[R]) Format(to fmt.State, _ rune) { fmt.Fprint(to, b.String()) }

// wake gives notice, unless there is one already.
func wake(ready chan<- struct{}) {
	select {
	case ready <- struct{}{}:
	default:
	}
}
