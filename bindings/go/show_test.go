package cardwire

import (
	"bytes"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"
)

// shownForms returns all that fmt and the loggers make of a value.
func shownForms(value any) []string {
	var forms []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %v"} {
		if verb == "%T %v" {
			forms = append(forms, fmt.Sprintf(verb, value, value))
			continue
		}
		forms = append(forms, fmt.Sprintf(verb, value))
	}
	var logged bytes.Buffer
	log.New(&logged, "", 0).Print(value)
	forms = append(forms, logged.String(), fmt.Sprint([]any{value}), fmt.Sprintf("%+v", map[string]any{"a": value}))
	logged.Reset()
	slog.New(slog.NewTextHandler(&logged, nil)).Info("shown", "value", value)
	return append(forms, strings.ReplaceAll(logged.String(), `\"`, `"`))
}

func TestNothingPersonalIsShown(t *testing.T) {
	client := clientOf(t, "tencent_kyc", "tencent_faceid")
	content := photo(t, "icbc-debit.jpg")
	read, err := client.Recognize(background, ImageBytes(content), WithOrderID("goShow1"))
	fatal(t, err)
	answer, err := client.Verify(background, NewCardholder(card, "李四").WithIDNumber(idNumber))
	fatal(t, err)
	lookup, err := client.LookupCard(background, card)
	fatal(t, err)
	order, err := client.FetchOrder(background, "goShow1")
	fatal(t, err)
	candidate := newCandidate(card, 0.5)
	whole := holder.WithPhone("13800000000")
	path := "/photos/" + name + ".jpg"
	// A field that is not exported is printed without its methods.
	job := struct {
		holder      Cardholder
		image, file Image
		read        *Recognition
		answer      *Verification
		err         error
		secret      Credentials
	}{whole, ImageBytes(content), ImageFile(path), read, answer,
		&Error{Candidates: []NumberCandidate{candidate}}, NewCredentials("a-secret")}
	for _, value := range []any{
		read, *read, answer, *answer, lookup, *lookup, order, *order, candidate, &candidate,
		Item[Recognition]{Result: read}, []*Recognition{read}, []NumberCandidate{candidate}, whole, ImageFile(path), ImageBytes(content), ImageURL(path),
		NewCredentials("a-secret"), NamedCredentials(map[string]string{"token": "a-secret"}), job, &job,
		&Error{Candidates: []NumberCandidate{candidate}, text: "card_not_found: none"}, client, read.Facts,
	} {
		for _, shown := range shownForms(value) {
			for _, secret := range []string{
				card, name, "李四", idNumber, "13800000000", "a-secret", "36323232303230", "622202000", string(content[:8]),
			} {
				if strings.Contains(shown, secret) {
					t.Errorf("%T shows %q: %.300s", value, secret, shown)
				}
			}
		}
	}
	equal(t, strings.Contains(read.String(), "622202*********0000"), true)
	equal(t, strings.Contains(fmt.Sprint(read), "Vendor:\"tencent_kyc\""), true)
	equal(t, whole.String(), "Cardholder{***}")
	equal(t, ImageFile(path).String(), "Image{***}")
	equal(t, ImageBytes([]byte("abc")).String(), "Image{3 bytes}")
	equal(t, Image{}.String(), "Image{none}")
	equal(t, document(t, whole), "{}")
	equal(t, document(t, NewCredentials("a-secret")), "{}")
	equal(t, fmt.Sprintf("%q", &Error{text: "a"}), `"a"`)
	var none *Recognition
	equal(t, fmt.Sprint(none), "<nil>")
}
