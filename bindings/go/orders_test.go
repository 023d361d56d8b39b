package cardwire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// journalled returns a client with a journal, and the journal's path.
func journalled(t testing.TB, options ...ClientOption) (*Client, string) {
	t.Helper()
	fresh(t)
	config := configOf(t, "aliyun_bankocr")
	path := filepath.Join(t.TempDir(), "journal")
	config["journal"] = path
	return opened(t, config, options...), path
}

// lose makes a call whose request the vendor reads whole and then hangs up: nobody knows what it did with it.
func lose(t testing.TB, client *Client, orderID string) {
	t.Helper()
	script(t, "aliyun_bankocr", "any", 1, fault("close_after_read"))
	_, err := client.Recognize(background, ImageBytes(photo(t, "icbc-debit.jpg")), WithOrderID(orderID))
	equal(t, failed(t, err).Sent, SentUnknown)
}

func numbers(orders []OrderRecord) string {
	var numbers []string
	for _, order := range orders {
		numbers = append(numbers, order.OrderID)
	}
	return strings.Join(numbers, " ")
}

func TestAClientReadsItsJournal(t *testing.T) {
	var mutex sync.Mutex
	var states []string
	client, _ := journalled(t, WithObserver(func(_ context.Context, event Event) {
		if written, ok := event.(OrderWritten); ok {
			mutex.Lock()
			defer mutex.Unlock()
			states = append(states, written.OrderID+" "+written.State)
		}
	}))
	begun := time.Now()
	_, err := client.Recognize(
		background, ImageBytes(photo(t, "icbc-debit.jpg")), WithOrderID("go1"), WithReference("photos/1.jpg"),
	)
	fatal(t, err)
	mutex.Lock()
	equal(t, states, []string{"go1 intent", "go1 released", "go1 done"})
	mutex.Unlock()
	lose(t, client, "go2")

	zero, one := 0, 1
	for _, wanted := range []struct {
		filter OrderFilter
		found  string
	}{
		{OrderFilter{}, "go2 go1"},
		{OrderFilter{Status: OrderAnswered}, "go1"},
		{OrderFilter{Limit: &one}, "go2"},
		{OrderFilter{Limit: &zero}, ""},
		{OrderFilter{Vendor: VendorAliyunBankOCR}, "go2 go1"},
		{OrderFilter{Vendor: VendorWeChat}, ""},
		{OrderFilter{Account: "aliyun_bankocr"}, "go2 go1"},
		{OrderFilter{Reference: "photos/1.jpg"}, "go1"},
		{OrderFilter{Before: "go2"}, "go1"},
		{OrderFilter{Since: begun.Add(-time.Minute), Until: begun.Add(time.Hour)}, "go2 go1"},
		{OrderFilter{Until: begun.Add(-time.Minute)}, ""},
		{OrderFilter{Since: time.Unix(1<<60, 0)}, ""},
	} {
		found, err := client.Orders(background, wanted.filter)
		fatal(t, err)
		equal(t, numbers(found), wanted.found)
	}
	unknown, err := client.UnknownOrders(background)
	fatal(t, err)
	equal(t, numbers(unknown), "go2")
	equal(t, unknown[0].Status, OrderUnknown)
	equal(t, unknown[0].Billed, BilledUnknown)

	answered, err := client.FindOrder(background, "go1")
	fatal(t, err)
	equal(t, answered.Vendor, VendorAliyunBankOCR)
	equal(t, answered.Operation, OperationRecognize)
	equal(t, answered.Sends, 1)
	equal(t, answered.Created.Sub(begun).Abs() < 5*time.Minute, true)
	equal(t, answered.Changed.Before(answered.Created), false)
	equal(t, answered.Outcome, "ok")
	equal(t, answered.HTTPStatus, 200)
	equal(t, answered.Reconciled.IsZero(), true)
	equal(t, answered.Reference, "photos/1.jpg")
	missing, err := client.FindOrder(background, "go9")
	fatal(t, err)
	equal(t, missing, nil)
}

