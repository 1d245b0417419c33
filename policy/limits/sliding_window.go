package limits

import (
	"encoding/binary"
	"math/bits"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// slidingWindow is the weighted two-window counter. Time is cut into windows
// that begin at multiples of the length since 1970. What was taken in the
// window before counts by the share of it that the last length of time still
// covers, rounded up:
//
//	estimate = this window's + ⌈the window before's x (length - elapsed) / length⌉
//
// The estimate never jumps down: it falls by no more than limit / length, as a
// bucket refills. So no more than limit + limit x time / length is admitted in
// any stretch of time, 2 x limit - 1 in any stretch that is shorter than the
// length, and limit from one multiple to the next. The estimate is exact where
// the window before was used evenly, and short by what it took late.
type slidingWindow struct {
	traits
	length uint64 // nanoseconds
}

func newWindow(d document.SlidingWindow) *slidingWindow {
	length := uint64(d.Window)
	id := binary.LittleEndian.AppendUint64(nil, uint64(d.Limit))
	return &slidingWindow{
		traits: traits{
			id: binary.LittleEndian.AppendUint64(id, length), capacity: d.Limit, called: "limit", window: length / second,
			longest: 2*length + slack, layout: windowLayout, reason: guard.RateLimited,
		},
		length: length,
	}
}

// at reads a state. Its window is that of the clock, or the one before, or, in
// a request that read the clock before others, the next. Then it is judged as
// at the beginning of that.
//
// Any other comes from a clock that was set back, or is nothing that we wrote.
// Then all that may count is taken to be of the clock's window, and to be
// stored: the estimate is not lowered, so that setting the clock back is no
// burst, and it ends with the window after this one.
func (w *slidingWindow) at(now uint64, s state) level {
	l := level{now: now, start: now - now%w.length}
	if s.until <= now {
		return l
	}
	before, taken := unpack(s.count, w.capacity)
	switch start := s.until - 2*w.length; {
	case start == l.start:
		l.before, l.missed = before, taken
	case start+w.length == l.start:
		l.before = taken
	case start == l.start+w.length && start-now <= slack:
		l.start, l.before, l.missed = start, before, taken
	default:
		l.missed, l.capped = min(before+taken, uint64(w.capacity)), true
	}
	return l
}

// unpack reads two counts of tokens, neither above the limit.
func unpack(count uint64, limit int64) (before, taken uint64) {
	return min(count>>32, uint64(limit)), min(count&0xffffffff, uint64(limit))
}

func (w *slidingWindow) charge(now uint64, s state, tokens int64) (l level, taken bool) {
	l = w.at(now, s)
	if w.estimate(l)+uint64(tokens) > uint64(w.capacity) {
		return l, false
	}
	l.missed += uint64(tokens)
	return l, true
}

// refund gives tokens back to the window that they were taken in. Others may
// be in the next one by now; where they are further, nothing counts any more.
func (w *slidingWindow) refund(now uint64, s state, taken level, tokens int64) (l level, ok bool) {
	if s.until <= now {
		return l, false
	}
	l = level{now: now, start: s.until - 2*w.length}
	l.before, l.missed = unpack(s.count, w.capacity)
	switch {
	case l.start == taken.start+w.length:
		l.before -= min(l.before, uint64(tokens))
	case l.start > taken.start:
		return l, false
	default: // its own, or that of a clock that was set back since
		l.missed -= min(l.missed, uint64(tokens))
	}
	return l, true
}

// state is never used from the end of the window after the last that counts.
func (w *slidingWindow) state(l level) state {
	switch {
	case l.missed > 0:
		return state{until: l.start + 2*w.length, count: l.before<<32 | l.missed}
	case l.before > 0:
		return state{until: l.start + w.length, count: l.before}
	}
	return state{}
}

// estimate is the tokens that count at a level.
func (w *slidingWindow) estimate(l level) uint64 {
	left := l.start + w.length - max(l.now, l.start)
	hi, lo := bits.Mul64(l.before, left)
	lo, carry := bits.Add64(lo, w.length-1, 0)
	weighted, _ := bits.Div64(hi+carry, lo, w.length)
	return l.missed + weighted
}

func (w *slidingWindow) remaining(l level) int64 {
	return w.capacity - int64(min(w.estimate(l), uint64(w.capacity)))
}

// wait is exact: a nanosecond earlier the estimate is one token higher.
func (w *slidingWindow) wait(l level, tokens int64) uint64 {
	room := uint64(w.capacity - tokens)
	if w.estimate(l) <= room {
		return 0
	}
	if room >= l.missed {
		return l.start + w.length - w.reach(room-l.missed, l.before) - l.now
	}
	return l.start + 2*w.length - w.reach(room, l.missed) - l.now
}

// reach is how long before its end a window's share of so many tokens is no
// more than room, which is less.
func (w *slidingWindow) reach(room, tokens uint64) uint64 {
	hi, lo := bits.Mul64(room, w.length)
	before, _ := bits.Div64(hi, lo, tokens)
	return before
}

// weight is the estimate. A window of another length, of a policy that is being
// replaced, weighs all that it holds.
func (w *slidingWindow) weight(now uint64, s state) uint64 { return w.estimate(w.at(now, s)) }
