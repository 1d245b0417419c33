package revocation

import (
	"errors"
	"hash/maphash"
)

// The bounds of a list, in bytes.
const (
	MaxSize = 8 << 20
	maxID   = 256 // of an identifier
)

// ErrList is why a list is refused. It says nothing of what stands in it.
var ErrList = errors.New("revocation: this is no list of revoked tokens")

// List is which tokens are revoked. It is immutable. The zero value revokes all.
//
// The identifiers stand one behind the other in one text, so that the collector
// has nothing to follow in a list of ten thousands.
type List struct {
	text  string
	ends  []uint32 // of each identifier in text
	table []uint32 // open addressing: index in ends, plus one; its length is a power of two
	seed  maphash.Seed

	filter *filter // nil: the list is exact
	known  bool
}

// New returns the list of identifiers. One that is empty, or has more than 256
// bytes, is ErrList.
func New(ids ...string) (*List, error) {
	var b builder
	for _, id := range ids {
		if !b.add([]byte(id)) {
			return nil, ErrList
		}
	}
	return b.list(), nil
}

// builder collects identifiers.
type builder struct {
	text []byte
	ends []uint32
}

func (b *builder) add(id []byte) bool {
	if len(id) == 0 || len(id) > maxID || len(b.text)+len(id) > MaxSize {
		return false
	}
	b.text = append(b.text, id...)
	b.ends = append(b.ends, uint32(len(b.text)))
	return true
}

// list returns what was added. Its hash is keyed, so that identifiers cannot be
// chosen to meet in it.
func (b *builder) list() *List {
	size := 1
	for size < 2*len(b.ends) {
		size *= 2
	}
	l := &List{text: string(b.text), ends: b.ends, table: make([]uint32, size), seed: maphash.MakeSeed(), known: true}
	for i := range l.ends {
		if at, found := l.find(l.id(i)); !found {
			l.table[at] = uint32(i) + 1
		}
	}
	return l
}

func (l *List) id(i int) string {
	start := uint32(0)
	if i > 0 {
		start = l.ends[i-1]
	}
	return l.text[start:l.ends[i]]
}

// find returns the place of an identifier in the table: its own, or the one
// that is free for it. Half of the table is.
func (l *List) find(id string) (at uint64, found bool) {
	mask := uint64(len(l.table) - 1)
	for at = maphash.String(l.seed, id) & mask; ; at = (at + 1) & mask {
		switch i := l.table[at]; {
		case i == 0:
			return at, false
		case l.id(int(i-1)) == id:
			return at, true
		}
	}
}

// Revoked tells whether a token must be refused, by its identifier. A filter
// refuses some that are good: see the package.
func (l *List) Revoked(jti string) bool {
	switch {
	case l == nil || !l.known:
		return true
	case l.filter != nil:
		return l.filter.has(jti)
	}
	_, found := l.find(jti)
	return found
}

// Len is how many identifiers an exact list has, counting one that stands twice
// as two; -1 for a filter.
func (l *List) Len() int {
	if l.filter != nil {
		return -1
	}
	return len(l.ends)
}
