package cardwire

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var background = context.Background()

func TestRecognizesBytesFilesReadersAndAddresses(t *testing.T) {
	client := clientOf(t, "aliyun_bankocr")
	content := photo(t, "icbc-debit.jpg")
	for _, image := range []Image{
		ImageBytes(content),
		ImageFile(imagePath("icbc-debit.jpg")),
		ImageReader(iotest.HalfReader(bytes.NewReader(content))),
		ImageURL("https://cards.example/card/" + card + ".jpg"),
		ImageURL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(content)),
	} {
		read, err := client.Recognize(background, image)
		fatal(t, err)
		equal(t, read.CardNumber(), card)
		equal(t, read.MaskedCardNumber(), "622202*********0000")
		equal(t, read.Issuer, "中国工商银行")
		equal(t, read.IssuerSource, IssuerFromVendor)
		equal(t, read.CardKind, CardDebit)
		equal(t, read.Vendor, VendorAliyunBankOCR)
		equal(t, read.Facts.Billed, BilledYes)
		equal(t, len(read.Attempts), 1)
		equal(t, read.Attempts[0].Outcome(), "ok")
		equal(t, read.Attempts[0].Failure, Kind(0))
		equal(t, read.OrderID != "", true)
	}
	equal(t, count(t, "aliyun_bankocr", "billed"), 5)
}

func TestARecognitionHasEveryFieldOfItsDocument(t *testing.T) {
	client := clientOf(t, "tencent_kyc")
	marked := bytes.ReplaceAll(photo(t, "icbc-debit.jpg"), []byte("cardwire-card:"), []byte("cardwire-none:"))
	marked = append(marked, `cardwire-card:{"number":"6217000000000000004","issuer":"中国建设银行","name":"龙卡通",`+
		`"kind":"credit","valid":"07/2031","clarity":88,"warnings":["-9102"]}`...)
	read, err := client.Recognize(background, ImageBytes(marked))
	fatal(t, err)
	equal(t, read.CardNumber(), "6217000000000000004")
	equal(t, read.ValidThru, &ValidThru{2031, 7, "07/2031"})
	equal(t, *read.Clarity, 88)
	equal(t, len(read.Warnings), 1)
	equal(t, read.Warnings[0].Code, "-9102")
	equal(t, read.NumberPhoto()[:2], []byte{0xff, 0xd8})
	equal(t, read.Confidence, nil)

	// Its document is the library's, and what reads it has the same.
	text := string(read.Document())
	var fields map[string]any
	fatal(t, json.Unmarshal([]byte(text), &fields))
	equal(t, fields["card_number"], any(read.CardNumber()))
	equal(t, fields["order_id"], any(read.OrderID))
	equal(t, fields["confidence"], nil)
	var again Recognition
	fatal(t, json.Unmarshal([]byte(text), &again))
	equal(t, parsed(t, again.Document()), parsed(t, []byte(text)))
	equal(t, again.Facts, read.Facts)
	equal(t, again.NumberPhoto(), read.NumberPhoto())
	var raw, rawAgain any
	fatal(t, json.Unmarshal(read.Raw(), &raw))
	fatal(t, json.Unmarshal(again.Raw(), &rawAgain))
	equal(t, rawAgain, raw)
}

func TestMakesPhotosFit(t *testing.T) {
	client := clientOf(t, "wechat")
	upright := photo(t, "icbc-debit.jpg")
	orientation, err := hex.DecodeString("ffe1002245786966000049492a0008000000010012010300010000000600000000000000")
	fatal(t, err)
	turned := append(append(append([]byte{}, upright[:2]...), orientation...), upright[2:]...)
	read, err := client.Recognize(background, ImageBytes(turned))
	fatal(t, err)
	equal(t, read.ImageFitted, &ImageFitted{len(turned), read.ImageFitted.BytesAfter, 1200, 760, 760, 1200})
	read, err = client.Recognize(background, ImageBytes(upright))
	fatal(t, err)
	equal(t, read.ImageFitted, nil)
}

