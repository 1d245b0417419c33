package webhook_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"sallyport.dev/sallyport/internal/manual"
	"sallyport.dev/sallyport/policy/replay"
	"sallyport.dev/sallyport/policy/signature"
)

// TestManual: the page has every scheme, and says how many deliveries are
// remembered.
func TestManual(t *testing.T) {
	page := strings.ReplaceAll(manual.Page(t, "webhook"), "\n", " ")
	const all = replay.Pages * replay.Slots
	want := []string{
		thousands(replay.Pages) + " pages of " + strconv.Itoa(replay.Slots) + " marks each", thousands(all) + " in all", fmt.Sprintf("and %d MiB", all*16>>20),
	}
	for _, name := range signature.Names() {
		want = append(want, "| `"+name+"` | ")
	}
	for _, text := range want {
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
