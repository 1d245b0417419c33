package claims

import (
	"maps"
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// Forward is what the upstream is told of a caller. The zero value is nothing.
type Forward struct {
	token   bool
	payload string // header; empty: none
	claims  []header
}

// header is a header that carries a claim.
type header struct{ name, claim string }

// CompileForward reads the section, nil for nothing; its claims in the order of
// the headers' names. sources are where the tokens stand.
func CompileForward(d *document.TokenForward, sources []credential.Source, at document.Path, p *document.Problems) Forward {
	if d == nil {
		return Forward{}
	}
	f := Forward{token: d.Token, payload: strings.ToLower(d.Payload)}
	check := func(name string, at document.Path) {
		credential.CheckHeaderName(name, at, p)
		credential.CheckForward(strings.ToLower(name), sources, at, p)
	}
	if d.Payload != "" {
		check(d.Payload, at.Key("payload"))
	}
	for _, name := range slices.Sorted(maps.Keys(d.Claims)) {
		h, place := header{strings.ToLower(name), d.Claims[name]}, at.Key("claims").Key(name)
		check(name, place)
		switch {
		case h.claim == "":
			p.Add(place, "names no claim", `write one such as "sub"`)
		case h.name == f.payload:
			p.Add(place, "names the header of payload again", "write another header")
		case slices.ContainsFunc(f.claims, func(o header) bool { return o.name == h.name }):
			p.Add(place, "names the header "+document.Quote(h.name)+" again", "keep one of the spellings")
		}
		f.claims = append(f.claims, h)
	}
	return f
}

// Keeps tells whether the token goes upstream with its own caller's request.
func (f *Forward) Keeps() bool { return f.token }

// Owns returns the names of the headers that are set: inbound copies of them are
// somebody's claim to be a caller.
func (f *Forward) Owns() []string {
	var names []string
	if f.payload != "" {
		names = append(names, f.payload)
	}
	for _, h := range f.claims {
		names = append(names, h.name)
	}
	return names
}

// Place returns where the section at a place says that a header is set.
func (f *Forward) Place(at document.Path, header string) document.Path {
	if header == f.payload {
		return at.Key("payload")
	}
	return at.Key("claims").Key(header)
}

// Edits are made once for each token; payload is its claims in base64url. They
// are added and not replaced, because hygiene has removed every inbound copy. A
// header that has nothing to say is left out: empty would read as a value.
func (f *Forward) Edits(payload string, s *Set) guard.Edits {
	if f.payload == "" && len(f.claims) == 0 {
		return nil
	}
	edits := make(guard.Edits, 0, 1+len(f.claims))
	if f.payload != "" {
		edits.Add(f.payload, payload)
	}
	for _, h := range f.claims {
		if value := told(s, h.claim); value != "" {
			edits.Add(h.name, value)
		}
	}
	return edits
}

// told returns a claim as the value of a header: a text, a number or a truth
// value as it is, a list of texts with commas between them. An object is not
// told.
func told(s *Set, name string) string {
	if text, ok := s.Claim(name); ok {
		if stands(text) {
			return text
		}
		return string(escape(nil, text, false))
	}
	list, _ := s.Texts(name)
	var b []byte
	for i, text := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = escape(b, text, true)
	}
	return string(b)
}

// stands tells whether escape leaves a text as it is.
func stands(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '%' {
			return false
		}
	}
	return text == "" || text[0] != ' ' && text[len(text)-1] != ' '
}

// escape appends a text percent-encoded where a header could not carry it, or
// could be read in two ways: what is not visible ASCII, '%' itself, spaces at
// either end, and commas in a list. So a reader that decodes gets back what was
// there, and CR and LF never begin a header of their own.
func escape(b []byte, text string, inList bool) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		c := text[i]
		edge := i == 0 || i == len(text)-1
		if c > ' ' && c <= '~' && c != '%' && (c != ',' || !inList) || c == ' ' && !edge {
			b = append(b, c)
		} else {
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return b
}