func TestVerifies(t *testing.T) {
	client := clientOf(t, "tencent_faceid")
	for _, one := range []struct {
		holder  Cardholder
		outcome Outcome
		reason  Reason
	}{
		{holder, OutcomeMatch, ""},
		{NewCardholder(card, name), OutcomeMatch, ""},
		{NewCardholder(card, "李四").WithIDNumber(idNumber), OutcomeMismatch, ReasonCardholderMismatch},
		{holder.WithPhone("13800000000"), OutcomeMatch, ""},
		{holder.WithPhone("13800000001"), OutcomeMismatch, ReasonCardholderMismatch},
	} {
		answer, err := client.Verify(background, one.holder)
		fatal(t, err)
		equal(t, answer.Outcome, one.outcome)
		equal(t, answer.Reason, one.reason)
		equal(t, answer.Vendor, VendorTencentFaceID)
		equal(t, answer.RequestID != "", true)
	}
	// An element that is empty by mistake is not left out.
	_, err := client.Verify(background, NewCardholder(card, name).WithIDNumber(""))
	refusedAs(t, err, ErrInvalidArgument, "id_number")
	_, err = client.Verify(background, Cardholder{})
	refusedAs(t, err, ErrInvalidArgument, "card_number")
}

func TestACardWithoutARecordIsInconclusive(t *testing.T) {
	answer, err := clientOf(t, "aliyun_yhkr").Verify(
		background, NewCardholder("9999990000000000", name).WithIDNumber(idNumber),
	)
	fatal(t, err)
	equal(t, answer.Outcome, OutcomeInconclusive)
	equal(t, answer.Reason, ReasonNoRecord)
}

func TestLooksUpACard(t *testing.T) {
	client := clientOf(t, "tencent_faceid")
	known, err := client.LookupCard(background, "6222 0200-0000 0000 000")
	fatal(t, err)
	equal(t, known.Found, true)
	equal(t, known.Issuer, "中国工商银行")
	equal(t, known.CardKind, CardDebit)
	equal(t, known.Reason, "")
}

func TestLooksUpAnIssuer(t *testing.T) {
	client := clientOf(t, "wechat")
	issuer, err := client.LookupIssuer("6222 0200 0000 0000 000")
	fatal(t, err)
	equal(t, issuer, &Issuer{"中国工商银行", "ICBC", CardDebit})
	issuer, err = client.LookupIssuer("1234560000000000")
	fatal(t, err)
	equal(t, issuer, nil)
	_, err = client.LookupIssuer("6222")
	refusedAs(t, err, ErrInvalidArgument, "card_number")
	client.Close()
	_, err = client.LookupIssuer(card)
	refusedAs(t, err, ErrClosed, "")
}

func TestFetchesAnOrder(t *testing.T) {
	client := clientOf(t, "tencent_kyc")
	content := photo(t, "icbc-debit.jpg")
	read, err := client.Recognize(background, ImageBytes(content), WithOrderID("goOrder0001"), WithUserID("user1"))
	fatal(t, err)
	equal(t, read.OrderID, "goOrder0001")
	order, err := client.FetchOrder(background, "goOrder0001")
	fatal(t, err)
	equal(t, order.CardNumber(), card)
	equal(t, order.MaskedCardNumber(), "622202*********0000")
	equal(t, order.OriginalPhoto(), content)
	_, err = client.FetchOrder(background, "neverUsed")
	equal(t, failed(t, err).Vendor, VendorTencentKYC)
}

func TestOptionsChooseVendorAndDeadline(t *testing.T) {
	client := clientOf(t)
	image := ImageFile(imagePath("icbc-debit.jpg"))
	read, err := client.Recognize(background, image, WithVendors(VendorWeChat))
	fatal(t, err)
	equal(t, read.Vendor, VendorWeChat)
	read, err = client.Recognize(background, image, WithVendors("aliyun_bankocr", "wechat"), nil)
	fatal(t, err)
	equal(t, read.Vendor, VendorAliyunBankOCR)
	_, err = client.Recognize(background, image, WithVendors([]string{}...))
	refusedAs(t, err, ErrInvalidArgument, "vendors")

	silence(t, "wechat", "recognize")
	_, err = client.Recognize(background, image, WithVendors("wechat"), WithTimeout(300*time.Millisecond))
	late := failed(t, err)
	equal(t, late.Kind, ErrTimeout)
	equal(t, late.Timeout(), true)
	equal(t, late.Sent, SentUnknown)
	equal(t, late.Billed, BilledUnknown)
	equal(t, errors.Is(err, context.DeadlineExceeded), false)
	_, err = client.Recognize(background, image, WithTimeout(0))
	refusedAs(t, err, ErrTimeout, "")
	_, err = client.Recognize(background, image, WithTimeout(25*time.Hour))
	refusedAs(t, err, ErrInvalidArgument, "timeout_ms")
	_, err = client.Recognize(background, image, WithTimeout(-time.Nanosecond))
	refusedAs(t, err, ErrInvalidArgument, "timeout_ms")
}

