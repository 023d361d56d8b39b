// The Go package as a subject of the conformance suite; the protocol is in src/subject.rs.
//
// With --render it answers with everything that Go shows of a result, an error or an event, which is what ends in
// logs, and then "done".
package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"cardwire.io/cardwire"
)

// saying keeps what observers say from what is said of a call.
var saying sync.Mutex

func say(format string, values ...any) {
	saying.Lock()
	defer saying.Unlock()
	fmt.Printf(format, values...)
}

func main() {
	rendering := len(os.Args) > 1 && os.Args[1] == "--render"
	lines := bufio.NewReader(os.Stdin)
	var client *cardwire.Client
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return
		}
		operation, arguments := request(strings.TrimSuffix(line, "\n"))
		if operation == "open" && client != nil {
			client.Close()
			client = nil
		}
		if rendering {
			client = render(client, operation, arguments)
		} else {
			client = answer(client, operation, arguments)
		}
	}
}

// request reads a line: name=text, name:bytes=hex.
func request(line string) (string, map[string]string) {
	fields := strings.Split(line, "\t")
	arguments := make(map[string]string)
	for _, field := range fields[1:] {
		name, value, _ := strings.Cut(field, "=")
		name, form, _ := strings.Cut(name, ":")
		if form == "bytes" {
			bytes, err := hex.DecodeString(value)
			if err != nil {
				panic(err)
			}
			value = string(bytes)
		}
		arguments[name] = value
	}
	return fields[0], arguments
}

func answer(client *cardwire.Client, operation string, arguments map[string]string) *cardwire.Client {
	var result any
	var err error
	if operation == "open" {
		client, err = cardwire.NewClient(arguments["config"])
	} else {
		result, err = call(client, operation, arguments)
	}
	var failure *cardwire.Error
	switch {
	case errors.As(err, &failure):
		say("error\t%s\n", document(failure))
	case err != nil:
		panic(err)
	case operation == "open":
		say("opened\n")
	default:
		say("ok\t%s\n", whole(result))
	}
	return client
}

// whole returns the document of a result, personal data included.
func whole(result any) []byte {
	if given, ok := result.(interface{ Document() []byte }); ok {
		return given.Document()
	}
	return document(result)
}

func document(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

func render(client *cardwire.Client, operation string, arguments map[string]string) *cardwire.Client {
	defer say("done\n")
	var err error
	switch operation {
	case "open":
		client, err = cardwire.NewClient(arguments["config"], cardwire.WithObserver(
			func(_ context.Context, event cardwire.Event) {
				show(event)
				say("%s\n", document(event))
			},
		))
		show(client)
	case "leak":
		content, reading := os.ReadFile(arguments["file"])
		if reading != nil {
			panic(reading)
		}
		say("%s\n", content)
		os.Stderr.Write(content)
	case "fail":
		err = errors.New(arguments["text"])
	default:
		show(cardholder(arguments))
		show(image(arguments))
		var result any
		result, err = call(client, operation, arguments)
		if err == nil {
			show(result)
		}
	}
	if err != nil {
		if arguments["uncaught"] != "" {
			panic(err)
		}
		show(err)
		for beneath := range beneaths(err) {
			show(beneath)
		}
		var failure *cardwire.Error
		if errors.As(err, &failure) {
			say("%s\n", document(failure))
			show(failure.Facts)
			show(failure.Candidates)
			show(failure.Order)
		}
	}
	return client
}

// beneaths returns the errors that an error has beneath it.
func beneaths(err error) map[error]bool {
	found := make(map[error]bool)
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			found[one] = true
		}
	}
	return found
}

// show says all that fmt, encoding/json and the loggers make of a value, alone and within others.
func show(value any) {
	holder := struct{ value any }{value}
	exported := struct {
		Value any
		List  []any
		Named map[string]any
	}{value, []any{value}, map[string]any{"value": value}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		say(verb+"\n", value)
		say(verb+"\n", []any{value})
		say(verb+"\n", holder)
	}
	log.New(os.Stderr, "", 0).Println(value)
	slog.New(slog.NewTextHandler(os.Stderr, nil)).Info("shown", "value", value)
	slog.New(slog.NewJSONHandler(os.Stderr, nil)).Info("shown", "value", value, "exported", exported)
	say("%s\n", document(exported))
}

