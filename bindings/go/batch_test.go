package cardwire

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"
)

func named(t testing.TB, references ...string) []Input[Image] {
	inputs := make([]Input[Image], len(references))
	for i, reference := range references {
		inputs[i] = NewInput(ImageBytes(photo(t, "icbc-debit.jpg")), WithReference(reference))
	}
	return inputs
}

func collected[R Recognition | Verification](t testing.TB, batch *Batch[R]) []Item[R] {
	t.Helper()
	var items []Item[R]
	for batch.Next() {
		items = append(items, batch.Item())
	}
	sort.Slice(items, func(a, b int) bool { return items[a].Index < items[b].Index })
	return items
}

func orderID(index int) string {
	return "goBatch" + string(rune('a'+index))
}

func TestABatchTakesInputsOnlyAsCallsEnd(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	taken, most, results := 0, 0, 0
	batch := client.VerifyMany(background, InputsFunc(func() (Input[Cardholder], error) {
		if taken == 100 {
			return Input[Cardholder]{}, io.EOF
		}
		taken++
		most = max(most, taken-results)
		return NewInput(holder), nil
	}), WithConcurrency(4))
	defer batch.Close()
	seen := make(map[int]bool)
	for batch.Next() {
		item := batch.Item()
		results++
		fatal(t, item.Err)
		equal(t, item.Result.Outcome, OutcomeMatch)
		equal(t, seen[item.Index], false)
		seen[item.Index] = true
	}
	fatal(t, batch.Err())
	equal(t, results, 100)
	equal(t, most <= 4, true)
	equal(t, batch.Next(), false)
	equal(t, batch.Item(), Item[Verification]{})
}

func TestAnInputThatIsRefusedIsAnItem(t *testing.T) {
	client := clientOf(t, "aliyun_bankocr")
	broken := errors.New("damaged")
	good := ImageFile(imagePath("icbc-debit.jpg"))
	items := collected(t, client.RecognizeMany(background, InputsOf(
		good, Image{}, ImageReader(brokenReader{broken}), ImageFile("missing.jpg"), ImageURL("a\xff"), good,
	)))
	equal(t, len(items), 6)
	for i, item := range items {
		equal(t, item.Index, i)
		if i == 0 || i == 5 {
			fatal(t, item.Err)
			equal(t, item.Result.CardNumber(), card)
			continue
		}
		refusedAs(t, item.Err, ErrInvalidArgument, "image")
		equal(t, item.Result, nil)
	}
	equal(t, errors.Is(items[2].Err, broken), true)
}

func TestInputsThatFailEndTheBatchAfterWhatIsInFlight(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	lost := errors.New("the database went away")
	given := 0
	batch := client.VerifyMany(background, InputsFunc(func() (Input[Cardholder], error) {
		if given == 3 {
			return Input[Cardholder]{}, lost
		}
		given++
		return NewInput(holder), nil
	}))
	equal(t, len(collected(t, batch)), 3)
	equal(t, batch.Err(), lost)

	for _, none := range []Inputs[Cardholder]{{}, InputsFunc[Cardholder](nil)} {
		batch := client.VerifyMany(background, none)
		equal(t, batch.Next(), false)
		refusedAs(t, batch.Err(), ErrInvalidArgument, "inputs")
	}
}

func TestAnInputThatNobodyAsksForAnyMoreIsNoItem(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	silence(t, "aliyun_yhkr", "verify")
	for _, end := range []func(*Batch[Verification]){
		func(batch *Batch[Verification]) { batch.Close() },
		func(batch *Batch[Verification]) { batch.EndInputs() },
	} {
		for _, given := range []Cardholder{holder, NewCardholder(card, "\xff")} {
			var batch *Batch[Verification]
			batch = client.VerifyMany(background, InputsFunc(func() (Input[Cardholder], error) {
				ended := make(chan struct{})
				go func() {
					end(batch)
					close(ended)
				}()
				<-ended
				return NewInput(given), nil
			}))
			equal(t, batch.Next(), false)
			fatal(t, batch.Err())
			equal(t, batch.Item(), Item[Verification]{})
		}
	}
	equal(t, count(t, "aliyun_yhkr", "connections"), 0)
}

func TestAnOptionThatWouldBeDroppedIsNoOptionThere(t *testing.T) {
	for _, option := range []any{
		WithVendors("wechat"), WithSkipAnswered(), WithUserID("a"), WithTimeout(time.Second), WithConcurrency(1),
	} {
		_, isInputs := option.(InputOption)
		equal(t, isInputs, false)
		_, isBatchs := option.(BatchOption)
		equal(t, isBatchs, true)
	}
	for _, option := range []any{WithOrderID("a"), WithReference("a")} {
		_, isInputs := option.(InputOption)
		equal(t, isInputs, true)
		_, isBatchs := option.(BatchOption)
		equal(t, isBatchs, false)
	}
	_, isCalls := any(WithConcurrency(1)).(CallOption)
	equal(t, isCalls, false)
}

func TestABatchThatCannotBeginSaysWhy(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	for argument, option := range map[string]BatchOption{
		"concurrency": WithConcurrency(0),
		"timeout_ms":  WithTimeout(25 * time.Hour),
		"vendors":     WithVendors("a\xff"),
	} {
		batch := client.VerifyMany(background, InputsOf(holder), option)
		equal(t, batch.Next(), false)
		refusedAs(t, batch.Err(), ErrInvalidArgument, argument)
		fatal(t, batch.Close())
	}
	client.Close()
	batch := client.VerifyMany(background, InputsOf(holder))
	equal(t, batch.Next(), false)
	refusedAs(t, batch.Err(), ErrClosed, "")
}

