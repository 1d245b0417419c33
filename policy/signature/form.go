package signature

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
	"strings"
)

// maxFields bounds the fields of a form.
const maxFields = 1000

// Form reads forms, with memory that is used again. What it returns is valid until
// it reads the next one.
type Form struct {
	text   []byte // names and values, decoded
	fields []field
}

type field struct{ name, value []byte }

// Read reads a form (application/x-www-form-urlencoded) and sorts its fields.
// False where it is none, or too long.
func (f *Form) Read(body []byte) bool {
	f.text, f.fields = slices.Grow(f.text[:0], len(body)), f.fields[:0] // decoded it is no longer
	for len(body) > 0 {
		var pair []byte
		pair, body, _ = bytes.Cut(body, []byte{'&'})
		if len(pair) == 0 {
			continue
		}
		name, value, _ := bytes.Cut(pair, []byte{'='})
		n, ok := f.decode(name)
		v, fine := f.decode(value)
		if !ok || !fine || len(f.fields) == maxFields {
			return false
		}
		f.fields = append(f.fields, field{n, v})
	}
	sort.Sort((*byName)(&f.fields))
	return true
}

// byName orders fields by name, then by value. Its methods have a pointer so that
// sort.Sort, which is in the module already, allocates nothing.
type byName []field

func (b *byName) Len() int      { return len(*b) }
func (b *byName) Swap(i, j int) { (*b)[i], (*b)[j] = (*b)[j], (*b)[i] }

func (b *byName) Less(i, j int) bool {
	x, y := &(*b)[i], &(*b)[j]
	return cmp.Or(bytes.Compare(x.name, y.name), bytes.Compare(x.value, y.value)) < 0
}

func (f *Form) decode(text []byte) (out []byte, ok bool) {
	start := len(f.text)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '+':
			f.text = append(f.text, ' ')
		case ';': // some decoders end a field here
			return nil, false
		case '%':
			if i+2 >= len(text) {
				return nil, false
			}
			high, low := nibble(text[i+1]), nibble(text[i+2])
			if high|low > 15 {
				return nil, false
			}
			f.text = append(f.text, high<<4|low)
			i += 2
		default:
			f.text = append(f.text, c)
		}
	}
	return f.text[start:len(f.text):len(f.text)], true
}

// nibble is the value of a hexadecimal digit; more than 15 for what is none.
func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}

// Append appends names and values as Twilio signs them: sorted, without anything
// between them. A field that is there twice with one value counts once: so do
// Twilio's libraries for Python and Node. Its library for Go takes the first value
// of each name only, and would let anybody add others.
func (f *Form) Append(dst []byte) []byte {
	for i := range f.fields {
		if at := &f.fields[i]; i == 0 || !bytes.Equal(at.name, f.fields[i-1].name) || !bytes.Equal(at.value, f.fields[i-1].value) {
			dst = append(append(dst, at.name...), at.value...)
		}
	}
	return dst
}

// Addresses appends, one to each, the two forms of an address that Twilio may have
// signed: without a port, and with one. Its own libraries try both, since its
// servers are not consistent.
func Addresses(without, with []byte, url string) (bare, ported []byte) {
	before, port, after := cutPort(url)
	if port == "" {
		port = defaultPort(url)
	}
	bare = append(append(without, before...), after...)
	return bare, append(append(append(with, before...), port...), after...)
}

// IsForm tells whether a content-type is that of a form.
func IsForm(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded")
}
