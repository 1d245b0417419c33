package credential

import (
	"slices"
	"sort"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// Reader finds the credentials of a request in the places of one route. It is
// immutable.
type Reader struct {
	places  []Source
	inQuery bool // some place is a query parameter
}

// Shown is a credential of a request, as it stands there. It lives as long as
// the request's headers.
type Shown struct {
	Source Source
	value  string
}

// NewReader returns the reader of some places, each once.
func NewReader(sources []Source) *Reader {
	rd := &Reader{}
	for _, s := range sources {
		if !slices.Contains(rd.places, s) {
			rd.places = append(rd.places, s)
			rd.inQuery = rd.inQuery || s.Query != ""
		}
	}
	// A header that one identity reads with a scheme and another without is
	// tried with the scheme first, and counts once.
	sort.Stable(bySchemeLength(rd.places))
	return rd
}

// bySchemeLength orders places, the longest scheme first. sort.Stable is in the
// module already; slices.SortStableFunc would be there for this type alone.
type bySchemeLength []Source

func (s bySchemeLength) Len() int           { return len(s) }
func (s bySchemeLength) Less(i, j int) bool { return len(s[i].Scheme) > len(s[j].Scheme) }
func (s bySchemeLength) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

// Places returns the places in the order in which they are tried. The caller
// must not change it.
func (rd *Reader) Places() []Source { return rd.places }

// Read returns a credential of the request and how many there are. It allocates
// nothing.
func (rd *Reader) Read(r *guard.Request) (c Shown, count int) {
	for i := range r.Headers {
		count += rd.readHeader(&r.Headers[i], &c)
	}
	if !rd.inQuery || r.Query == "" {
		return c, count
	}
	for i := range rd.places {
		s := &rd.places[i]
		if s.Query == "" {
			continue
		}
		if value, n := readQuery(r.Query, s.Query); n > 0 {
			c, count = Shown{*s, value}, count+n
		}
	}
	return c, count
}

// readHeader counts a header field once, for the first place in it; a field of
// cookies once for each.
func (rd *Reader) readHeader(h *guard.Header, c *Shown) (count int) {
	for i := range rd.places {
		s := &rd.places[i]
		switch {
		case s.Cookie != "" && h.Name == cookieHeader:
			if value, n := readCookie(h.Value, s.Cookie); n > 0 {
				*c, count = Shown{*s, value}, count+n
			}
		case s.Header != "" && s.Header == h.Name:
			if value, n := s.read(h.Value); n > 0 {
				*c = Shown{*s, value}
				return count + n
			}
		}
	}
	return count
}

// Text returns the credential, decoded where it stands in the query. ok is false
// for what cannot be one: nothing, more than most bytes, or anything but visible
// ASCII.
func (c Shown) Text(r *guard.Request, most int) (text string, ok bool) {
	text = c.value
	if c.Source.Query != "" && strings.ContainsAny(text, "%+") {
		if len(text) > 3*most { // too long even if every character were escaped
			return "", false
		}
		b, ok := appendUnescaped(r.Scratch.Free(), text)
		if text = r.Scratch.Keep(b); !ok {
			return "", false
		}
	}
	return text, text != "" && len(text) <= most && IsVisible(text)
}
