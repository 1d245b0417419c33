package csrf

import (
	"fmt"
	"strings"
	"testing"

	"sallyport.dev/sallyport/internal/manual"
)

// TestManual: the page says what the code does.
func TestManual(t *testing.T) {
	page := strings.ReplaceAll(manual.Page(t, "csrf"), "\n", " ")
	for _, text := range []string{
		fmt.Sprintf("base64url of %d bytes, %d characters", tokenSize, textSize), fmt.Sprintf("the %d bytes before", signed),
		"the text `" + purpose + "`", fmt.Sprintf("more than %d bytes has no token", maxSession), fmt.Sprintf("in lower case, %d at most", maxTrusted),
		fmt.Sprintf("at least %d random bytes", minSecret), "up to a minute ahead", `"own"`,
	} {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if ahead != 60 {
		t.Errorf("%d seconds are no minute", ahead)
	}
}
