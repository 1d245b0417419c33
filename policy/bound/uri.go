package bound

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

// maxURI bounds htu, in bytes.
const maxURI = 4096

// origin is scheme, host and port, in their one spelling: lower case, and no port
// where it is the scheme's own (RFC 3986 sections 6.2.2 and 6.2.3).
type origin struct{ scheme, host, port string }

// uri is the address of a request, without query.
type uri struct {
	origin origin
	path   string // as hygiene spells it
}

// parseURI takes an http or https address apart. Query and fragment are left out
// (RFC 9449 section 4.3, check 9). ok is false for one with userinfo, and for a
// path that hygiene would refuse in a request.
func parseURI(text string, scratch *guard.Scratch) (u uri, ok bool) {
	if len(text) > maxURI {
		return uri{}, false
	}
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return uri{}, false
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	authority, path := rest, "/"
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if u.origin, ok = parseOrigin(scheme, authority, scratch); !ok {
		return uri{}, false
	}
	u.path, ok = hygiene.NormalizePath(path, scratch, true)
	return u, ok
}

func parseOrigin(scheme, authority string, scratch *guard.Scratch) (o origin, ok bool) {
	own := ""
	switch {
	case strings.EqualFold(scheme, "https"):
		o.scheme, own = "https", "443"
	case strings.EqualFold(scheme, "http"):
		o.scheme, own = "http", "80"
	default:
		return origin{}, false
	}
	if o.host, ok = hygiene.ParseHost(authority, scratch); !ok {
		return origin{}, false
	}
	// ParseHost has seen that behind the host, or the bracket that ends it, there
	// is nothing but a port.
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		o.port = authority[i+1:]
	}
	if o.port == own {
		o.port = ""
	}
	return o, true
}
