package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var testNow = time.Date(2026, 7, 1, 12, 0, 0, 500, time.UTC)

// result is what a command line did.
type result struct {
	status   int
	out, err string
}

// sallyport runs a command line in this process, at a fixed time and with
// random numbers that are the same every time.
func sallyport(t *testing.T, stdin string, env map[string]string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	command := tool{
		in: strings.NewReader(stdin), out: &out, err: &errs,
		env:    func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		now:    func() time.Time { return testNow },
		random: rand.NewChaCha8([32]byte{1}),
	}
	status := command.run(args)
	return result{status, out.String(), errs.String()}
}

// has asserts the status and that a text is in each stream; "" is an empty stream.
func (r result) has(t *testing.T, status int, out, errs string) {
	t.Helper()
	if r.status != status {
		t.Errorf("status %d, want %d", r.status, status)
	}
	for _, s := range []struct{ name, got, want string }{{"stdout", r.out, out}, {"stderr", r.err, errs}} {
		if !strings.Contains(s.got, s.want) || s.want == "" && s.got != "" {
			t.Errorf("%s is %q, want %q in it", s.name, s.got, s.want)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		name      string
		args      []string
		status    int
		out, errs string
	}{
		{"no command", nil, 0, "Available Commands", ""},
		{"help", []string{"--help"}, 0, "Available Commands", ""},
		{"version", []string{"--version"}, 0, "sallyport version ", ""},
		{"unknown command", []string{"frobnicate"}, 2, "", "frobnicate"},
		{"unknown flag", []string{"check", "--loud"}, 2, "", "--loud"},
		{"check without a file", []string{"check"}, 2, "", "arg"},
		{"check of no file", []string{"check", "no/such/file.json"}, 2, "", "no/such/file.json"},
		{"key alone", []string{"key"}, 2, "", "key new, key rotate or key inspect"},
		{"key new with an argument", []string{"key", "new", "sk_"}, 2, "", "sk_"},
		{"key inspect of two", []string{"key", "inspect", "a", "b"}, 2, "", "arg"},
		{"schema with an argument", []string{"schema", "x"}, 2, "", "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sallyport(t, "", nil, c.args...).has(t, c.status, c.out, c.errs)
		})
	}
}

func TestSchema(t *testing.T) {
	r := sallyport(t, "", nil, "schema")
	r.has(t, 0, `"$schema": "https://json-schema.org/draft/2020-12/schema"`, "")
}

// file writes a policy and returns its path.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
