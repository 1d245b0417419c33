package apikey

import (
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// quote shows text that should be no secret; what may be a key becomes "…".
func quote(s string) string { return document.Quote(s) }

// framing are headers that belong to the connection or to the message's shape
// (RFC 9110 sections 6.4, 7.2 and 7.6.1): no key is read from one and none is set.
var framing = map[string]bool{
	"connection": true, "content-length": true, "host": true, "keep-alive": true, "proxy-connection": true,
	"te": true, "trailer": true, "transfer-encoding": true, "upgrade": true,
}

// credentials are headers that say who calls to other software than Sallyport.
var credentials = map[string]bool{
	"authorization": true, "cookie": true, "proxy-authorization": true, "set-cookie": true,
}

// checkHeaderName reports a name that no header has, or whose header is the
// connection's own. name is as the document writes it.
func checkHeaderName(name string, at document.Path, p *document.Problems) {
	lower := strings.ToLower(name)
	switch {
	case !isToken(lower):
		p.Add(at, "is "+quote(name)+", which is not a header name", `write a name such as "x-api-key"`)
	case framing[lower]:
		p.Add(at, "is "+quote(name)+", a header of the connection", "write a header of your own")
	}
}

// isToken tells whether s is an RFC 9110 section 5.6.2 token in lower case.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' || !isAlphanumeric(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// isUnreserved tells whether a query carries s as it stands (RFC 3986 section 2.3).
func isUnreserved(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && !strings.ContainsRune("-._~", rune(s[i])) {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// isVisible tells whether s is visible ASCII, without spaces.
func isVisible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// hasControl tells whether s holds a control character, DEL included.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}
