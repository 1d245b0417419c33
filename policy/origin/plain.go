package origin

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// Writable tells whether anybody on the way can write the pages of an origin, as a
// policy names it: those of plain HTTP that do not come from the browser's own
// machine.
func Writable(text string) bool {
	host, plain := strings.CutPrefix(text, "http://")
	if !plain {
		return false
	}
	var scratch guard.Scratch
	o, ok := Parse("http://"+strings.TrimPrefix(host, "*."), &scratch)
	return !ok || !isLocal(o.Host)
}

// isLocal tells whether browsers find a host on their own machine (RFC 6761
// section 6.3, RFC 1122 section 3.2.1.3).
func isLocal(host string) bool {
	address := strings.HasPrefix(host, "127.") && strings.Trim(host, ".0123456789") == ""
	return address || host == "[::1]" || host == "localhost" || strings.HasSuffix(host, ".localhost")
}
