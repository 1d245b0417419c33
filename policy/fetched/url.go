package fetched

import (
	"errors"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

// The errors of ParseURL and ParseIssuer. Each continues the place where the
// text stands.
var (
	ErrURLScheme     = errors.New("does not begin with https:// or http://")
	ErrURLLength     = errors.New("has more than 2048 bytes")
	ErrURLAuthority  = errors.New("has no host, or more before its path than a host and a port")
	ErrURLFragment   = errors.New("has a fragment, which is never sent")
	ErrURLCharacter  = errors.New("has a character that an address encodes as % and two hexadecimal digits")
	ErrIssuerQuery   = errors.New("has a query, which no issuer has")
	ErrIssuerAddress = errors.New("is the address of the metadata and not the issuer")
)

// maxURL bounds an address, in bytes.
const maxURL = 2048

// Address is where a document stands, for the proxy: which service it is, and
// whether TLS is spoken to it, is the cluster's matter.
type Address struct {
	Authority string
	Path      string // with the query; begins with '/'
}

// ParseURL takes an http or https URL apart. It refuses userinfo, which would be
// a password in a policy and somebody else's host to the eye, and fragments.
func ParseURL(text string) (Address, error) {
	if len(text) > maxURL {
		return Address{}, ErrURLLength
	}
	rest, ok := cutScheme(text)
	if !ok {
		return Address{}, ErrURLScheme
	}
	end := strings.IndexAny(rest, `/?#\`)
	if end < 0 {
		end = len(rest)
	}
	a := Address{rest[:end], rest[end:]}
	var scratch guard.Scratch
	if _, ok := hygiene.ParseHost(a.Authority, &scratch); !ok {
		return Address{}, ErrURLAuthority
	}
	if !strings.HasPrefix(a.Path, "/") {
		a.Path = "/" + a.Path
	}
	return a, checkPath(a.Path)
}

// cutScheme takes the scheme off, which is case-insensitive (RFC 3986 section 3.1).
func cutScheme(text string) (rest string, ok bool) {
	scheme, rest, ok := strings.Cut(text, "://")
	return rest, ok && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
}

// checkPath accepts what RFC 3986 section 3.3 and 3.4 let stand in a path and a
// query.
func checkPath(path string) error {
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '#':
			return ErrURLFragment
		case c == '%' && (i+2 >= len(path) || !isHex(path[i+1]) || !isHex(path[i+2])),
			c <= ' ', c >= 0x7f, strings.IndexByte("{}\"<>\\^|`[]", c) >= 0:
			return ErrURLCharacter
		}
	}
	return nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// ParseIssuer takes an issuer apart (OpenID Connect Discovery 1.0 section 3, RFC
// 8414 section 2): a URL without query and fragment.
func ParseIssuer(text string) (Address, error) {
	a, err := ParseURL(text)
	switch {
	case err != nil:
		return Address{}, err
	case strings.Contains(a.Path, "?"):
		return Address{}, ErrIssuerQuery
	case strings.Contains(a.Path, "/.well-known/"):
		return Address{}, ErrIssuerAddress
	}
	return a, nil
}

// wellKnown lists where the metadata of an issuer can stand, in the order in
// which they are asked. OpenID Connect appends to the issuer's path (Discovery
// 1.0 section 4.1); OAuth puts it behind (RFC 8414 section 3.1), and OpenID
// providers that follow it do so too (section 5). Without a path the last is the
// first.
func wellKnown(issuer Address) []Address {
	const openid, oauth = "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"
	path := strings.TrimRight(issuer.Path, "/")
	at := []Address{{issuer.Authority, path + openid}, {issuer.Authority, oauth + path}}
	if path != "" {
		at = append(at, Address{issuer.Authority, openid + path})
	}
	return at
}
