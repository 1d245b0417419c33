package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sallyport.dev/sallyport/build/envoy/pinned"
	"sallyport.dev/sallyport/policy"
)

// TestTheTableIsMade measures everything once, quickly, on the newest Envoy.
// That every answer was the expected one is what measure itself insists on.
func TestTheTableIsMade(t *testing.T) {
	r, err := measure(t.Context(), pinned.Newest(), quick)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := r.print(&text); err != nil {
		t.Fatal(err)
	}
	t.Log(text.String())
	if len(r.Rows) != 44 || len(r.Starts) != 1 || len(r.Clients) != 1 {
		t.Fatalf("%d rows, %d starts, %d counts of clients", len(r.Rows), len(r.Starts), len(r.Clients))
	}
	for _, row := range r.Rows {
		if row.CPU <= 0 || row.Rate <= 0 || row.Median <= 0 || row.P99 < row.Median || row.Memory <= 0 || !strings.Contains(text.String(), "  "+row.Name+"\n") {
			t.Errorf("%+v: want figures, and a line in the text", row)
		}
	}
}

// TestAWrongAnswerIsNoNumber asks rows whose answers are not what they say.
func TestAWrongAnswerIsNoNumber(t *testing.T) {
	b, err := newBench(pinned.Newest())
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	filters, err := nativeChain(b.keys[:small.Keys])
	if err != nil {
		t.Fatal(err)
	}
	known, unknown := get(last(small), b.keys[0], client), get(last(small), b.keys[small.Keys], client)
	oneInTen := func(i int) []byte {
		if i%10 == 9 {
			return unknown
		}
		return known
	}
	for name, c := range map[string]struct {
		row  row
		want string
	}{
		"the first answer":    {row{filters: filters, next: always(unknown), status: 200}, "answered 401, want 200"},
		"a later answer":      {row{filters: filters, next: oneInTen, status: 200}, "request 9 was answered 401, want 200"},
		"a missing header":    {row{filters: filters, next: always(known), status: 200, carries: limited}, "has no ratelimit"},
		"everybody is let in": {row{next: always(known), status: 200, stranger: true}, "without a credential is answered 200"},
	} {
		c.row.name = name
		_, _, err := b.table(t.Context(), []row{c.row}, quick)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestPolicies compiles every policy that is measured.
func TestPolicies(t *testing.T) {
	keys, err := keys(large.Keys)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := newIssuing(jose.RS256)
	if err != nil {
		t.Fatal(err)
	}
	es, err := newIssuing(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"small": protected(small, keys), "large": protected(large, keys), "public": public(), "per address": perAddress(), "limiting": limiting(),
		"RS256": bearers(rs), "ES256": bearers(es), "webhook": delivered(true), "browsers": browsed(),
	} {
		if _, err := policy.Compile(text, func(name string) (string, bool) { return webhookSecret, name == webhookVariable }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEverybodyAsksFromAnotherNetwork(t *testing.T) {
	next := everybody()
	for i, want := range map[int]string{0: "2001:db8:0000:0000::1", 0x1234abcd: "2001:db8:1234:abcd::1"} {
		if got := string(next(i)); !strings.Contains(got, "x-forwarded-for: "+want+"\r\n") {
			t.Errorf("request %d is %q, want the address %s", i, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\ndate: x\r\n\r\n"
	for name, c := range map[string]struct {
		text string
		want int
		err  bool
	}{
		"whole":            {head + "123456789012", len(head) + 12, false},
		"head only":        {head, len(head) + 12, false},
		"half a head":      {head[:30], 0, false},
		"no length":        {"HTTP/1.1 200 OK\r\n\r\n", 0, true},
		"length is a word": {"HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\n", 0, true},
	} {
		if got, err := size([]byte(c.text)); err == nil && got != c.want || (err != nil) != c.err {
			t.Errorf("%s: %d, %v; want %d", name, got, err, c.want)
		}
	}
}

func TestPluginStarts(t *testing.T) {
	line := func(stamp string) string {
		return "[2026-11-24 09:15:" + stamp + "][1][info][wasm] [a.cc:1] wasm log b: " + inForce + ": 1\n"
	}
	for name, c := range map[string]struct {
		log     string
		plugins int
		each    time.Duration
		err     bool
	}{
		"three":   {line("25.532") + "[x] else\n" + line("25.704") + line("25.849"), 3, 158500 * time.Microsecond, false},
		"one":     {line("25.532"), 0, 0, true},
		"none":    {"", 0, 0, true},
		"no time": {line("25.532") + line("later"), 0, 0, true},
	} {
		plugins, each, err := pluginStarts(c.log)
		if plugins != c.plugins || each != c.each || (err != nil) != c.err {
			t.Errorf("%s: %d, %v, %v; want %d, %v", name, plugins, each, err, c.plugins, c.each)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
	if got, want := fmt.Sprint(large), "1,000 routes, 10,000 keys"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