func TestAJournalNeedsNoClient(t *testing.T) {
	client, path := journalled(t)
	lose(t, client, "go3")
	lose(t, client, "go4")
	journal, err := OpenJournal(path)
	fatal(t, err)
	defer journal.Close()
	unknown, err := journal.UnknownOrders(background)
	fatal(t, err)
	equal(t, numbers(unknown), "go4 go3")
	fatal(t, journal.ReconcileOrder(background, "go3", "not executed, card "+card))
	fatal(t, client.ReconcileOrder(background, "go4", ""))
	unknown, err = client.UnknownOrders(background)
	fatal(t, err)
	equal(t, len(unknown), 0)
	settled, err := journal.FindOrder(background, "go3")
	fatal(t, err)
	equal(t, settled.Note, "not executed, card ***")
	equal(t, settled.Reconciled.Before(settled.Created), false)

	lines := filepath.Join(t.TempDir(), "lines")
	count, err := client.ExportOrders(background, OrderFilter{}, lines)
	fatal(t, err)
	equal(t, count, 2)
	content, err := os.ReadFile(lines)
	fatal(t, err)
	all, err := journal.Orders(background, OrderFilter{})
	fatal(t, err)
	var exported []OrderRecord
	for decoder := json.NewDecoder(bytes.NewReader(content)); decoder.More(); {
		exported = append(exported, OrderRecord{})
		fatal(t, decoder.Decode(&exported[len(exported)-1]))
	}
	equal(t, exported, all)
	equal(t, parsed(t, []byte(document(t, all[1]))), parsed(t, bytes.Split(content, []byte("\n"))[1]))
	_, err = journal.ExportOrders(background, OrderFilter{}, lines)
	refusedAs(t, err, ErrInvalidArgument, "path")
	count, err = client.PruneOrders(background, time.Now().Add(-25*time.Hour))
	fatal(t, err)
	equal(t, count, 0)
	_, err = journal.PruneOrders(background, time.Now())
	equal(t, failed(t, err).Kind, ErrInvalidArgument)

	fatal(t, client.Close())
	_, err = client.Orders(background, OrderFilter{})
	equal(t, strings.Contains(refusedAs(t, err, ErrClosed, "").Error(), "the client was closed"), true)
	_, err = journal.Orders(background, OrderFilter{})
	fatal(t, err)
	fatal(t, journal.Close())
	fatal(t, journal.Close())
	_, err = journal.UnknownOrders(background)
	equal(t, strings.Contains(refusedAs(t, err, ErrClosed, "").Error(), "the journal was closed"), true)
}

func TestWhatAJournalCannotDoIsSaid(t *testing.T) {
	without := clientOf(t, "wechat")
	_, err := without.Orders(background, OrderFilter{})
	refusedAs(t, err, ErrInvalidConfig, "")
	equal(t, failed(t, without.ReconcileOrder(background, "a", "b")).Kind, ErrInvalidConfig)
	client, _ := journalled(t)
	refusedAs(t, client.ReconcileOrder(background, "go9", "x"), ErrInvalidArgument, "order_id")
	refusedAs(t, client.ReconcileOrder(background, "a", "\xff"), ErrInvalidArgument, "note")
	_, err = client.FindOrder(background, "\xff")
	refusedAs(t, err, ErrInvalidArgument, "order_id")
	_, err = client.Orders(background, OrderFilter{Account: "\xff"})
	refusedAs(t, err, ErrInvalidArgument, "account")
	negative := -1
	_, err = client.Orders(background, OrderFilter{Limit: &negative})
	refusedAs(t, err, ErrInvalidArgument, "limit")
	_, err = client.Orders(background, OrderFilter{Since: time.Unix(-1, 0)})
	refusedAs(t, err, ErrInvalidArgument, "since")
	_, err = OpenJournal(t.TempDir())
	equal(t, failed(t, err).Kind, ErrStorage)
	_, err = OpenJournal("")
	equal(t, failed(t, err).Kind, ErrStorage)
	over, cancel := context.WithCancel(background)
	cancel()
	_, err = client.UnknownOrders(over)
	refusedAs(t, err, ErrCancelled, "")
	equal(t, errors.Is(err, context.Canceled), true)
}

func TestAJournalIsClosedWhileOthersRead(t *testing.T) {
	_, path := journalled(t)
	for round := 0; round < 20; round++ {
		journal, err := OpenJournal(path)
		fatal(t, err)
		var readers sync.WaitGroup
		for i := 0; i < 3; i++ {
			readers.Add(1)
			go func() {
				defer readers.Done()
				for {
					if _, err := journal.Orders(background, OrderFilter{}); err != nil {
						if !errors.Is(err, ErrClosed) {
							t.Error(err)
						}
						return
					}
				}
			}()
		}
		fatal(t, journal.Close())
		readers.Wait()
	}
}
