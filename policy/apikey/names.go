package apikey

import (
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// quote shows text that should be no secret; what may be a key becomes "…".
func quote(s string) string { return document.Quote(s) }

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// hasControl tells whether s holds a control character, DEL included.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}
