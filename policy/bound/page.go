package bound

import (
	"encoding/binary"
	"time"
)

// A page is the value of one key of shared data: marks, little endian, each a tag
// of a proof and the time from which the proof is too old anyway.
const (
	// Pages is the number of keys.
	Pages = 2048
	// Slots is the number of proofs that one page remembers.
	Slots = 512

	slotSize = 16
	pageSize = Slots * slotSize
)

// longest is the longest time that a proof can serve: no mark is further ahead.
const longest = int64(31 * time.Minute)

// outcome is what became of a mark. The zero value is a refusal.
type outcome uint8

const (
	full     outcome = iota // there is no room for it
	replayed                // it is there already
	marked
)

// soundPage tells whether a value can be a page.
func soundPage(page []byte) bool { return len(page) <= pageSize && len(page)%slotSize == 0 }

// mark appends the page with one more mark to dst, which is empty and has room
// for pageSize. Marks of proofs that are too old are left out.
//
// A page that is full refuses. Forgetting a mark would let that proof pass again,
// and one who has a token and sends many proofs could have any forgotten.
//
// A mark that is further ahead than any can be was made while the clock was
// wrong. It is cut, or it would take its place for ever.
func mark(dst, page []byte, tag, until, now uint64) ([]byte, outcome) {
	latest := now + uint64(longest)
	for ; len(page) >= slotSize; page = page[slotSize:] {
		other, ends := binary.LittleEndian.Uint64(page), binary.LittleEndian.Uint64(page[8:])
		if ends <= now {
			continue
		}
		if other == tag {
			return nil, replayed
		}
		dst = appendSlot(dst, other, min(ends, latest))
	}
	if len(dst) >= pageSize {
		return nil, full
	}
	return appendSlot(dst, tag, until), marked
}

func appendSlot(dst []byte, tag, until uint64) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, tag), until)
}
