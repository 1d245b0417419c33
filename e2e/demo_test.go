package e2e

import (
	"bufio"
	"context"
	"encoding/base64"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// tries is how many requests the demo prints.
const tries = 11

// TestDemo starts the demo as `make run` does, sends the requests that it
// prints, and compares the answers with those that it prints.
func TestDemo(t *testing.T) {
	output := startDemo(t)
	found, token := 0, ""
	for command := ""; found < tries; {
		select {
		case line, open := <-output:
			if !open {
				t.Fatalf("the demo ended after %d of %d requests", found, tries)
			}
			if command != "" {
				wantPrinted(t, command, strings.TrimSpace(line))
				found++
			}
			command = ""
			if fetch, fetches := strings.CutPrefix(line, "TOKEN=$("); fetches {
				token = fetchToken(t, fetch)
			}
			if strings.HasPrefix(line, "curl ") {
				command = strings.ReplaceAll(line, "$TOKEN", token)
			}
		case <-time.After(2 * time.Minute):
			t.Fatal("the demo printed no requests")
		}
	}
	for line := range output {
		if strings.HasPrefix(line, "Ctrl-C") {
			return
		}
	}
}

// fetchToken sends what a printed command sends to the identity provider, and
// does what it does with the answer.
func fetchToken(t *testing.T, command string) string {
	t.Helper()
	command, filter, _ := strings.Cut(command, " | ")
	status, body := answered(t, command)
	found := regexp.MustCompile(`"access_token":"([^"]*)"`).FindStringSubmatch(body)
	if status != http.StatusOK || found == nil || filter != `sed 's/.*"access_token":"\([^"]*\)".*/\1/')` {
		t.Fatalf("%s\nanswers %d, %s; its filter is %s", command, status, body, filter)
	}
	return found[1]
}

// startDemo returns the lines that the demo prints. It ends with the test as by
// Ctrl-C.
func startDemo(t *testing.T) <-chan string {
	t.Helper()
	harness.Artefact(t, harness.Shipped)
	binary := filepath.Join(t.TempDir(), "demo")
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./demo").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	ctx, cancel := context.WithCancel(context.Background())
	demo := exec.CommandContext(ctx, binary, "-port", "0")
	demo.Cancel = func() error { return demo.Process.Signal(syscall.SIGINT) }
	demo.WaitDelay = 10 * time.Second
	var problems strings.Builder
	demo.Stderr = &problems
	stdout, err := demo.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100) // more than the demo prints
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		cancel()
		if err := demo.Wait(); err != nil && ctx.Err() == nil || problems.Len() > 0 {
			t.Errorf("the demo: %v\n%s", err, problems.String())
		}
	})
	return lines
}

// wantPrinted sends what a printed command sends, and compares.
func wantPrinted(t *testing.T, command, printed string) {
	t.Helper()
	status, want, _ := strings.Cut(printed, " ")
	code, got := answered(t, command)
	if status != strconv.Itoa(code) {
		t.Errorf("%s\nanswers %d, printed is %s", command, code, printed)
	}
	fits := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(want), "…", "[0-9a-f-]{36}") + "$")
	if !fits.MatchString(got) {
		t.Errorf("%s\nanswers %s, printed is %s", command, got, want)
	}
}

// answered sends what a printed command sends.
func answered(t *testing.T, command string) (status int, body string) {
	t.Helper()
	address, req := curl(t, command)
	load := harness.Load{Address: address, Connections: 1, Requests: 1,
		Next: func(int64) scenario.Request { return req },
		Answered: func(_ int64, resp *http.Response, text []byte) {
			status, body = resp.StatusCode, strings.TrimSpace(string(text))
		}}
	if _, err := load.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return status, body
}

// word is a word of a shell command, perhaps in quotes.
var word = regexp.MustCompile(`'[^']*'|"[^"]*"|[^'" ]+`)

// curl reads a command of curl with the few options that the demo uses.
func curl(t *testing.T, command string) (address string, req scenario.Request) {
	t.Helper()
	req.Method = http.MethodGet
	var form []string
	words := word.FindAllString(command, -1)
	for i := 1; i < len(words); i++ {
		text := strings.Trim(words[i], `'"`)
		switch {
		case text == "-s" || text == "--path-as-is":
		case text == "-u" && i+1 < len(words):
			i++
			req.Headers = append(req.Headers, scenario.Header{Name: "authorization", Value: "Basic " + base64.StdEncoding.EncodeToString([]byte(words[i]))})
		case text == "-d" && i+1 < len(words):
			i++
			form = append(form, words[i])
		case text == "-X" && i+1 < len(words):
			i++
			req.Method = words[i]
		case text == "-H" && i+1 < len(words):
			i++
			name, value, _ := strings.Cut(strings.Trim(words[i], `'"`), ": ")
			req.Headers = append(req.Headers, scenario.Header{Name: name, Value: value})
		case strings.HasPrefix(text, "http://"):
			address, req.Target, _ = strings.Cut(strings.TrimPrefix(text, "http://"), "/")
			req.Target = "/" + req.Target
			req.Headers = append(req.Headers, scenario.Header{Name: "host", Value: address})
		default:
			t.Fatalf("%s: the test does not know %q", command, text)
		}
	}
	if form != nil {
		req.Method, req.Body = http.MethodPost, []byte(strings.Join(form, "&"))
		req.Headers = append(req.Headers, scenario.Header{Name: "content-type", Value: "application/x-www-form-urlencoded"})
	}
	return address, req
}
