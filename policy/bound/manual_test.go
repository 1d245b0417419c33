package bound_test

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"sallyport.dev/sallyport/internal/manual"
	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/replay"
)

// TestManualCounts: the page says how many proofs are remembered.
func TestManualCounts(t *testing.T) {
	page := strings.ReplaceAll(manual.Page(t, "bound"), "\n", " ")
	const all = replay.Pages * replay.Slots
	for _, text := range []string{
		thousands(replay.Pages) + " pages of " + thousands(replay.Slots) + " proofs each", thousands(all) + " in all", fmt.Sprintf("and %d MiB", all*16>>20),
	} {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// TestManual: the page's policy asks for a nonce, and lets the sender of the
// page's token in whose certificate it names.
func TestManual(t *testing.T) {
	p, err := policy.Compile([]byte(manual.Blocks(t, "bound", "json")[0]), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(manual.Page(t, "bound"), "\nCERTIFICATE=")
	shown, _, _ := strings.Cut(rest, "\n")
	sum := sha256.Sum256([]byte("the manual's certificate"))
	for _, c := range []struct {
		sum  [32]byte
		want guard.Reason
	}{{sum, guard.Allowed}, {certificate, guard.TokenNotBound}} {
		w := guardtest.New("192.0.2.1")
		w.Certificate = &c.sum
		r := &guard.Request{Route: -1, Method: "GET", Scheme: "https", Authority: "api.example.com", Target: "/orders/17", World: w, Now: now,
			Headers: []guard.Header{{Name: "authorization", Value: "Bearer " + shown}}}
		if d := policy.NewInstance(p, "manual", policy.Seeds{}).Judge(r); d.Verdict.Reason != c.want {
			t.Errorf("%v, want %v", d.Verdict.Reason, c.want)
		}
	}
}