func call(client *cardwire.Client, operation string, arguments map[string]string) (any, error) {
	ctx := context.Background()
	if wait, ok := arguments["cancel_ms"]; ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		time.AfterFunc(milliseconds(wait), cancel)
	}
	switch operation {
	case "check_card_number":
		return result(cardwire.CheckCardNumber(arguments["card_number"]))
	case "check_id_number":
		return result(cardwire.CheckIDNumber(arguments["id_number"]))
	case "check_image", "look_at_image":
		check := cardwire.CheckImage
		if operation == "look_at_image" {
			check = cardwire.LookAtImage
		}
		found, err := check(content(arguments["bytes"]))
		if err != nil {
			return nil, err
		}
		fields := map[string]any{"width": found.Width, "height": found.Height, "look": nil}
		if found.Look != "" {
			fields["look"] = found.Look
		}
		return fields, nil
	case "recognize":
		return result(client.Recognize(ctx, image(arguments), options(operation, arguments)...))
	case "verify":
		return result(client.Verify(ctx, cardholder(arguments), options(operation, arguments)...))
	case "lookup_card":
		return result(client.LookupCard(ctx, arguments["card_number"], options(operation, arguments)...))
	case "fetch_order":
		return result(client.FetchOrder(ctx, arguments["order_id"], options(operation, arguments)...))
	case "recognize_many":
		return only(client.RecognizeMany(ctx, numbered(image(arguments), arguments), batch(arguments)...))
	case "verify_many":
		return only(client.VerifyMany(ctx, numbered(cardholder(arguments), arguments), batch(arguments)...))
	}
	panic(operation)
}

func result[R any](value R, err error) (any, error) {
	return value, err
}

// numbered returns the one input of a batch, with the order number of its call.
func numbered[T cardwire.Image | cardwire.Cardholder](value T, arguments map[string]string) cardwire.Inputs[T] {
	if orderID, ok := arguments["order_id"]; ok {
		return cardwire.InputsFrom([]cardwire.Input[T]{cardwire.NewInput(value, cardwire.WithOrderID(orderID))})
	}
	return cardwire.InputsOf(value)
}

// only returns what came of a batch of one.
func only[R cardwire.Recognition | cardwire.Verification](batch *cardwire.Batch[R]) (any, error) {
	defer batch.Close()
	if !batch.Next() {
		return nil, batch.Err()
	}
	item := batch.Item()
	if batch.Next() {
		panic("a batch of one gives two results")
	}
	return item.Result, item.Err
}

func image(arguments map[string]string) cardwire.Image {
	if path, ok := arguments["bytes"]; ok {
		return cardwire.ImageBytes(content(path))
	}
	if path, ok := arguments["file"]; ok {
		return cardwire.ImageFile(path)
	}
	return cardwire.ImageURL(arguments["url"])
}

func content(path string) []byte {
	bytes, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	return bytes
}

func cardholder(arguments map[string]string) cardwire.Cardholder {
	holder := cardwire.NewCardholder(arguments["card_number"], arguments["name"])
	if idNumber, ok := arguments["id_number"]; ok {
		holder = holder.WithIDNumber(idNumber)
	}
	if phone, ok := arguments["phone"]; ok {
		holder = holder.WithPhone(phone)
	}
	return holder
}

func options(operation string, arguments map[string]string) []cardwire.CallOption {
	var options []cardwire.CallOption
	for _, option := range common(arguments) {
		options = append(options, option)
	}
	if orderID, ok := arguments["order_id"]; ok && operation != "fetch_order" {
		options = append(options, cardwire.WithOrderID(orderID))
	}
	return options
}

// common returns the options that calls and batches have.
func common(arguments map[string]string) []cardwire.CommonOption {
	var options []cardwire.CommonOption
	if vendors, ok := arguments["vendor"]; ok {
		options = append(options, cardwire.WithVendors(strings.Split(vendors, ",")...))
	}
	if userID, ok := arguments["user_id"]; ok {
		options = append(options, cardwire.WithUserID(userID))
	}
	if timeout, ok := arguments["timeout_ms"]; ok {
		options = append(options, cardwire.WithTimeout(milliseconds(timeout)))
	}
	return options
}

func batch(arguments map[string]string) []cardwire.BatchOption {
	var all []cardwire.BatchOption
	for _, option := range common(arguments) {
		all = append(all, option)
	}
	if concurrency, ok := arguments["concurrency"]; ok {
		calls, err := strconv.Atoi(concurrency)
		if err != nil {
			panic(err)
		}
		all = append(all, cardwire.WithConcurrency(calls))
	}
	return all
}

func milliseconds(text string) time.Duration {
	count, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return time.Duration(count) * time.Millisecond
}
