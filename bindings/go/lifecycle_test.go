package cardwire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestUseAfterCloseIsAnError(t *testing.T) {
	client := clientOf(t)
	equal(t, client.String(), "Client{open}")
	fatal(t, client.Close())
	fatal(t, client.Close())
	equal(t, client.String(), "Client{closed}")
	image := ImageFile(imagePath("icbc-debit.jpg"))
	for _, ask := range []func() error{
		func() error { _, err := client.Recognize(background, image); return err },
		func() error { _, err := client.Verify(background, holder); return err },
		func() error { _, err := client.LookupCard(background, card); return err },
		func() error { _, err := client.FetchOrder(background, "a1"); return err },
		func() error { _, err := client.LookupIssuer(card); return err },
		func() error { _, err := client.Orders(background, OrderFilter{}); return err },
		func() error { return client.RecognizeMany(background, InputsOf(image)).Err() },
	} {
		refusedAs(t, ask(), ErrClosed, "")
	}
}

func TestCloseEndsTheCallsInFlight(t *testing.T) {
	client := clientOf(t, "tencent_faceid")
	silence(t, "tencent_faceid", "verify")
	errs := make(chan error, 8)
	for i := 0; i < cap(errs); i++ {
		go func() {
			_, err := client.Verify(background, holder)
			errs <- err
		}()
	}
	awaitRequests(t, "tencent_faceid", cap(errs))
	fatal(t, client.Close())
	for i := 0; i < cap(errs); i++ {
		failure := failed(t, <-errs)
		equal(t, failure.Kind, ErrCancelled)
		equal(t, failure.Sent, SentUnknown)
		equal(t, failure.OrderID != "", true)
	}
}

func TestManyGoroutinesUseOneClientWithoutAThreadEach(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	script(t, "aliyun_yhkr", "verify", 0, fault("delay_ms", 300))
	before := threads(t)
	var most atomic.Int64
	var calls sync.WaitGroup
	for i := 0; i < 200; i++ {
		calls.Add(1)
		go func() {
			defer calls.Done()
			answer, err := client.Verify(background, holder)
			if err != nil || answer.Outcome != OutcomeMatch {
				t.Errorf("%v %v", answer, err)
			}
			most.Store(max(most.Load(), int64(threads(t))))
		}()
	}
	calls.Wait()
	if extra := int(most.Load()) - before; extra > 40 {
		t.Fatalf("%d threads more for 200 calls", extra)
	}
}

func TestACloseAmongCallsIsSafe(t *testing.T) {
	fresh(t)
	config := configOf(t, "aliyun_yhkr")
	for round := 0; round < 20; round++ {
		client := opened(t, config, WithObserver(func(context.Context, Event) {}))
		var users sync.WaitGroup
		for i := 0; i < 4; i++ {
			users.Add(1)
			go func() {
				defer users.Done()
				for {
					if _, err := client.Verify(background, holder); err != nil {
						kind := err.(*Error).Kind
						if kind != ErrClosed && kind != ErrCancelled {
							t.Error(err)
						}
						return
					}
				}
			}()
		}
		time.Sleep(time.Duration(round) * time.Millisecond)
		fatal(t, client.Close())
		users.Wait()
	}
}

func TestEventsTellWhatAClientDoes(t *testing.T) {
	fresh(t)
	script(t, "tencent_kyc", "recognize", 1, fault("close_after_read"))
	var mutex sync.Mutex
	var events []Event
	client := opened(t, configOf(t, "tencent_kyc"), WithObserver(func(_ context.Context, event Event) {
		mutex.Lock()
		defer mutex.Unlock()
		events = append(events, event)
	}))
	_, err := client.Recognize(background, ImageBytes(photo(t, "icbc-debit.jpg")), WithOrderID("goEvent1"))
	if err != nil {
		equal(t, failed(t, err).Sent, SentUnknown)
	}
	fatal(t, client.Close())
	var refreshed, started, ended int
	call := events[0].About().Call
	for _, event := range events {
		equal(t, event.About().Call, call)
		equal(t, strings.Contains(event.String(), fmt.Sprintf(" call=%d ", call)), true)
		var fields map[string]any
		fatal(t, json.Unmarshal([]byte(document(t, event)), &fields))
		equal(t, strings.HasPrefix(event.String(), fields["event"].(string)+" "), true)
		equal(t, fields["level"].(string), string(event.About().Level))
		switch event := event.(type) {
		case CallStarted:
			equal(t, event.Operation, OperationRecognize)
			equal(t, event.Level.Level(), slog.LevelDebug)
		case CallEnded:
			equal(t, event.OrderID, "goEvent1")
			equal(t, event.Attempts, ended)
		case TokenRefreshed:
			refreshed++
			equal(t, event.Vendor, VendorTencentKYC)
			equal(t, event.Failure, Kind(0))
		case AttemptStarted:
			started++
			equal(t, event.OrderID, "goEvent1")
			equal(t, event.Operation, OperationRecognize)
			equal(t, event.Attempt >= 1, true)
		case AttemptEnded:
			ended++
			equal(t, event.OrderID, "goEvent1")
		}
	}
	equal(t, refreshed > 0, true)
	equal(t, started > 0, true)
	equal(t, ended, started)
}