func TestATextThatIsNotUTF8IsRefusedByItsName(t *testing.T) {
	client := clientOf(t)
	bad := "a\xffb"
	image := ImageFile(imagePath("icbc-debit.jpg"))
	for argument, ask := range map[string]func() error{
		"card_number": func() error { _, err := client.Verify(background, NewCardholder(bad, name)); return err },
		"name":        func() error { _, err := client.Verify(background, NewCardholder(card, bad)); return err },
		"id_number":   func() error { _, err := client.Verify(background, holder.WithIDNumber(bad)); return err },
		"phone":       func() error { _, err := client.Verify(background, holder.WithPhone(bad)); return err },
		"image":       func() error { _, err := client.Recognize(background, ImageURL(bad)); return err },
		"order_id":    func() error { _, err := client.FetchOrder(background, bad); return err },
		"reference":   func() error { _, err := client.Recognize(background, image, WithReference(bad)); return err },
		"user_id":     func() error { _, err := client.Recognize(background, image, WithUserID(bad)); return err },
		"vendors":     func() error { _, err := client.Recognize(background, image, WithVendors(bad)); return err },
	} {
		refusedAs(t, ask(), ErrInvalidArgument, argument)
	}
	_, err := CheckCardNumber(bad)
	refusedAs(t, err, ErrInvalidArgument, "card_number")
	_, err = CheckIDNumber(bad)
	refusedAs(t, err, ErrInvalidArgument, "id_number")
	_, err = NewClient(bad)
	failed(t, err)
	_, err = client.Recognize(background, ImageFile("no\xffsuch.jpg"))
	refusedAs(t, err, ErrInvalidArgument, "image")
	for _, vendor := range []string{"wechat", "tencent_faceid", "tencent_kyc"} {
		equal(t, count(t, vendor, "connections"), 0)
	}
}

func TestAPathIsBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a \xff%41.jpg")
	if err := os.WriteFile(path, photo(t, "icbc-debit.jpg"), 0o600); err != nil {
		t.Skip("the file system takes UTF-8 only")
	}
	read, err := clientOf(t, "wechat").Recognize(background, ImageFile(path))
	fatal(t, err)
	equal(t, read.CardNumber(), card)
}

type brokenReader struct{ error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.error }

func TestAReaderThatFailsIsTheCause(t *testing.T) {
	client := clientOf(t, "wechat")
	broken := errors.New("the archive is damaged: " + card)
	_, err := client.Recognize(background, ImageReader(brokenReader{broken}))
	failure := refusedAs(t, err, ErrInvalidArgument, "image")
	equal(t, errors.Is(err, broken), true)
	equal(t, strings.Contains(failure.Error()+document(t, failure), card), false)
	_, err = client.Recognize(background, ImageReader(strings.NewReader("")))
	refusedAs(t, err, ErrInvalidArgument, "image")
	_, err = client.Recognize(background, ImageReader(nil))
	refusedAs(t, err, ErrInvalidArgument, "image")
	_, err = client.Recognize(background, ImageReader(io.LimitReader(endless{}, int64(contract().Limits.ImageBytes)+1)))
	refusedAs(t, err, ErrInvalidArgument, "image")
	for _, image := range []Image{{}, ImageBytes(nil), ImageBytes([]byte{}), ImageFile(""), ImageURL("")} {
		_, err = client.Recognize(background, image)
		refusedAs(t, err, ErrInvalidArgument, "image")
	}
	// An error of the library's that the reader passes on is the reader's all the same.
	passed := newErrorOfAnotherCall()
	_, err = client.Recognize(background, ImageReader(brokenReader{fmt.Errorf("fetching: %w", passed)}))
	failure = refusedAs(t, err, ErrInvalidArgument, "image")
	equal(t, errors.Is(err, passed), true)
	equal(t, failure.OrderID, "")
	cancelled, cancel := context.WithCancel(background)
	cancel()
	_, err = client.Recognize(cancelled, ImageReader(endless{}))
	refusedAs(t, err, ErrCancelled, "")
	equal(t, errors.Is(err, context.Canceled), true)
}

