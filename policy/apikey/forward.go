package apikey

import (
	"maps"
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// forward is one header that tells the upstream who calls.
type forward struct{ name, attribute string }

// attributes are what a forwarded header can say. A list is joined with spaces.
var attributes = map[string]func(guard.Caller) string{
	"client":   func(c guard.Caller) string { return c.Client },
	"identity": func(c guard.Caller) string { return c.Identity },
	"key":      func(guard.Caller) string { return "" }, // differs from key to key
	"plan":     func(c guard.Caller) string { return c.Plan },
	"roles":    func(c guard.Caller) string { return strings.Join(c.Roles, " ") },
	"scopes":   func(c guard.Caller) string { return strings.Join(c.Scopes, " ") },
	"tenant":   func(c guard.Caller) string { return c.Tenant },
}

// compileForward reads "forward.headers", in the order of the names.
func compileForward(headers map[string]string, sources []credential.Source, at document.Path, p *document.Problems) []forward {
	var list []forward
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		f := forward{name: strings.ToLower(name), attribute: headers[name]}
		place := at.Key(name)
		credential.CheckHeaderName(name, place, p)
		f.check(sources, place, p)
		if slices.ContainsFunc(list, func(o forward) bool { return o.name == f.name }) {
			p.Add(place, "names the header "+quote(f.name)+" again", "keep one of the spellings")
		}
		list = append(list, f)
	}
	return list
}

func (f forward) check(sources []credential.Source, at document.Path, p *document.Problems) {
	if attributes[f.attribute] == nil {
		p.Add(at, "is "+quote(f.attribute)+", which is no attribute of a caller",
			"write one of "+strings.Join(slices.Sorted(maps.Keys(attributes)), ", "))
	}
	credential.CheckForward(f.name, sources, at, p)
}

// Owns returns the names of the headers that the identity sets: inbound copies
// of them are somebody's claim to be one of its callers.
func (i *Identity) Owns() []string {
	names := make([]string, len(i.forward))
	for n, f := range i.forward {
		names[n] = f.name
	}
	return names
}

// tell records the headers that tell the upstream who calls. They are added
// and not replaced, because hygiene has removed every inbound copy. A header
// that has nothing to say is left out: empty would read as a value.
func (i *Identity) tell(k *key, edits *guard.Edits) {
	for n, f := range i.forward {
		value := k.client.values[n]
		if f.attribute == "key" {
			value = k.id
		}
		if value != "" {
			edits.Add(f.name, value)
		}
	}
}
