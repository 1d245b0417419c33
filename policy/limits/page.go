package limits

import "encoding/binary"

// A page is the value of one key of shared data: slots, little endian, each a
// tag and a state. A counter that is as if never used has no slot. So a page is
// never longer than the counters in use need, and a slot is free again without
// any error as soon as its counter is.
const (
	// Pages is the number of keys of each limit.
	Pages = 1024
	// Slots is the number of counters in use that one page remembers.
	Slots = 512
)

// layout is how an algorithm's state stands in a page. Each has keys of its
// own, so that a limit that gets another algorithm, and two versions of the
// module in one proxy, during an update, never read, and never overwrite, what
// the other means.
type layout struct {
	name string // in the key
	slot int    // bytes of one slot
}

// A bucket's slot is a tag and a TAT in nanoseconds. That of any other is a tag, the time from which it is as if never used, and what was counted.
var (
	bucketLayout = layout{name: "1", slot: 16}
	windowLayout = layout{name: "window-1", slot: 24}
	quotaLayout  = layout{name: "quota-1", slot: 24}

	concurrencyLayout = layout{name: "concurrency-1", slot: 24}
)

// maxPage is the room that rewrite needs: the longest page of all layouts and
// the slot that makes it too long.
const maxPage = (Slots + 1) * 24

func (y layout) pageSize() int { return Slots * y.slot }

// sound tells whether a value can be a page.
func (y layout) sound(page []byte) bool { return len(page) <= y.pageSize() && len(page)%y.slot == 0 }

// find returns the state of a tag, the zero state where it has no slot.
func (y layout) find(page []byte, tag uint64) state {
	for slot := y.slot; len(page) >= slot; page = page[slot:] {
		if binary.LittleEndian.Uint64(page) == tag {
			return y.read(page)
		}
	}
	return state{}
}

// read returns the state of the first slot.
func (y layout) read(page []byte) state {
	return state{binary.LittleEndian.Uint64(page[8:]), y.count(page)}
}

// count returns the count of the first slot; 0 where the layout has none.
func (y layout) count(page []byte) uint64 {
	if y.slot == 16 {
		return 0
	}
	return binary.LittleEndian.Uint64(page[16:])
}

func (y layout) append(dst []byte, tag uint64, s state) []byte {
	dst = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, tag), s.until)
	if y.slot > 16 {
		dst = binary.LittleEndian.AppendUint64(dst, s.count)
	}
	return dst
}

// edit is one change of a page.
type edit struct {
	counter counter
	tag     uint64
	state   state
	now     uint64 // slots whose time is not above it are free
	latest  uint64 // no time of this limit can be above it
}

// rewrite appends the page after the edit to dst, which is empty and has room
// for maxPage. The edited slot comes first, where find meets it first: a page
// is searched most for those who call most.
//
// Where all slots are taken by other counters in use, the lightest makes room:
// the bucket that is closest to full, the window or quota with the least. That
// errs in favour of that one client, by what it had taken and not yet got back,
// which is the least of all in the page; the heaviest is the last that could be
// forgotten. The edited slot itself always stays: else whoever is lightest
// would never be counted.
func rewrite(dst, page []byte, e edit) []byte {
	y := e.counter.base().layout
	if e.state.until > e.now {
		dst = y.append(dst, e.tag, e.state)
	}
	slot, copied := y.slot, 0
	for at := 0; at < len(page); at += slot {
		tag, until := binary.LittleEndian.Uint64(page[at:]), binary.LittleEndian.Uint64(page[at+8:])
		if until > e.now && until <= e.latest && tag != e.tag {
			continue // stays as it is: copied with its neighbours
		}
		dst = append(dst, page[copied:at]...)
		copied = at + slot
		if until > e.latest && tag != e.tag { // a clock set back, or a value that we never wrote
			dst = y.append(dst, tag, state{e.latest, y.count(page[at:])})
		}
	}
	dst = append(dst, page[copied:]...)
	if full := y.pageSize(); len(dst) > full { // by one slot: a sound page has no more than Slots
		last := dst[full:]
		dst = dst[:full]
		displace(dst, e, binary.LittleEndian.Uint64(last), y.read(last))
	}
	return dst
}

// displace puts a slot in the place of the lightest, unless it is lighter
// itself. The first slot, the edited one, stays.
func displace(page []byte, e edit, tag uint64, s state) {
	y := e.counter.base().layout
	var place []byte
	least := e.counter.weight(e.now, s)
	for rest := page[y.slot:]; len(rest) >= y.slot; rest = rest[y.slot:] {
		if w := e.counter.weight(e.now, y.read(rest)); w < least {
			least, place = w, rest
		}
	}
	if place != nil {
		y.append(place[:0], tag, s)
	}
}
