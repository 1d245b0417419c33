package limits

import "encoding/binary"

// A page is the value of one key of shared data: slots of 16 bytes, little
// endian, each a tag and a TAT in nanoseconds. A full bucket has no slot,
// because a full bucket and one that was never used are the same. So a page is
// never longer than its non-full buckets need, and a slot is free again
// without any error as soon as its bucket is full.
const (
	// Pages is the number of keys of each limit.
	Pages = 1024
	// Slots is the number of non-full buckets that one page remembers.
	Slots    = 512
	slotSize = 16
	pageSize = Slots * slotSize
)

// soundPage tells whether a value can be a page.
func soundPage(page []byte) bool { return len(page) <= pageSize && len(page)%slotSize == 0 }

// find returns the TAT of a tag, 0 where it has no slot.
func find(page []byte, tag uint64) (tat uint64) {
	for ; len(page) >= slotSize; page = page[slotSize:] {
		if binary.LittleEndian.Uint64(page) == tag {
			return binary.LittleEndian.Uint64(page[8:])
		}
	}
	return 0
}

// edit is one change of a page.
type edit struct {
	tag, tat uint64
	now      uint64 // slots whose TAT is not above it are full
	latest   uint64 // no TAT of this limit can be above it
}

// rewrite appends the page after the edit to dst, which is empty and has room
// for pageSize. The edited slot comes first, where find meets it first: a page
// is searched most for those who call most.
//
// Where all slots are taken by other non-full buckets, the one that is closest
// to full makes room. That errs in favour of that one client, by what it had
// taken and not yet got back, which is the least of all in the page; the
// heaviest is the last that could be forgotten. The edited slot itself always
// stays: else whoever is lightest would never be counted.
func rewrite(dst, page []byte, e edit) []byte {
	if e.tat > e.now {
		dst = appendSlot(dst, e.tag, e.tat)
	}
	for ; len(page) >= slotSize; page = page[slotSize:] {
		tag, tat := binary.LittleEndian.Uint64(page), binary.LittleEndian.Uint64(page[8:])
		if tat <= e.now || tag == e.tag {
			continue
		}
		tat = min(tat, e.latest) // a clock set back, or a value that we never wrote
		if len(dst) < pageSize {
			dst = appendSlot(dst, tag, tat)
		} else {
			displace(dst, tag, tat) // at most once: a sound page has no more than Slots
		}
	}
	return dst
}

// displace puts a slot in the place of the one that is closest to full, unless
// it is closer itself. The first slot, the edited one, stays.
func displace(page []byte, tag, tat uint64) {
	var place []byte
	least := tat
	for rest := page[slotSize:]; len(rest) >= slotSize; rest = rest[slotSize:] {
		if t := binary.LittleEndian.Uint64(rest[8:]); t < least {
			least, place = t, rest
		}
	}
	if place != nil {
		binary.LittleEndian.PutUint64(place, tag)
		binary.LittleEndian.PutUint64(place[8:], tat)
	}
}

func appendSlot(dst []byte, tag, tat uint64) []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, tag), tat)
}
