package cardwire

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"runtime"
)

// call makes a call and waits for its end. No thread waits meanwhile.
func call[R any, P interface {
	*R
	result
}](ctx context.Context, client *Client, asked request, options []CallOption) (*R, error) {
	if failure := given(ctx); failure != nil {
		return nil, failure
	}
	own, isContexts := newCallOptions(options).within(ctx)
	if client.observer != 0 {
		number := contexts.add(ctx)
		defer contexts.take(number)
		own["context"] = number
	}
	document, failure := asked.document(own)
	if failure != nil {
		return nil, failure
	}
	if client.closed.Load() {
		return nil, client.isClosed()
	}
	var cancellation *C.cardwire_cancellation
	if ctx.Done() != nil {
		var refusal *C.cardwire_error
		if C.cardwire_cancellation_new(&cancellation, &refusal) != C.CARDWIRE_OK {
			return nil, takeError(refusal)
		}
		defer C.cardwire_cancellation_free(cancellation)
		cancel := func() {
			// The library keeps a deadline by itself.
			if !isContexts || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				C.cardwire_cancellation_cancel(cancellation, nil)
			}
		}
		if ctx.Err() != nil {
			cancel()
		} else {
			defer context.AfterFunc(ctx, cancel)()
		}
	}
	ends := make(chan end, 1)
	words, wordsLen := octets(document)
	photo, photoLen := asked.image()
	C.cardwire_go_call_start(
		client.native, chars(words), wordsLen, photo, photoLen, cancellation, C.uintptr_t(calls.add(ends)),
	)
	told := <-ends
	runtime.KeepAlive(client)
	given := P(new(R))
	if failure := finish(client, told, given); failure != nil {
		switch {
		case failure.Kind == ErrTimeout && isContexts:
			// The library's clock may have been the first.
			failure.beneath = append(failure.beneath, context.DeadlineExceeded)
			if ctx.Err() != nil {
				failure.beneath = append(failure.beneath, contextErrors(ctx)[1:]...)
			}
		case failure.Kind == ErrCancelled && ctx.Err() != nil:
			failure.beneath = append(failure.beneath, contextErrors(ctx)...)
		}
		return nil, failure
	}
	return (*R)(given), nil
}

// finish reads the end of a call.
func finish(client *Client, told end, into result) *Error {
	if told.failed {
		return client.refusal(readError(told.document, told.beside))
	}
	if err := into.answered(told.document, told.raw, told.document); err != nil {
		return lost(told.document, "the result of the call cannot be read", err)
	}
	return nil
}
