package replay

import "encoding/binary"

// A page is the value of one key of shared data: marks, little endian, each a tag
// of what was used and the time from which it is too old anyway.
const (
	// Pages is the number of keys.
	Pages = 2048
	// Slots is the number of marks of one page.
	Slots = 512

	slotSize = 16
	pageSize = Slots * slotSize
)

// Outcome is what became of a mark. The zero value is a refusal.
type Outcome uint8

// The outcomes.
const (
	Full     Outcome = iota // there is no room for it, or shared data failed
	Replayed                // it is there already
	Marked
)

// soundPage tells whether a value can be a page.
func soundPage(page []byte) bool { return len(page) <= pageSize && len(page)%slotSize == 0 }

// times are when a mark is made: now, and latest, which no mark is further ahead
// than.
type times struct{ now, latest uint64 }

// mark appends the page with one more mark to dst, which is empty and has room
// for pageSize. Marks of what is too old are left out.
//
// A page that is full refuses. Forgetting a mark would let what it stands for pass
// again, and one who can make many marks could have any forgotten.
//
// A mark that is further ahead than any can be was made while the clock was
// wrong. It is cut, or it would take its place for ever.
func mark(dst, page []byte, tag, until uint64, t times) ([]byte, Outcome) {
	for ; len(page) >= slotSize; page = page[slotSize:] {
		other, ends := slot(page)
		if ends <= t.now {
			continue
		}
		if other == tag {
			return nil, Replayed
		}
		dst = appendSlot(dst, other, min(ends, t.latest))
	}
	if len(dst) >= pageSize {
		return nil, Full
	}
	return appendSlot(dst, tag, until), Marked
}

// unmark appends the page without one mark to dst. found is false for a page that
// does not have it.
func unmark(dst, page []byte, tag uint64) (out []byte, found bool) {
	for ; len(page) >= slotSize; page = page[slotSize:] {
		other, ends := slot(page)
		if other == tag {
			found = true
			continue
		}
		dst = appendSlot(dst, other, ends)
	}
	return dst, found
}

func slot(page []byte) (tag, until uint64) {
	return binary.LittleEndian.Uint64(page), binary.LittleEndian.Uint64(page[8:])
}

func appendSlot(dst []byte, tag, until uint64) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, tag), until)
}
