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
}
