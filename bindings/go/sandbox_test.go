package cardwire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	card     = "6222020000000000000"
	name     = "张三"
	idNumber = "110101190001010014"
)

var holder = NewCardholder(card, name).WithIDNumber(idNumber)

// sandbox is the vendors on loopback: one process for all tests.
var sandbox struct {
	config, admin string
	http          http.Client
}

func TestMain(m *testing.M) {
	code, err := withSandbox(func() int {
		before, _ := goroutines()
		code := m.Run()
		if left := leftBehind(before); left != "" {
			fmt.Println(left)
			code = 1
		}
		return code
	})
	if err != nil {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// leftBehind says which goroutines and objects are there when every test has closed its clients.
func leftBehind(before int) string {
	sandbox.http.CloseIdleConnections()
	var left string
	for i := 0; i < 200; i++ {
		left = ""
		if now, stacks := goroutines(); now > before {
			left += fmt.Sprintf("%d goroutines, %d at first\n%s", now, before, stacks)
		}
		for what, count := range map[string]int{
			"calls": calls.count(), "batches": batches.count(), "observers": observers.count(),
			"contexts":  contexts.count(),
			"providers": providers.count(), "errors of providers": providerErrors.count(),
		} {
			if count > 0 {
				left += fmt.Sprintf("%d %s are left\n", count, what)
			}
		}
		if left == "" {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
	return left
}

// goroutines counts those of the program. The runtime has one more for each thread of the library that calls Go: it
// stays with the thread.
func goroutines() (int, string) {
	text := make([]byte, 1<<20)
	text = text[:runtime.Stack(text, true)]
	count := 0
	for _, stack := range strings.Split(string(text), "\n\n") {
		if !strings.Contains(stack, "locked to thread]:\nruntime.goexit") {
			count++
		}
	}
	return count, string(text)
}

func withSandbox(run func() int) (int, error) {
	program := os.Getenv("CARDWIRE_SANDBOX")
	if program == "" {
		program = "../../target/ci/cardwire-sandbox"
	}
	process := exec.Command(program, "--exit-with-stdin")
	process.Stderr = os.Stderr
	input, err := process.StdinPipe()
	if err != nil {
		return 1, err
	}
	output, err := process.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := process.Start(); err != nil {
		return 1, err
	}
	lines := bufio.NewReader(output)
	config, err := lines.ReadString('\n')
	if err != nil {
		return 1, err
	}
	admin, err := lines.ReadString('\n')
	if err != nil {
		return 1, err
	}
	// What is sent again is tested elsewhere; a dead token is replaced here too.
	sandbox.config = `{"retry":{"attempts":2,"breaker":false},` + strings.TrimPrefix(strings.TrimSpace(config), "{")
	sandbox.admin = strings.TrimPrefix(strings.TrimSpace(admin), "admin ")
	code := run()
	input.Close()
	return code, process.Wait()
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T any](t testing.TB, found, expected T) {
	t.Helper()
	if !reflect.DeepEqual(found, expected) {
		t.Fatalf("expected %v, found %v", expected, found)
	}
}

// failed returns the library's error.
func failed(t testing.TB, err error) *Error {
	t.Helper()
	var failure *Error
	if !errors.As(err, &failure) {
		t.Fatalf("expected an error of the library, found %v", err)
	}
	return failure
}

// refusedAs holds an error against its kind, and that nothing was sent.
func refusedAs(t testing.TB, err error, kind Kind, argument string) *Error {
	t.Helper()
	failure := failed(t, err)
	equal(t, failure.Kind, kind)
	equal(t, failure.Argument, argument)
	equal(t, failure.Sent, SentNo)
	equal(t, failure.Billed, BilledNo)
	return failure
}

func exchange(t testing.TB, method, path string, body any) map[string]any {
	t.Helper()
	text, err := json.Marshal(body)
	fatal(t, err)
	request, err := http.NewRequest(method, sandbox.admin+path, bytes.NewReader(text))
	fatal(t, err)
	request.Header.Set("content-type", "application/json")
	response, err := sandbox.http.Do(request)
	fatal(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	fatal(t, err)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, content)
	}
	answer := make(map[string]any)
	fatal(t, json.Unmarshal(content, &answer))
	return answer
}

// fresh clears scripts and the ledger of the sandbox.
func fresh(t testing.TB) {
	t.Helper()
	exchange(t, http.MethodPost, "/reset", struct{}{})
}

// configOf returns a configuration of these accounts alone, in this order: vendors, or names of /credentials.
func configOf(t testing.TB, accounts ...string) map[string]any {
	t.Helper()
	config := make(map[string]any)
	fatal(t, json.Unmarshal([]byte(sandbox.config), &config))
	if len(accounts) == 0 {
		return config
	}
	named := exchange(t, http.MethodGet, "/credentials", nil)
	for _, entry := range config["vendors"].([]any) {
		named[entry.(map[string]any)["vendor"].(string)] = entry
	}
	chosen := []any{}
	for _, account := range accounts {
		chosen = append(chosen, named[account])
	}
	config["vendors"] = chosen
	return config
}

func document(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	fatal(t, err)
	return string(text)
}

// parsed returns what stands in a document.
func parsed(t testing.TB, document []byte) any {
	t.Helper()
	var value any
	fatal(t, json.Unmarshal(document, &value))
	return value
}

// opened returns a client that is closed with the test.
func opened(t testing.TB, config any, options ...ClientOption) *Client {
	t.Helper()
	client, err := NewClient(document(t, config), options...)
	fatal(t, err)
	t.Cleanup(func() { client.Close() })
	return client
}

// clientOf returns a client of these accounts, with a sandbox in which nothing is scripted.
func clientOf(t testing.TB, accounts ...string) *Client {
	t.Helper()
	fresh(t)
	return opened(t, configOf(t, accounts...))
}

func script(t testing.TB, vendor, operation string, times int, do any) {
	t.Helper()
	exchange(t, http.MethodPost, "/script", map[string]any{
		"vendor": vendor, "operation": operation, "times": times, "do": do,
	})
}

func fault(kind string, n ...int) any {
	described := map[string]any{"kind": kind}
	if len(n) > 0 {
		described["n"] = n[0]
	}
	return map[string]any{"fault": described}
}

// silence makes a vendor read requests and never answer.
func silence(t testing.TB, vendor, operation string) {
	t.Helper()
	script(t, vendor, operation, 0, fault("never_answer"))
}

func count(t testing.TB, vendor, what string) int {
	t.Helper()
	return int(exchange(t, http.MethodGet, "/counts", nil)[vendor].(map[string]any)[what].(float64))
}

// awaitRequests waits until a vendor has read so many whole requests.
func awaitRequests(t testing.TB, vendor string, complete int) {
	t.Helper()
	for i := 0; i < 500 && count(t, vendor, "complete") < complete; i++ {
		time.Sleep(10 * time.Millisecond)
	}
}

func imagePath(name string) string {
	return filepath.Join("..", "..", "tests", "images", name)
}

func photo(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(imagePath(name))
	fatal(t, err)
	return content
}
