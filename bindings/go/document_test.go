package cardwire

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// results returns one of each operation, as the library gave it, by the names of their records.
func results(t testing.TB) map[string]interface {
	result
	Document() []byte
} {
	t.Helper()
	client := clientOf(t, "tencent_kyc", "tencent_faceid")
	read, err := client.Recognize(background, ImageBytes(photo(t, "icbc-debit.jpg")), WithOrderID("goDocument1"))
	fatal(t, err)
	answer, err := client.Verify(background, NewCardholder(card, "李四").WithIDNumber(idNumber))
	fatal(t, err)
	lookup, err := client.LookupCard(background, card)
	fatal(t, err)
	order, err := client.FetchOrder(background, "goDocument1")
	fatal(t, err)
	return map[string]interface {
		result
		Document() []byte
	}{"recognition": read, "verification": answer, "card_lookup": lookup, "order": order}
}

func TestTheJSONOfAResultIsItsDocumentWithoutPersonalData(t *testing.T) {
	for record, given := range results(t) {
		expected := parsed(t, given.Document()).(map[string]any)
		for _, field := range records()[record] {
			if field.Personal {
				delete(expected, field.Name)
			}
		}
		if record == "recognition" || record == "order" {
			expected["masked_card_number"] = "622202*********0000"
		}
		equal(t, parsed(t, []byte(document(t, given))), any(expected))
	}
}

func TestADocumentIsReadAndWrittenAgain(t *testing.T) {
	var read Recognition
	var answer Verification
	var lookup CardLookup
	var order Order
	again := map[string]interface {
		result
		Document() []byte
	}{"recognition": &read, "verification": &answer, "card_lookup": &lookup, "order": &order}
	for record, given := range results(t) {
		fatal(t, json.Unmarshal(given.Document(), again[record]))
		equal(t, parsed(t, again[record].Document()), parsed(t, given.Document()))
		// The caller may change what it was given.
		clear(given.Document())
		equal(t, given.Document()[0], '{')
	}
	var masked Recognition
	fatal(t, json.Unmarshal([]byte(document(t, read)), &masked))
	equal(t, masked.CardNumber(), "")
	equal(t, masked.Facts, read.Facts)
	equal(t, document(t, Recognition{Issuer: "x"}) != "null", true)
}

func TestLoggersOfJSONShowNothingPersonal(t *testing.T) {
	client := clientOf(t, "tencent_kyc")
	batch := client.RecognizeMany(background, InputsOf(ImageBytes(photo(t, "icbc-debit.jpg"))))
	defer batch.Close()
	equal(t, batch.Next(), true)
	item := batch.Item()
	fatal(t, item.Err)
	candidate := newCandidate(card, 0.5)
	failure := &Error{Candidates: []NumberCandidate{candidate}}
	for record, given := range results(t) {
		var logged bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&logged, nil))
		for _, value := range []any{
			given, []any{given}, map[string]any{"result": given}, struct{ Result any }{given},
			item, &item, []*Recognition{item.Result}, Item[Recognition]{Err: failure}, failure, failure.Candidates,
			struct{ Holder, Image any }{holder, ImageBytes(photo(t, "icbc-debit.jpg"))},
		} {
			logger.Info("done", "value", value)
			logger.Info("done", slog.Group("group", "value", value))
		}
		for _, secret := range []string{card, name, "李四", idNumber, "/9j/", "number_photo", "raw"} {
			if strings.Contains(logged.String(), secret) {
				t.Errorf("%s shows %q", record, secret)
			}
		}
		equal(t, strings.Contains(logged.String(), `"masked_card_number":"622202*********0000"`), true)
	}
}

func TestAnErrorIsWrittenOfItsFields(t *testing.T) {
	made := &Error{Kind: ErrTimeout, Message: "x"}
	equal(t, made.Error(), "timeout: x")
	fields := parsed(t, []byte(document(t, made))).(map[string]any)
	equal(t, fields["kind"], any("timeout"))
	equal(t, fields["number"], any(float64(ErrTimeout)))
	equal(t, fields["http_status"], nil)

	// The line is the library's.
	client := clientOf(t, "tencent_faceid")
	script(t, "tencent_faceid", "verify", 0, map[string]any{"code": "RequestLimitExceeded"})
	_, err := client.Verify(background, holder, WithOrderID("goLine1"))
	failure := *failed(t, err)
	line := failure.Error()
	failure.text = ""
	equal(t, failure.Error(), line)
}

func TestAnErrorThatCannotBeReadKeepsItsFacts(t *testing.T) {
	document := `{"kind":"none_such","message":"m","vendor":"wechat","order_id":"goLost1","sent":"yes","billed":null,` +
		`"attempts":[{"vendor":"wechat","outcome":"none_such"}],"request_id":7}`
	for _, failure := range []*Error{
		readError([]byte(document), besideError{}),
		finish(nil, end{document: []byte(strings.Replace(document, "{", `{"clarity":"?",`, 1))}, new(Recognition)),
	} {
		equal(t, failure.Kind, ErrInternal)
		equal(t, failure.OrderID, "goLost1")
		equal(t, failure.Vendor, VendorWeChat)
		equal(t, failure.Sent, SentYes)
		equal(t, failure.Billed, BilledUnknown)
		equal(t, strings.Contains(failure.Error(), "order goLost1"), true)
	}
	failure := readError([]byte("none"), besideError{})
	equal(t, failure.Sent, SentUnknown)
	equal(t, failure.Billed, BilledUnknown)
}

func TestTheHealthOfAnAccountIsReadAndWrittenAgain(t *testing.T) {
	health := AccountHealth{
		Account: "a", Vendor: VendorWeChat, Breaker: BreakerOpen, BreakerUntil: time.UnixMilli(1_700_000_000_000),
		Blocks: []AccountBlock{{Scope: BlockAccount, Failure: ErrQuotaExhausted, Size: 1, Until: time.UnixMilli(5)}},
	}
	var again AccountHealth
	fatal(t, json.Unmarshal([]byte(document(t, health)), &again))
	equal(t, again, health)
}
