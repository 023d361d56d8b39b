//go:build cgo && go1.23

package cardwire

import (
	"io"
	"iter"
	"sync"
	"sync/atomic"
)

// InputsSeq gives what an iterator gives.
func InputsSeq[T Image | Cardholder](inputs iter.Seq[Input[T]]) Inputs[T] {
	if inputs == nil {
		return Inputs[T]{}
	}
	pulled := &pulledInputs[T]{inputs: inputs}
	return Inputs[T]{next: pulled.next, stop: pulled.stop}
}

// pulledInputs asks an iterator. It may not be stopped while it is asked, but the batch may be closed meanwhile, by
// another goroutine or by the iterator itself: then whoever asks it stops it afterwards.
type pulledInputs[T Image | Cardholder] struct {
	inputs iter.Seq[Input[T]]
	// mutex is held while the iterator is asked or stopped.
	mutex     sync.Mutex
	pull      func() (Input[T], bool)
	end       func()
	isStopped atomic.Bool
}

func (p *pulledInputs[T]) next() (Input[T], error) {
	defer p.stopIfAsked()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.isStopped.Load() {
		return Input[T]{}, io.EOF
	}
	if p.pull == nil {
		p.pull, p.end = iter.Pull(p.inputs)
	}
	input, ok := p.pull()
	if !ok {
		return Input[T]{}, io.EOF
	}
	return input, nil
}

func (p *pulledInputs[T]) stop() {
	p.isStopped.Store(true)
	p.stopIfAsked()
}

// stopIfAsked stops the iterator, unless it is held: then its holder does when it lets go.
func (p *pulledInputs[T]) stopIfAsked() {
	if !p.isStopped.Load() || !p.mutex.TryLock() {
		return
	}
	defer p.mutex.Unlock()
	if p.end != nil {
		p.end()
	}
}

// All returns an iterator over the items that are left, each with the number of its input:
//
//	for index, item := range batch.All() {
//		...
//	}
//
// Look at [Batch.Err] after the loop. Leaving the loop early leaves the batch as it is.
func (b *Batch[R]) All() iter.Seq2[int, Item[R]] {
	return func(yield func(int, Item[R]) bool) {
		for b.Next() {
			if item := b.Item(); !yield(item.Index, item) {
				return
			}
		}
	}
}
