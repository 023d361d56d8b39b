package cardwire

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// provided returns the configuration of one account whose keys come from the provider "tokens", and their values.
func provided(t testing.TB, account string, keys ...string) (map[string]any, map[string]string) {
	t.Helper()
	fresh(t)
	config := configOf(t, account)
	entry := config["vendors"].([]any)[0].(map[string]any)
	right := make(map[string]string)
	for _, key := range keys {
		right[key] = entry[key].(string)
		entry[key] = map[string]any{"provider": "tokens"}
	}
	return config, right
}

func TestAProviderIsAskedAgainAfterARefusalAndAtItsEnd(t *testing.T) {
	config, right := provided(t, "tencent_ocr_temporary", "secret_id", "secret_key", "token")
	var mutex sync.Mutex
	var asks []CredentialAsk
	client := opened(t, config, WithProvider("tokens", func(ctx context.Context, ask CredentialAsk) (Credentials, error) {
		mutex.Lock()
		defer mutex.Unlock()
		if _, ok := ctx.Deadline(); !ok {
			t.Error("a provider has no deadline")
		}
		asks = append(asks, ask)
		if len(asks) > 1 {
			return NamedCredentials(right).ExpiresIn(0), nil
		}
		wrong := map[string]string{"token": "another"}
		for _, key := range []string{"secret_id", "secret_key"} {
			wrong[key] = right[key]
		}
		return NamedCredentials(wrong), nil
	}))
	image := ImageBytes(photo(t, "icbc-debit.jpg"))
	read, err := client.Recognize(background, image)
	fatal(t, err)
	equal(t, len(read.Attempts), 2)
	read, err = client.Recognize(background, image)
	fatal(t, err)
	equal(t, len(read.Attempts), 1)
	secrets := []string{"secret_id", "secret_key", "token"}
	equal(t, asks, []CredentialAsk{
		{VendorTencentOCR, "tencent_ocr", secrets, AskFirst},
		{VendorTencentOCR, "tencent_ocr", secrets, AskRefused},
		{VendorTencentOCR, "tencent_ocr", secrets, AskExpired},
	})
}

func TestTheErrorOfAProviderIsTheCause(t *testing.T) {
	config, _ := provided(t, "aliyun_yhkr", "app_code")
	sealed := errors.New("the vault is sealed: hvs.SECRET")
	client := opened(t, config, WithProvider("tokens", func(context.Context, CredentialAsk) (Credentials, error) {
		return Credentials{}, sealed
	}))
	_, err := client.Verify(background, holder)
	failure := refusedAs(t, err, ErrCredentialsUnavailable, "")
	equal(t, errors.Is(err, sealed), true)
	equal(t, strings.Contains(err.Error()+document(t, failure), "SECRET"), false)
	// The library lets go of it with its last error.
	for i := 0; i < 100 && providerErrors.count() > 0; i++ {
		time.Sleep(10 * time.Millisecond)
	}

	_, err = NewClient(document(t, config))
	refusedAs(t, err, ErrInvalidConfig, "")
	_, err = NewClient(document(t, config), WithProvider("tokens", nil))
	equal(t, strings.Contains(refusedAs(t, err, ErrInvalidArgument, "provider").Message, `"tokens"`), true)
}

func TestAnAnswerThatIsNoneIsTheCause(t *testing.T) {
	config, right := provided(t, "tencent_ocr_temporary", "secret_id", "secret_key", "token")
	for _, given := range []Credentials{{}, NewCredentials(right["token"]), NamedCredentials(map[string]string{"a": "b"})} {
		client := opened(t, config, WithProvider("tokens", func(context.Context, CredentialAsk) (Credentials, error) {
			return given, nil
		}))
		_, err := client.Recognize(background, ImageBytes(photo(t, "icbc-debit.jpg")))
		failure := refusedAs(t, err, ErrCredentialsUnavailable, "")
		equal(t, strings.Contains(fmt.Sprint(failure.beneath), right["token"]), false)
	}
}

func TestAProviderThatDoesNotAnswerEndsCallsAtTheirDeadlinesAndWithItsClient(t *testing.T) {
	config, right := provided(t, "aliyun_yhkr", "app_code")
	ended := make(chan error, 1)
	client := opened(t, config, WithProvider("tokens", func(ctx context.Context, _ CredentialAsk) (Credentials, error) {
		<-ctx.Done()
		ended <- ctx.Err()
		return NewCredentials(right["app_code"]), nil
	}))
	for i := 0; i < 2; i++ {
		ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
		_, err := client.Verify(ctx, holder)
		cancel()
		refusedAs(t, err, ErrTimeout, "")
	}
	fatal(t, client.Close())
	equal(t, <-ended, context.Canceled)
}

func TestAProviderMayCallItsClient(t *testing.T) {
	config, right := provided(t, "aliyun_yhkr", "app_code")
	config["vendors"] = append(config["vendors"].([]any), map[string]any{"vendor": "offline"})
	var client *Client
	client = opened(t, config, WithProvider("tokens", func(ctx context.Context, _ CredentialAsk) (Credentials, error) {
		if _, err := client.Recognize(ctx, ImageFile(imagePath("icbc-debit.jpg"))); err != nil {
			return Credentials{}, err
		}
		return NewCredentials(right["app_code"]), nil
	}))
	answer, err := client.Verify(background, holder)
	fatal(t, err)
	equal(t, answer.Outcome, OutcomeMatch)
}
