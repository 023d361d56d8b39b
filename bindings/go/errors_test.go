package cardwire

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAVendorsRefusalHasEveryField(t *testing.T) {
	client := clientOf(t, "tencent_faceid")
	script(t, "tencent_faceid", "verify", 0, map[string]any{"code": "RequestLimitExceeded"})
	_, err := client.Verify(background, holder, WithOrderID("goError1"))
	failure := failed(t, err)
	equal(t, errors.Is(err, ErrRateLimited), true)
	equal(t, errors.Is(err, ErrNetwork), false)
	equal(t, failure.Kind, ErrRateLimited)
	equal(t, int(failure.Kind), 13)
	equal(t, failure.VendorCode, "RequestLimitExceeded")
	equal(t, failure.VendorMessage != "", true)
	equal(t, failure.HTTPStatus, 200)
	equal(t, failure.Vendor, VendorTencentFaceID)
	equal(t, failure.Account, "tencent_faceid")
	equal(t, failure.OrderID, "goError1")
	equal(t, failure.Facts.Sent, SentYes)
	equal(t, failure.Billed, BilledNo)
	equal(t, failure.Retryable, true)
	equal(t, failure.Attempts[0].Failure, ErrRateLimited)
	equal(t, failure.Attempts[0].Outcome(), "rate_limited")
	equal(t, strings.HasPrefix(err.Error(), "rate_limited: "), true)
	equal(t, strings.Contains(err.Error(), "goError1"), true)
	equal(t, strings.Contains(err.Error(), failure.VendorMessage), false)
	var fields map[string]any
	fatal(t, json.Unmarshal([]byte(document(t, failure)), &fields))
	equal(t, fields["kind"], any("rate_limited"))
	equal(t, fields["number"], any(13.0))
	equal(t, fields["request_id"], any(failure.RequestID))
	equal(t, failure.Kind.Advice() != "", true)
}

func TestAConfigurationErrorNamesTheKey(t *testing.T) {
	_, err := NewClient(`{"vendors":[{"vendor":"aliyun_yhkr","app_code":"x","timeout_mss":1}]}`)
	refusedAs(t, err, ErrInvalidConfig, "")
	equal(t, strings.Contains(err.Error(), "timeout_mss"), true)
	_, err = NewClient("")
	refusedAs(t, err, ErrInvalidConfig, "")
}

