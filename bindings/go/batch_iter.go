//go:build go1.23

package cardwire

import (
	"io"
	"iter"
	"sync"
)

// InputsSeq gives what an iterator gives.
func InputsSeq[T Image | Cardholder](inputs iter.Seq[Input[T]]) Inputs[T] {
	// A pulled iterator may not be stopped while it is asked, which another goroutine does that closes the batch.
	var mutex sync.Mutex
	var next func() (Input[T], bool)
	var stop func()
	return Inputs[T]{
		next: func() (Input[T], error) {
			mutex.Lock()
			defer mutex.Unlock()
			if next == nil {
				next, stop = iter.Pull(inputs)
			}
			input, ok := next()
			if !ok {
				return Input[T]{}, io.EOF
			}
			return input, nil
		},
		stop: func() {
			mutex.Lock()
			defer mutex.Unlock()
			if stop != nil {
				stop()
			}
		},
	}
}

// All returns an iterator over the items that are left, each with the number of its input:
//
//	for index, item := range batch.All() {
//		...
//	}
//
// Look at [Batch.Err] behind the loop. Leaving the loop early leaves the batch as it is.
func (b *Batch[R]) All() iter.Seq2[int, Item[R]] {
	return func(yield func(int, Item[R]) bool) {
		for b.Next() {
			if item := b.Item(); !yield(item.Index, item) {
				return
			}
		}
	}
}
