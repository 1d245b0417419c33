package version

import (
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// maxReference bounds an address: all of them stand in every response.
const maxReference = 1024

// checkReference holds a link to what every client resolves alike: an address
// with its scheme and host, or a path from the root (RFC 3986 section 4.2). One
// that is relative to the request's path leads elsewhere for each of them.
func checkReference(uri string, at document.Path, p *document.Problems) bool {
	const remedy = `write a path such as "/v2/orders", or an address such as "https://docs.example.com/v1"`
	switch {
	case len(uri) > maxReference:
		p.Addf(at, "has "+strconv.Itoa(len(uri))+" bytes", "keep it within %d", maxReference)
	case !uriBytes(uri):
		p.Add(at, "is "+strconv.Quote(uri)+", which is no address", "write what may not stand there as %20 is written (RFC 3986)")
	case !rooted(uri) && !absolute(uri):
		p.Add(at, "is "+strconv.Quote(uri)+", which is neither a path from the root nor an address", remedy)
	default:
		return true
	}
	return false
}

func rooted(uri string) bool { return strings.HasPrefix(uri, "/") && !strings.HasPrefix(uri, "//") }

func absolute(uri string) bool {
	scheme, rest, ok := strings.Cut(uri, "://")
	if scheme = strings.ToLower(scheme); !ok || scheme != "https" && scheme != "http" {
		return false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	return end > 0 && !strings.Contains(rest[:end], "@") // who logs in by a link tells everybody how
}

// uriBytes holds to the characters of RFC 3986 section 2: '>' would end the
// link, a quote or a line break the header.
func uriBytes(uri string) bool {
	for i := 0; i < len(uri); i++ {
		c := uri[i]
		switch {
		case c == '%':
			if i+2 >= len(uri) || !hexDigit(uri[i+1]) || !hexDigit(uri[i+2]) {
				return false
			}
			i += 2
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0:
			return false
		}
	}
	return strings.Count(uri, "#") <= 1
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