func newErrorOfAnotherCall() *Error {
	return &Error{Facts: Facts{Sent: SentYes, Billed: BilledYes, OrderID: "other1"}, Kind: ErrVendorError, Message: "m"}
}

func TestAContextThatIsNilIsRefused(t *testing.T) {
	client := clientOf(t, "aliyun_bankocr")
	content := bytes.NewReader(photo(t, "icbc-debit.jpg"))
	var none context.Context
	_, err := client.Recognize(none, ImageReader(content))
	refusedAs(t, err, ErrInvalidArgument, "context")
	_, err = client.Verify(none, holder)
	refusedAs(t, err, ErrInvalidArgument, "context")
	_, err = client.Orders(none, OrderFilter{})
	refusedAs(t, err, ErrInvalidArgument, "context")
	batch := client.VerifyMany(none, InputsOf(holder))
	equal(t, batch.Next(), false)
	refusedAs(t, batch.Err(), ErrInvalidArgument, "context")
}

type endless struct{}

func (endless) Read(into []byte) (int, error) {
	clear(into)
	return len(into), nil
}

func TestChecksWithoutSending(t *testing.T) {
	fresh(t)
	number, err := CheckCardNumber(card)
	fatal(t, err)
	equal(t, number, CardNumberCheck{true, true})
	number, err = CheckCardNumber("6222020000000000001")
	fatal(t, err)
	equal(t, number, CardNumberCheck{true, false})
	number, err = CheckCardNumber("")
	fatal(t, err)
	equal(t, number, CardNumberCheck{})
	id, err := CheckIDNumber(idNumber)
	fatal(t, err)
	equal(t, id, IDNumberCheck{true, true, true})
	content := photo(t, "icbc-debit.jpg")
	image, err := CheckImage(content)
	fatal(t, err)
	equal(t, image.Format, FormatJPEG)
	equal(t, image.Bytes, len(content))
	equal(t, image.Look, "")
	equal(t, image.Accepts(VendorWeChat), true)
	equal(t, image.Accepts(VendorAliyunYHKR), false)
	image, err = LookAtImage(content)
	fatal(t, err)
	equal(t, image.Look, LookReadable)
	_, err = CheckImage(photo(t, "text.jpg"))
	refusedAs(t, err, ErrInvalidArgument, "image")
	_, err = LookAtImage(nil)
	refusedAs(t, err, ErrInvalidArgument, "image")
	equal(t, MaskCardNumber(card), "622202*********0000")
	equal(t, MaskCardNumber("a name"), "******")
	equal(t, MaskCardNumber(""), "")
	for _, bad := range []string{card + "\xff", "\xff" + card, card[:9] + "\xff" + card[9:], card + "\x00", "张三\xff"} {
		equal(t, MaskCardNumber(bad), strings.Repeat("*", len(bad)))
	}
	workspace, err := os.ReadFile("../../Cargo.toml")
	fatal(t, err)
	equal(t, strings.Contains(string(workspace), "\nversion = \""+Version()+"\"\n"), true)
}

func TestOfflineReadsAndGivesCandidates(t *testing.T) {
	client := opened(t, map[string]any{"vendors": []any{map[string]any{"vendor": "offline"}}})
	read, err := client.Recognize(background, ImageFile(imagePath("icbc-debit.jpg")))
	fatal(t, err)
	equal(t, read.CardNumber(), card)
	equal(t, *read.Confidence > 0.9, true)
	equal(t, read.IssuerSource, IssuerFromTable)
	equal(t, read.IssuerCode, "ICBC")
	equal(t, len(read.Corners), 4)
	equal(t, read.Billed, BilledNo)
	equal(t, read.Raw(), []byte{})

	// Two digits of the number in each other's place: its check digit does not fit.
	bitmap := photo(t, "comm-quasi-credit.bmp")
	swapped := append([]byte{}, bitmap...)
	for row := 143; row < 167; row++ {
		start := 54 + (249-row)*1200
		copy(swapped[start+147*3:][:13*3], bitmap[start+133*3:])
		copy(swapped[start+133*3:][:13*3], bitmap[start+147*3:])
	}
	_, err = client.Recognize(background, ImageBytes(swapped))
	failure := refusedAs(t, err, ErrCardNotFound, "")
	equal(t, failure.VendorCode, "not_sure")
	equal(t, failure.Candidates[0].CardNumber(), "6222450000000004")
	equal(t, failure.Candidates[0].MaskedCardNumber(), "622245******0004")
}