func TestAnEventHasTheContextOfItsCall(t *testing.T) {
	fresh(t)
	type key struct{}
	var mutex sync.Mutex
	told := make(map[any]map[uint64]bool)
	client := opened(t, configOf(t, "aliyun_yhkr"), WithObserver(func(ctx context.Context, event Event) {
		mutex.Lock()
		defer mutex.Unlock()
		request := ctx.Value(key{})
		if told[request] == nil {
			told[request] = make(map[uint64]bool)
		}
		told[request][event.About().Call] = true
	}))
	var requests sync.WaitGroup
	for request := 1; request <= 4; request++ {
		ctx := context.WithValue(background, key{}, request)
		requests.Add(1)
		go func() {
			defer requests.Done()
			if _, err := client.Verify(ctx, holder); err != nil {
				t.Error(err)
			}
		}()
	}
	requests.Wait()
	ctx := context.WithValue(background, key{}, "batch")
	inputs := []Input[Cardholder]{NewInput(holder), NewInput(holder, WithOrderID("goContext1"))}
	equal(t, len(collected(t, client.VerifyMany(ctx, InputsFrom(inputs)))), 2)
	mutex.Lock()
	defer mutex.Unlock()
	for request := 1; request <= 4; request++ {
		equal(t, len(told[request]), 1)
	}
	equal(t, len(told["batch"]), 2)
	equal(t, len(told), 5)
	equal(t, contexts.count(), 0)
}

func TestEveryCloseWaitsForTheObservers(t *testing.T) {
	fresh(t)
	begun, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var over atomic.Bool
	var client *Client
	client = opened(t, configOf(t, "aliyun_yhkr"), WithObserver(func(context.Context, Event) {
		once.Do(func() {
			close(begun)
			<-release
			// Others wait for this one.
			client.Close()
			over.Store(true)
		})
	}))
	go client.Verify(background, holder)
	<-begun
	first, second := make(chan struct{}), make(chan bool, 1)
	go func() {
		client.Close()
		close(first)
	}()
	for !client.closed.Load() {
		runtime.Gosched()
	}
	go func() {
		client.Close()
		second <- over.Load()
	}()
	select {
	case <-second:
		t.Error("the second Close returned while an observer ran")
		close(release)
	case <-time.After(50 * time.Millisecond):
		close(release)
		equal(t, <-second, true)
	}
	<-first
}

func TestHealthTellsOfEachAccount(t *testing.T) {
	fresh(t)
	client := opened(t, configOf(t, "tencent_kyc", "aliyun_yhkr"))
	before, err := client.Health()
	fatal(t, err)
	equal(t, len(before), 2)
	equal(t, before[0].TokenUntil.IsZero(), true)
	_, err = client.Recognize(background, ImageBytes(photo(t, "icbc-debit.jpg")))
	fatal(t, err)
	health, err := client.Health()
	fatal(t, err)
	equal(t, health[0].Account, "tencent_kyc")
	equal(t, health[0].Breaker, BreakerClosed)
	equal(t, health[0].TokenSince.Before(health[0].TokenUntil), true)
	equal(t, len(health[1].Blocks), 0)
	fatal(t, client.Close())
	_, err = client.Health()
	equal(t, errors.Is(err, ErrClosed), true)
}

func TestAnObserverMayCloseItsClient(t *testing.T) {
	fresh(t)
	closed := make(chan struct{})
	var once sync.Once
	var client *Client
	client = opened(t, configOf(t, "aliyun_yhkr"), WithObserver(func(context.Context, Event) {
		once.Do(func() {
			client.Close()
			client.Close()
			close(closed)
		})
	}))
	_, err := client.Verify(background, holder)
	equal(t, errors.Is(err, ErrCancelled) || errors.Is(err, ErrClosed), true)
	<-closed
}

func TestAForgottenClientIsClosed(t *testing.T) {
	fresh(t)
	config := document(t, configOf(t, "aliyun_yhkr"))
	observed := observers.count()
	func() {
		client, err := NewClient(config, WithObserver(func(context.Context, Event) {}))
		fatal(t, err)
		batch := client.VerifyMany(background, InputsOf(holder))
		equal(t, batch.Next(), true)
		fatal(t, batch.Item().Err)
	}()
	path := filepath.Join(t.TempDir(), "journal")
	journal, err := OpenJournal(path)
	fatal(t, err)
	isClosed := journal.closed
	journal = nil
	for i := 0; i < 500 && (observers.count() > observed || batches.count() > 0 || !isClosed.Load()); i++ {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	equal(t, observers.count(), observed)
	equal(t, batches.count(), 0)
	equal(t, isClosed.Load(), true)
}

func TestACallKeepsItsClientFromBeingCollected(t *testing.T) {
	fresh(t)
	script(t, "aliyun_yhkr", "verify", 0, fault("delay_ms", 300))
	client, err := NewClient(document(t, configOf(t, "aliyun_yhkr")))
	fatal(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; i < 20; i++ {
			runtime.GC()
			time.Sleep(10 * time.Millisecond)
		}
	}()
	ctx, cancel := context.WithTimeout(background, 10*time.Second)
	defer cancel()
	_, err = client.Verify(ctx, holder)
	fatal(t, err)
	<-done
}

// threads returns how many threads the process has; 0 where the system does not say.
func threads(t testing.TB) int {
	t.Helper()
	return len(processThreads())
}