func TestTheEndOfTheContextLosesNothingOfABatch(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	silence(t, "aliyun_yhkr", "verify")
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(background)
	inputs := make([]Input[Cardholder], 20)
	for i := range inputs {
		inputs[i] = NewInput(holder, WithOrderID(orderID(i)))
	}
	go func() {
		awaitRequests(t, "aliyun_yhkr", 4)
		cancel(why)
	}()
	batch := client.VerifyMany(ctx, InputsFrom(inputs), WithConcurrency(4))
	items := collected(t, batch)
	equal(t, len(items), 4)
	for i, item := range items {
		failure := failed(t, item.Err)
		equal(t, failure.Kind, ErrCancelled)
		equal(t, failure.Sent, SentUnknown)
		equal(t, failure.OrderID, orderID(i))
		equal(t, errors.Is(item.Err, context.Canceled), true)
		equal(t, errors.Is(item.Err, why), true)
	}
	refusedAs(t, batch.Err(), ErrCancelled, "")
	equal(t, errors.Is(batch.Err(), why), true)

	over, cancelOver := context.WithTimeout(background, 50*time.Millisecond)
	defer cancelOver()
	batch = client.VerifyMany(over, InputsOf(holder, holder), WithConcurrency(1))
	items = collected(t, batch)
	equal(t, len(items), 1)
	equal(t, errors.Is(items[0].Err, context.DeadlineExceeded), true)
	equal(t, errors.Is(batch.Err(), context.DeadlineExceeded), true)

	batch = client.VerifyMany(over, InputsOf(holder))
	equal(t, batch.Next(), false)
	equal(t, errors.Is(batch.Err(), context.DeadlineExceeded), true)
}

func TestEndInputsLetsTheCallsInFlightGoOn(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	script(t, "aliyun_yhkr", "verify", 0, fault("delay_ms", 20))
	values := make([]Cardholder, 50)
	for i := range values {
		values[i] = holder
	}
	batch := client.VerifyMany(background, InputsOf(values...), WithConcurrency(4))
	defer batch.Close()
	equal(t, batch.Next(), true)
	batch.EndInputs()
	rest := collected(t, batch)
	equal(t, len(rest), 3)
	for _, item := range rest {
		fatal(t, item.Err)
	}
	fatal(t, batch.Err())
	equal(t, count(t, "aliyun_yhkr", "executed"), 4)
}

func TestABatchIsClosedByAnotherGoroutine(t *testing.T) {
	client := clientOf(t, "tencent_faceid")
	silence(t, "tencent_faceid", "verify")
	for i := 0; i < 20; i++ {
		batch := client.VerifyMany(background, InputsOf(holder, holder))
		time.AfterFunc(time.Duration(i)*time.Millisecond, func() { batch.Close() })
		for batch.Next() {
			failed(t, batch.Item().Err)
		}
		fatal(t, batch.Err())
		fatal(t, batch.Close())
		batch.EndInputs()
		equal(t, batch.Next(), false)
	}
}

func TestAClientThatIsClosedEndsItsBatches(t *testing.T) {
	client := clientOf(t, "tencent_faceid")
	silence(t, "tencent_faceid", "verify")
	batch := client.VerifyMany(background, InputsOf(holder, holder, holder), WithConcurrency(2))
	go func() {
		awaitRequests(t, "tencent_faceid", 2)
		client.Close()
	}()
	var kinds []Kind
	for _, item := range collected(t, batch) {
		kinds = append(kinds, failed(t, item.Err).Kind)
	}
	equal(t, kinds, []Kind{ErrCancelled, ErrCancelled, ErrClosed})
}

func TestABatchGoesOnWhereItWasCutOff(t *testing.T) {
	fresh(t)
	config := configOf(t, "aliyun_bankocr")
	config["journal"] = filepath.Join(t.TempDir(), "journal")
	references := []string{"photos/0.jpg", "photos/1.jpg", "photos/2.jpg", "photos/3.jpg"}

	client := opened(t, config)
	batch := client.RecognizeMany(background, InputsFrom(named(t, references...)), WithConcurrency(1), WithSkipAnswered())
	for i := 0; i < 2; i++ {
		equal(t, batch.Next(), true)
		fatal(t, batch.Item().Err)
	}
	fatal(t, batch.Close())
	fatal(t, client.Close())

	client = opened(t, config)
	executed := count(t, "aliyun_bankocr", "executed")
	items := collected(t, client.RecognizeMany(background, InputsFrom(named(t, references...)), WithSkipAnswered()))
	equal(t, len(items), 4)
	for i, item := range items {
		if i >= executed {
			fatal(t, item.Err)
			continue
		}
		equal(t, errors.Is(item.Err, ErrAlreadyAnswered), true)
		failure := refusedAs(t, item.Err, ErrAlreadyAnswered, "")
		equal(t, failure.Order.Reference, references[i])
		equal(t, failure.Order.Billed, BilledYes)
		equal(t, failure.Order.Status, OrderAnswered)
		found, err := client.FindOrder(background, failure.Order.OrderID)
		fatal(t, err)
		equal(t, document(t, found), document(t, failure.Order))
		equal(t, strings.Contains(document(t, failure), failure.Order.OrderID), true)
	}
	equal(t, count(t, "aliyun_bankocr", "executed"), 4)
}
