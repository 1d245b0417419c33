package headers

import (
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/hygiene"
)

// maxRemoved bounds headers.request.remove: each '*' is compared with each
// header of each request.
const maxRemoved = 64

// request is what never goes upstream.
type request struct {
	names, prefixes []string
	at              []document.Path // of names, then of prefixes
}

// kept are request headers that the proxy needs to send the request on, and
// those that say what the bytes of a body are, which was judged.
var kept = []string{
	"connection", "content-encoding", "content-length", "content-type", "expect", "host", "http2-settings", "keep-alive", "proxy-connection",
	"sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-key", "sec-websocket-protocol", "sec-websocket-version",
	"te", "trailer", "transfer-encoding", "upgrade",
}

// needed tells whether a header is one that the request needs.
func needed(name string) bool { return slices.Contains(kept, hygiene.Fold(name)) }

// compileRequest reads headers.request.
func compileRequest(d *document.RequestHeaders, at document.Path, p *document.Problems) (out request) {
	if d == nil {
		return out
	}
	at = at.Key("remove")
	if len(d.Remove) == 0 {
		p.Add(at, "is missing", `write the headers that never go upstream, such as ["x-internal-*"]`)
	}
	if len(d.Remove) > maxRemoved {
		p.Addf(at, "has "+strconv.Itoa(len(d.Remove))+" entries", "keep them within %d; one with * at its end stands for many", maxRemoved)
		return out
	}
	var prefixesAt []document.Path
	seen := map[string]bool{}
	for i, pattern := range d.Remove {
		where := at.Index(i)
		name, prefix := strings.CutSuffix(strings.ToLower(pattern), "*")
		switch {
		case !removable(pattern, name, prefix, where, p):
		case seen[hygiene.Fold(name)+strconv.FormatBool(prefix)]:
			p.Add(where, "names "+strconv.Quote(pattern)+" again", "remove one of the two ('_' and '.' count as '-')")
		case prefix:
			out.prefixes, prefixesAt = append(out.prefixes, name), append(prefixesAt, where)
		default:
			out.names, out.at = append(out.names, name), append(out.at, where)
		}
		seen[hygiene.Fold(name)+strconv.FormatBool(prefix)] = true
	}
	out.at = append(out.at, prefixesAt...)
	return out
}

func removable(pattern, name string, prefix bool, at document.Path, p *document.Problems) bool {
	switch {
	case strings.HasPrefix(pattern, ":"):
		p.Add(at, "is "+strconv.Quote(pattern)+", without which there is no request", "remove it")
	case name == "" && prefix:
		p.Add(at, `is "*", which is every header`, `write a beginning, such as "x-internal-*"`)
	case strings.Contains(name, "*"):
		p.Add(at, "is "+strconv.Quote(pattern)+", with a * that does not stand at its end", `write one such as "x-internal-*"`)
	case !token(name):
		p.Add(at, "is "+strconv.Quote(pattern)+", which is not the name of a header", "write letters, digits and '-' (RFC 9110 section 5.1)")
	default:
		for _, k := range kept {
			if matches(k, name, prefix) {
				p.Add(at, "is "+strconv.Quote(pattern)+", which takes out "+k+": the request cannot do without it", "write a longer name, or remove it")
				return false
			}
		}
		return true
	}
	return false
}

// matches compares as hygiene removes.
func matches(header, name string, prefix bool) bool {
	header, name = hygiene.Fold(header), hygiene.Fold(name)
	return header == name || prefix && strings.HasPrefix(header, name)
}

// Removed lists the request headers that never go upstream, and of those that
// begin alike the beginnings.
func (g *Guard) Removed() (names, prefixes []string) {
	if g == nil {
		return nil, nil
	}
	return g.request.names, g.request.prefixes
}

// Keep reports a header that headers.request takes out and the policy sends
// upstream; why says of it what for.
func (g *Guard) Keep(header, why string, p *document.Problems) {
	if g == nil {
		return
	}
	for i, at := range g.request.at {
		name, prefix := "", i >= len(g.request.names)
		if prefix {
			name = g.request.prefixes[i-len(g.request.names)]
		} else {
			name = g.request.names[i]
		}
		if matches(header, name, prefix) {
			p.Add(at, "takes out "+header+", "+why, "remove it, or write a name that does not match")
		}
	}
}
