package headers

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// Guard is what is done to every response. It is immutable; nil does nothing.
type Guard struct{ edits guard.Edits }

// owned are headers that frame a message or that the proxy itself sets: a
// wrong one is sent as it is and splits or cuts the response.
var owned = []string{
	"connection", "content-length", "date", "grpc-message", "grpc-status", "keep-alive", "proxy-connection", "te", "trailer",
	"transfer-encoding", "upgrade",
}

// Compile returns the guard for the section "headers", nil when it is absent.
func Compile(d *document.Headers, p *document.Problems) *Guard {
	if d == nil || d.Response == nil {
		return nil
	}
	at := document.Path("headers.response")
	chosen := presets[d.Response.Preset]
	set := maps.Clone(chosen.set)
	if set == nil {
		set = map[string]string{}
	}
	own := map[string]document.Path{}
	for _, name := range slices.Sorted(maps.Keys(d.Response.Set)) {
		if place := at.Key("set").Key(name); checkName(name, place, own, p) && checkValue(d.Response.Set[name], place, p) {
			set[strings.ToLower(name)] = d.Response.Set[name]
		}
	}
	remove := slices.Clone(chosen.remove)
	for i, name := range d.Response.Remove {
		if checkName(name, at.Key("remove").Index(i), own, p) {
			delete(set, strings.ToLower(name)) // a preset's header that is not wanted
			remove = append(remove, strings.ToLower(name))
		}
	}
	return &Guard{edits: edits(set, remove)}
}

// edits puts the removals first, so that what is set stays.
func edits(set map[string]string, remove []string) guard.Edits {
	var e guard.Edits
	slices.Sort(remove)
	for _, name := range slices.Compact(remove) {
		if _, ok := set[name]; !ok {
			e.Remove(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		e.Replace(name, set[name])
	}
	return slices.Clip(e)
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

// Edits returns what is done to every response, to be carried out in order.
// The caller must not change it.
func (g *Guard) Edits() guard.Edits {
	if g == nil {
		return nil
	}
	return g.edits
}
