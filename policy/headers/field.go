package headers

import (
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// owned are headers that frame a message or that the proxy itself sets: a
// wrong one is sent as it is and splits or cuts the response.
var owned = []string{
	"connection", "content-length", "date", "grpc-message", "grpc-status", "keep-alive", "proxy-connection", "te", "trailer",
	"transfer-encoding", "upgrade",
}

// checkName reports a name that is no header's, that frames the message, or
// that stands in the section already.
func checkName(name string, at document.Path, own map[string]document.Path, p *document.Problems) bool {
	lower := strings.ToLower(name)
	if first, ok := own[lower]; ok {
		p.Addf(at, "names "+strconv.Quote(name)+" again", "remove one of the two; it stands at %s too", first)
		return false
	}
	own[lower] = at
	switch {
	case !token(name):
		p.Add(at, "is "+strconv.Quote(name)+", which is not the name of a header", "write letters, digits and '-' (RFC 9110 section 5.1)")
	case strings.Contains(name, "*"): // "content-*" would take out what frames, "x-*" what hardens
		p.Add(at, "names "+strconv.Quote(name)+", with a *, which stands for nothing here", "write each header by its whole name")
	case slices.Contains(owned, lower):
		p.Add(at, "names "+strconv.Quote(name)+", which frames the message or is set by the proxy", "remove it")
	default:
		return true
	}
	return false
}

// checkValue reports a value that would not reach the client as one header
// field: the proxy does not check what a filter emits.
func checkValue(value string, at document.Path, p *document.Problems) bool {
	if strings.TrimSpace(value) == "" || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f || c > 0x7e }) {
		p.Add(at, "is "+strconv.Quote(value)+", which is not the value of a header", "write visible ASCII (RFC 9110 section 5.5); to take a header out name it in \"remove\"")
		return false
	}
	return true
}

func token(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", c))
	})
}
