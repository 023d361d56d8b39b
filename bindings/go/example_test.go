package cardwire_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cardwire.io/cardwire"
)

// The vendors of the sandbox, and a photo of an invented card.
var photo = filepath.Join("..", "..", "tests", "images", "icbc-debit.jpg")

func config() string { return cardwire.SandboxConfig() }

func Example() {
	client, err := cardwire.NewClient(config())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	card, err := client.Recognize(ctx, cardwire.ImageFile(photo))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(card.MaskedCardNumber(), "billed:", card.Billed)

	holder := cardwire.NewCardholder(card.CardNumber(), "张三").WithIDNumber("110101190001010014")
	answer, err := client.Verify(ctx, holder)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Outcome == cardwire.OutcomeMatch, "billed:", answer.Billed)
	// Output:
	// 622202*********0000 billed: yes
	// true billed: yes
}

func ExampleError() {
	client, err := cardwire.NewClient(config())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	// The letter O stands for a zero.
	holder := cardwire.NewCardholder("62220200000000O0000", "张三").WithIDNumber("110101190001010014")
	_, err = client.Verify(context.Background(), holder)
	var failure *cardwire.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.Kind, failure.Argument, "sent:", failure.Sent, "billed:", failure.Billed)
	}
	fmt.Println(errors.Is(err, cardwire.ErrInvalidArgument))
	// Output:
	// invalid_argument card_number sent: no billed: no
	// true
}

func ExampleImageReader() {
	client, err := cardwire.NewClient(config())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	file, err := os.Open(photo)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	card, err := client.Recognize(
		context.Background(), cardwire.ImageReader(file), cardwire.WithVendors("aliyun_bankocr", "wechat"),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(card.Issuer, card.Vendor)
	// Output: 中国工商银行 aliyun_bankocr
}

func ExampleClient_RecognizeMany() {
	client, err := cardwire.NewClient(config())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	photos := []string{photo, "missing.jpg", photo}
	var inputs []cardwire.Input[cardwire.Image]
	for _, path := range photos {
		inputs = append(inputs, cardwire.NewInput(cardwire.ImageFile(path), cardwire.WithReference(filepath.Base(path))))
	}
	batch := client.RecognizeMany(context.Background(), cardwire.InputsFrom(inputs), cardwire.WithConcurrency(8))
	defer batch.Close()
	for batch.Next() {
		item := batch.Item()
		if item.Err != nil {
			fmt.Println(photos[item.Index], errors.Is(item.Err, os.ErrNotExist))
			continue
		}
		fmt.Println(filepath.Base(photos[item.Index]), item.Result.MaskedCardNumber())
	}
	if err := batch.Err(); err != nil {
		log.Fatal(err)
	}
	// Unordered output:
	// icbc-debit.jpg 622202*********0000
	// missing.jpg true
	// icbc-debit.jpg 622202*********0000
}

func ExampleOpenJournal() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "orders.db")
	client, err := cardwire.NewClient(strings.Replace(config(), "{", fmt.Sprintf("{%q: %q, ", "journal", path), 1))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if _, err := client.Recognize(ctx, cardwire.ImageFile(photo), cardwire.WithOrderID("a1")); err != nil {
		log.Fatal(err)
	}
	client.Close()

	journal, err := cardwire.OpenJournal(path)
	if err != nil {
		log.Fatal(err)
	}
	defer journal.Close()
	orders, err := journal.Orders(ctx, cardwire.OrderFilter{Status: cardwire.OrderAnswered})
	if err != nil {
		log.Fatal(err)
	}
	for _, order := range orders {
		fmt.Println(order.OrderID, order.Operation, order.Billed)
	}
	// Output: a1 recognize yes
}

func ExampleWithProvider() {
	codes := func(ctx context.Context, ask cardwire.CredentialAsk) (cardwire.Credentials, error) {
		// From your token service; ctx ends when nobody waits for the answer any more.
		return cardwire.NewCredentials("0123456789abcdef").ExpiresIn(time.Hour), nil
	}
	client, err := cardwire.NewClient(
		`{"vendors": [{"vendor": "aliyun_bankocr", "app_code": {"provider": "codes"}}]}`,
		cardwire.WithProvider("codes", codes),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Println(client)
	// Output: Client{open}
}

type requestKey struct{}

// requestHandler adds the number of the request to each line.
type requestHandler struct{ slog.Handler }

func (h requestHandler) Handle(ctx context.Context, line slog.Record) error {
	line.AddAttrs(slog.Any("request", ctx.Value(requestKey{})))
	return h.Handler.Handle(ctx, line)
}

func ExampleWithObserver() {
	untimed := func(_ []string, attribute slog.Attr) slog.Attr {
		if attribute.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return attribute
	}
	lines := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: untimed})
	logger := slog.New(requestHandler{lines})
	client, err := cardwire.NewClient(config(), cardwire.WithObserver(func(ctx context.Context, event cardwire.Event) {
		if ended, ok := event.(cardwire.CallEnded); ok {
			logger.InfoContext(ctx, "call ended", "vendor", ended.Vendor, "billed", ended.Billed)
		}
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	ctx := context.WithValue(context.Background(), requestKey{}, 7)
	holder := cardwire.NewCardholder("6222020000000000000", "张三").WithIDNumber("110101190001010014")
	if _, err := client.Verify(ctx, holder, cardwire.WithVendors(cardwire.VendorAliyunYHKR)); err != nil {
		log.Fatal(err)
	}
	// Output: level=INFO msg="call ended" vendor=aliyun_yhkr billed=yes request=7
}
