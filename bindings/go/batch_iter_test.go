//go:build go1.23

package cardwire

import (
	"iter"
	"testing"
)

func endlessHolders(taken *int, stopped *bool) iter.Seq[Input[Cardholder]] {
	return func(yield func(Input[Cardholder]) bool) {
		defer func() { *stopped = true }()
		for {
			*taken++
			if !yield(NewInput(holder)) {
				return
			}
		}
	}
}

func TestABatchTakesAndGivesIterators(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	var taken int
	var stopped bool
	batch := client.VerifyMany(background, InputsSeq(endlessHolders(&taken, &stopped)), WithConcurrency(2))
	results := 0
	for index, item := range batch.All() {
		equal(t, item.Index, index)
		fatal(t, item.Err)
		if results++; results == 5 {
			break
		}
	}
	equal(t, stopped, false)
	// What was in flight is not lost.
	batch.EndInputs()
	for _, item := range batch.All() {
		fatal(t, item.Err)
		results++
	}
	equal(t, results, taken)
	equal(t, count(t, "aliyun_yhkr", "executed"), taken)
	equal(t, stopped, true)
	fatal(t, batch.Err())

	batch = client.VerifyMany(background, InputsSeq[Cardholder](nil))
	equal(t, batch.Next(), false)
	refusedAs(t, batch.Err(), ErrInvalidArgument, "inputs")
}

func TestAnIteratorMayCloseItsBatch(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	for _, elsewhere := range []bool{false, true} {
		stopped := false
		var batch *Batch[Verification]
		batch = client.VerifyMany(background, InputsSeq(func(yield func(Input[Cardholder]) bool) {
			defer func() { stopped = true }()
			yield(NewInput(holder))
			closed := make(chan struct{})
			closing := func() {
				batch.Close()
				close(closed)
			}
			if elsewhere {
				go closing()
			} else {
				closing()
			}
			<-closed
			for yield(NewInput(holder)) {
			}
		}), WithConcurrency(2))
		for batch.Next() {
			fatal(t, batch.Item().Err)
		}
		fatal(t, batch.Err())
		equal(t, stopped, true)
	}
}
