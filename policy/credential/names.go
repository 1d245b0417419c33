package credential

import (
	"encoding/binary"
	"slices"
	"strings"
	"unsafe"

	"sallyport.dev/sallyport/policy/document"
)

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

// CheckHeaderName reports a name that no header has, or whose header is the
// connection's own. name is as the document writes it.
func CheckHeaderName(name string, at document.Path, p *document.Problems) {
	lower := strings.ToLower(name)
	switch {
	case !isToken(lower):
		p.Add(at, "is "+document.Quote(name)+", which is not a header name", `write a name such as "x-api-key"`)
	case framing[lower]:
		p.Add(at, "is "+document.Quote(name)+", a header of the connection", "write a header of your own")
	}
}

// CheckCookieName reports a name that no request carries a cookie by.
func CheckCookieName(name string, at document.Path, p *document.Problems) {
	if !isCookieName(name) {
		p.Add(at, "is "+document.Quote(name)+", which is not the name of a cookie", "write letters, digits, '-', '_' and '.' (RFC 6265 section 4.1.1)")
	}
}

// CheckForward reports a header that must not tell the upstream who calls, where
// the credentials of the same identity stand in sources. name is in lower case.
func CheckForward(name string, sources []Source, at document.Path, p *document.Problems) {
	switch {
	case credentials[name]:
		p.Add(at, "sets a header that other software reads credentials from", `write a header of your own, such as "x-client-id"`)
	case strings.HasPrefix(name, "x-envoy-"):
		p.Add(at, "sets a header that steers the proxy", `write a header of your own, such as "x-client-id"`)
	case strings.Contains(name, "_"):
		p.Add(at, "has '_' in its name, which many servers take for '-'", "write "+document.Quote(strings.ReplaceAll(name, "_", "-")))
	case slices.ContainsFunc(sources, func(s Source) bool { return s.Header == name }):
		p.Add(at, "sets a header that the key is read from", "write another header")
	}
}

// HeaderNames returns the names of the headers that sources stand in, in lower
// case and each once: what another server may take for one of them must not
// pass beside it.
func HeaderNames(sources []Source) []string {
	var names []string
	for _, s := range sources {
		name := s.Header
		if s.Cookie != "" {
			name = cookieHeader
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// lengths are those of some names, modulo 64: most names are passed over by them.
type lengths uint64

func (l *lengths) add(name string)     { *l |= 1 << (len(name) & 63) }
func (l lengths) has(name string) bool { return l>>(len(name)&63)&1 != 0 }

// isCookieName tells whether a request carries s as the name of a cookie.
func isCookieName(s string) bool { return isUnreserved(s) && !strings.Contains(s, "~") }

// isToken tells whether s is an RFC 9110 section 5.6.2 token in lower case.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' || !isTokenByte(c) {
			return false
		}
	}
	return s != ""
}

// isTokenByte tells whether c stands in a token, in either case.
func isTokenByte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
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

// IsVisible tells whether s is visible ASCII, without spaces.
func IsVisible(s string) bool {
	const each = 0x0101010101010101
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; len(b) >= 8; b = b[8:] { // eight at once: tokens are long
		w := binary.LittleEndian.Uint64(b)
		// With every byte below 0x80, byte by byte: one below 0x21 leaves the high
		// bit clear in the first sum, one above 0x7e sets it in the second.
		if (w|(w+each)|^((w&(each*0x7f))+each*(0x80-0x21)))&(each*0x80) != 0 {
			return false
		}
	}
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
