package cardwire

// #include "bridge.h"
import "C"

import (
	"context"
	"fmt"
	"time"
)

// providers holds those of the clients, providerErrors what they failed with, by numbers that the library keeps.
var (
	providers      registry[namedProvider]
	providerErrors registry[error]
)

// A Provider is a function of the program that gives an account's credentials: from a company's token service or a
// vault. The configuration names it, {"provider": NAME}, and [WithProvider] gives it.
//
// Of many calls that wait, one asks, on a goroutine of its own. The context ends when the library does not wait for an
// answer any more: after its limit, or because the client is closed. An error ends the calls that wait with
// [ErrCredentialsUnavailable], in which [errors.Is] finds it. A provider must not wait for a call to the account that
// it is asked for.
type Provider func(ctx context.Context, ask CredentialAsk) (Credentials, error)

// A CredentialAsk is a question to a provider: which secrets of which account, and why.
type CredentialAsk struct {
	// Vendor is the vendor of the account.
	Vendor Vendor
	// Account is the name of its entry in the configuration, or the vendor's name.
	Account string
	// Secrets are the keys of the entry that name the provider, such as access_token, sorted: all are given at once.
	Secrets []string
	// Reason is why it is asked.
	Reason AskReason
}

// Credentials are the answer of a provider. Printed, they show nothing of it.
type Credentials struct {
	answer func() credentials
}

// credentials are behind a function: see kept.
type credentials struct {
	alone     *string
	named     map[string]string
	expiresIn *time.Duration
}

// NewCredentials answers with the one secret that was asked for.
func NewCredentials(secret string) Credentials {
	return Credentials{behind(credentials{alone: &secret})}
}

// NamedCredentials answers with values by the names that were asked for. One that the vendor can do without, such as
// token, may be left out.
func NamedCredentials(secrets map[string]string) Credentials {
	named := make(map[string]string, len(secrets))
	for name, value := range secrets {
		named[name] = value
	}
	return Credentials{behind(credentials{named: named})}
}

// ExpiresIn returns the same credentials with an end, after which the provider is asked again; without one it is asked
// again only when the vendor refuses them.
func (c Credentials) ExpiresIn(duration time.Duration) Credentials {
	changed := inFront(c.answer)
	changed.expiresIn = &duration
	return Credentials{behind(changed)}
}

// String shows nothing of them.
func (c Credentials) String() string { return "Credentials{" + hidden + "}" }

// Format writes String for every verb.
func (c Credentials) Format(to fmt.State, _ rune) { fmt.Fprint(to, c.String()) }

// namedProvider is a provider of a client, which lives until the client is closed.
type namedProvider struct {
	live     context.Context
	provider Provider
}

func (p namedProvider) ask(question CredentialAsk) (Credentials, error) {
	ctx, cancel := context.WithTimeout(p.live, milliseconds(contract().Limits.AskMS).duration())
	defer cancel()
	return p.provider(ctx, question)
}

// answer answers a question of the library's.
func answer(ask *C.cardwire_ask, question CredentialAsk, given Credentials) error {
	if given.answer == nil {
		return fmt.Errorf("a provider must give %v, or an error", question.Secrets)
	}
	told := given.answer()
	named := told.named
	if told.alone != nil {
		if len(question.Secrets) != 1 {
			return fmt.Errorf("a provider must give %v by name", question.Secrets)
		}
		named = map[string]string{question.Secrets[0]: *told.alone}
	}
	for name, value := range named {
		secret, secretLen := text(name)
		bytes, bytesLen := text(value)
		var failure *C.cardwire_error
		if C.cardwire_ask_set(ask, secret, secretLen, bytes, bytesLen, &failure) != C.CARDWIRE_OK {
			return takeError(failure)
		}
	}
	if end := told.expiresIn; end != nil {
		left := max(*end, 0)
		C.cardwire_ask_set_expires_in_ms(ask, C.uint64_t(left/time.Millisecond), nil)
	}
	C.cardwire_ask_answer(ask, nil)
	return nil
}

// fail tells the library that there are no credentials.
func fail(ask *C.cardwire_ask, err error) {
	number := providerErrors.add(err)
	if C.cardwire_go_ask_fail(ask, C.uintptr_t(number)) != C.CARDWIRE_OK {
		providerErrors.take(number)
	}
}
