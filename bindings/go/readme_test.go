package cardwire

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheProgramsOfTheREADMECompile makes a function of each fence of Go.
func TestTheProgramsOfTheREADMECompile(t *testing.T) {
	page, err := os.ReadFile("README.md")
	fatal(t, err)
	fences := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	equal(t, len(fences) > 5, true)
	equal(t, strings.Contains(string(page), " cardwire.io/cardwire@v"+Version()+" "), true)
	var body strings.Builder
	for i, fence := range fences {
		fmt.Fprintf(&body, "func fence%d() {\n%s}\n\n", i, fence[1])
	}
	var program strings.Builder
	program.WriteString("package main\n\nimport (\n\t\"cardwire.io/cardwire\"\n")
	for _, path := range []string{"context", "errors", "fmt", "log", "log/slog", "syscall"} {
		if strings.Contains(body.String(), path[strings.LastIndex(path, "/")+1:]+".") {
			fmt.Fprintf(&program, "\t%q\n", path)
		}
	}
	program.WriteString(`)

var (
	ctx    context.Context
	config string
	client *cardwire.Client
	holder cardwire.Cardholder
	photos []cardwire.Image
)

func main() {}

` + body.String())
	folder := t.TempDir()
	here, err := filepath.Abs(".")
	fatal(t, err)
	module := "module program\n\ngo 1.21\n\nrequire cardwire.io/cardwire v" + Version() +
		"\n\nreplace cardwire.io/cardwire => " + here + "\n"
	fatal(t, os.WriteFile(filepath.Join(folder, "go.mod"), []byte(module), 0o600))
	fatal(t, os.WriteFile(filepath.Join(folder, "program.go"), []byte(program.String()), 0o600))
	vet := exec.Command("go", "vet", ".")
	vet.Dir = folder
	if said, err := vet.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, said, program.String())
	}
}
