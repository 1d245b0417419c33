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
	places  []place
	lengths lengths // of the names of their headers
	inQuery bool    // some place is a query parameter
}

// place is a Source that a Reader reads.
type place struct {
	Source
	field string // the name of its header; empty: it is in the query
	index int    // in Places
}

// Shown is a credential of a request, as it stands there. It lives as long as
// the request's headers.
type Shown struct {
	*place
	// Nth tells which of the Sources of who judges it that is.
	Nth   int
	value string
}

// NewReader returns the reader of some places, each once.
func NewReader(sources []Source) *Reader {
	var once []Source
	for _, s := range sources {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	// A header that one identity reads with a scheme and another without is
	// tried with the scheme first, and counts once.
	sort.Stable(bySchemeLength(once))
	rd := &Reader{}
	for i, s := range once {
		field := s.Header
		if s.Cookie != "" {
			field = cookieHeader
		}
		rd.places = append(rd.places, place{s, field, i})
		rd.lengths.add(field)
		rd.inQuery = rd.inQuery || s.Query != ""
	}
	return rd
}

// bySchemeLength orders places, the longest scheme first. sort.Stable is in the
// module already; slices.SortStableFunc would be there for this type alone.
type bySchemeLength []Source

func (s bySchemeLength) Len() int           { return len(s) }
func (s bySchemeLength) Less(i, j int) bool { return len(s[i].Scheme) > len(s[j].Scheme) }
func (s bySchemeLength) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

// Places returns the places in the order in which they are tried.
func (rd *Reader) Places() []Source {
	var list []Source
	for i := range rd.places {
		list = append(list, rd.places[i].Source)
	}
	return list
}

// Index is where the credential's place stands in Places.
func (c Shown) Index() int { return c.index }

// Read returns a credential of the request and how many there are: a header
// field counts once, for the first place in it, a field of cookies once for each.
// It allocates nothing.
func (rd *Reader) Read(r *guard.Request) (c Shown, count int) {
	for i := range r.Headers {
		h := &r.Headers[i]
		if !rd.lengths.has(h.Name) {
			continue
		}
		for j := range rd.places {
			p := &rd.places[j]
			if p.field != h.Name {
				continue
			}
			value, n := p.read(h.Value)
			if n == 0 {
				continue
			}
			c = Shown{place: p, value: value}
			count += n
			if p.Header != "" {
				break
			}
		}
	}
	if rd.inQuery && r.Query != "" {
		count += rd.readQuery(r.Query, &c)
	}
	return c, count
}

func (rd *Reader) readQuery(query string, c *Shown) (count int) {
	for i := range rd.places {
		p := &rd.places[i]
		if p.Query == "" {
			continue
		}
		if value, n := readQuery(query, p.Query); n > 0 {
			c.place, c.value = p, value
			count += n
		}
	}
	return count
}

// Text returns the credential, decoded where it stands in the query. ok is false
// for what cannot be one: nothing, more than most bytes, or anything but visible
// ASCII.
func (c Shown) Text(r *guard.Request, most int) (text string, ok bool) {
	text, ok = c.Plain()
	if !ok {
		text, ok = c.Unescaped(r, most)
	}
	return text, ok && text != "" && len(text) <= most && IsVisible(text)
}

// Plain returns the credential as it was sent; it may be of any length and have
// any characters. ok is false where it stands in the query.
func (c Shown) Plain() (text string, ok bool) { return c.value, c.Query == "" }

// Unescaped returns a credential that stands in the query. It may have any
// characters. ok is false for a broken escape, and for more than most bytes.
func (c Shown) Unescaped(r *guard.Request, most int) (text string, ok bool) {
	text = c.value
	if strings.ContainsAny(text, "%+") {
		if len(text) > 3*most { // too long even if every character were escaped
			return "", false
		}
		b, ok := appendUnescaped(r.Scratch.Free(), text)
		if text = r.Scratch.Keep(b); !ok {
			return "", false
		}
	}
	return text, len(text) <= most
}