func TestAnErrorFoundHereHasTheFieldsOfOneFoundThere(t *testing.T) {
	client := clientOf(t, "wechat")
	_, err := client.Recognize(background, ImageBytes([]byte{}))
	var there, here map[string]any
	fatal(t, json.Unmarshal([]byte(document(t, failed(t, err))), &there))
	fatal(t, json.Unmarshal([]byte(document(t, refused("image", "a photo", "none"))), &here))
	for name := range there {
		if _, ok := here[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
	equal(t, len(here), len(there))
}

func TestWhereTheNetworkFailed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	address := listener.Addr().String()
	fatal(t, listener.Close())
	config := func(base string) map[string]any {
		return map[string]any{
			"retry":   map[string]any{"attempts": 1},
			"vendors": []any{map[string]any{"vendor": "aliyun_yhkr", "app_code": "c", "base_url": base}},
		}
	}
	_, err = opened(t, config("http://"+address)).Verify(background, holder)
	failure := refusedAs(t, err, ErrNetwork, "")
	equal(t, failure.Cause.Step, "connect")
	equal(t, failure.Cause.Host, "127.0.0.1")
	equal(t, net.JoinHostPort("127.0.0.1", address[strings.LastIndex(address, ":")+1:]), address)
	equal(t, errors.Is(err, syscall.ECONNREFUSED), true)
	var cause *NetworkCause
	equal(t, errors.As(err, &cause), true)
	equal(t, strings.HasPrefix(cause.Error(), "connect "+address+": "), true)

	_, err = opened(t, config("https://no-such-host.invalid")).Verify(background, holder)
	equal(t, refusedAs(t, err, ErrNetwork, "").Cause.Step, "resolve")
	var resolve *net.DNSError
	equal(t, errors.As(err, &resolve), true)
	equal(t, resolve.Name, "no-such-host.invalid")
}

func TestAFileThatIsNotThere(t *testing.T) {
	client := clientOf(t, "wechat")
	_, err := client.Recognize(background, ImageFile(filepath.Join(t.TempDir(), "missing.jpg")))
	refusedAs(t, err, ErrInvalidArgument, "image")
	equal(t, errors.Is(err, fs.ErrNotExist), true)
	var path *fs.PathError
	equal(t, errors.As(err, &path), true)
	equal(t, strings.HasSuffix(path.Path, "missing.jpg"), true)
}

func TestACancelledCallSaysWhatWasSent(t *testing.T) {
	client := clientOf(t, "tencent_faceid")
	silence(t, "tencent_faceid", "verify")
	why := errors.New("the user has left")
	ctx, cancel := context.WithCancelCause(background)
	go func() {
		awaitRequests(t, "tencent_faceid", 1)
		cancel(why)
	}()
	begun := time.Now()
	_, err := client.Verify(ctx, holder, WithOrderID("goCancel1"))
	failure := failed(t, err)
	equal(t, failure.Kind, ErrCancelled)
	equal(t, failure.Sent, SentUnknown)
	equal(t, failure.Billed, BilledUnknown)
	equal(t, failure.OrderID, "goCancel1")
	equal(t, len(failure.Attempts), 1)
	equal(t, errors.Is(err, context.Canceled), true)
	equal(t, errors.Is(err, why), true)
	equal(t, errors.Is(err, ErrCancelled), true)
	equal(t, errors.Is(err, context.DeadlineExceeded), false)
	equal(t, time.Since(begun) < 5*time.Second, true)

	// One that is over before the call begins sends nothing.
	complete := count(t, "tencent_faceid", "complete")
	for i := 0; i < 50; i++ {
		_, err = client.Verify(ctx, holder)
		refusedAs(t, err, ErrCancelled, "")
		equal(t, errors.Is(err, why), true)
	}
	equal(t, count(t, "tencent_faceid", "complete"), complete)
}

func TestTheDeadlineOfTheContextIsTheCalls(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	silence(t, "aliyun_yhkr", "verify")
	for _, option := range []CallOption{nil, WithTimeout(time.Minute)} {
		for i := 0; i < 20; i++ {
			ctx, cancel := context.WithTimeout(background, 20*time.Millisecond+time.Duration(i)*100*time.Microsecond)
			_, err := client.Verify(ctx, holder, option)
			cancel()
			equal(t, failed(t, err).Kind, ErrTimeout)
			equal(t, errors.Is(err, context.DeadlineExceeded), true)
			equal(t, errors.Is(err, ErrTimeout), true)
			equal(t, errors.Is(err, context.Canceled), false)
		}
	}
	over, cancel := context.WithDeadline(background, time.Now().Add(-time.Hour))
	defer cancel()
	_, err := client.Verify(over, holder)
	refusedAs(t, err, ErrTimeout, "")
	equal(t, errors.Is(err, context.DeadlineExceeded), true)

	// The shorter of two ends the call.
	far, cancel := context.WithTimeout(background, time.Hour)
	defer cancel()
	_, err = client.Verify(far, holder, WithTimeout(50*time.Millisecond))
	equal(t, failed(t, err).Kind, ErrTimeout)
	equal(t, errors.Is(err, context.DeadlineExceeded), false)

	// A context may last longer than a call.
	fresh(t)
	days, cancel := context.WithTimeout(background, 1000*time.Hour)
	defer cancel()
	_, err = client.Verify(days, holder)
	fatal(t, err)

	// A context that is cancelled before its deadline is a cancelled one.
	silence(t, "aliyun_yhkr", "verify")
	early, cancel := context.WithTimeout(background, time.Minute)
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = client.Verify(early, holder)
	equal(t, failed(t, err).Kind, ErrCancelled)
	equal(t, errors.Is(err, context.Canceled), true)
}

func TestAnAnswerThatComesBeforeTheCancellationIsNotLost(t *testing.T) {
	client := clientOf(t, "aliyun_yhkr")
	results := 0
	for i := 0; i < 40; i++ {
		ctx, cancel := context.WithCancel(background)
		time.AfterFunc(time.Duration(i)*200*time.Microsecond, cancel)
		answer, err := client.Verify(ctx, holder)
		cancel()
		if err == nil {
			equal(t, answer.Outcome, OutcomeMatch)
			results++
		} else {
			equal(t, failed(t, err).Kind, ErrCancelled)
		}
	}
	t.Logf("%d of 40 were answered", results)
}
