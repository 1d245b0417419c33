package limits

import (
	"encoding/binary"
	"math"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

const (
	hour = 3600 * second
	day  = 24 * hour
)

// quota is so many tokens in each hour, day or month of the calendar, by a
// clock that is a fixed time away from UTC.
type quota struct {
	traits
	length uint64 // of a period, in nanoseconds; 0: a month
	offset int64  // of the local clock, in nanoseconds
}

// longestMonth is w of a month. A client that reckons with it is never faster
// than the quota allows.
const longestMonth = 31 * day

func newQuota(d document.Quota, offset int64) *quota {
	id := binary.LittleEndian.AppendUint64(nil, uint64(d.Limit))
	id = binary.LittleEndian.AppendUint64(id, uint64(offset))
	q := &quota{offset: offset}
	longest := uint64(longestMonth)
	switch d.Per {
	case "hour":
		q.length, longest = hour, hour
	case "day":
		q.length, longest = day, day
	}
	q.traits = traits{
		id: append(id, d.Per...), capacity: d.Limit, called: "limit", window: longest / second,
		longest: longest + slack, layout: quotaLayout, reason: guard.QuotaExceeded,
	}
	return q
}

// end is when the period of a time is over. Of a time before 1970 it is the
// end of its first period, as everywhere in this package.
func (q *quota) end(now uint64) uint64 {
	local := int64(min(now, math.MaxInt64/2)) + q.offset
	if q.length != 0 {
		length := int64(q.length)
		return uint64(local - ((local%length)+length)%length + length - q.offset)
	}
	at := time.Unix(0, local).UTC()
	next := time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	return uint64(next.UnixNano() - q.offset)
}

// at reads a state, which says when its period ends. In a request that read
// the clock before others it may be the next period, and counts as that.
//
// Any other that ends later than the clock's comes from a clock that was set
// back, or is nothing that we wrote. Then what was taken in it is taken to be
// of the clock's period, and to be stored: nobody is kept out for longer than
// that period lasts.
func (q *quota) at(now uint64, s state) level {
	l := level{now: now, start: q.end(now)}
	switch {
	case s.until <= now:
	case s.until == l.start:
		l.missed = s.count
	case l.start-now <= slack && s.until == q.end(l.start):
		l.start, l.missed = s.until, s.count
	default:
		l.missed, l.capped = s.count, true
	}
	l.missed = min(l.missed, uint64(q.capacity))
	return l
}

func (q *quota) charge(now uint64, s state, tokens int64) (l level, taken bool) {
	l = q.at(now, s)
	if l.missed+uint64(tokens) > uint64(q.capacity) {
		return l, false
	}
	l.missed += uint64(tokens)
	return l, true
}

// refund gives tokens back to the period that they were taken in. In a later
// one, in which others are by now, they do not count.
func (q *quota) refund(now uint64, s state, taken level, tokens int64) (l level, ok bool) {
	if s.until <= now || s.until > taken.start {
		return l, false
	}
	missed := min(s.count, uint64(q.capacity))
	return level{now: now, start: s.until, missed: missed - min(missed, uint64(tokens))}, true
}

// state is never used from the end of its period.
func (q *quota) state(l level) state {
	if l.missed == 0 {
		return state{}
	}
	return state{until: l.start, count: l.missed}
}

func (q *quota) remaining(l level) int64 { return q.capacity - int64(l.missed) }

// wait is until the period ends.
func (q *quota) wait(l level, tokens int64) uint64 {
	if l.missed+uint64(tokens) <= uint64(q.capacity) {
		return 0
	}
	return l.start - l.now
}

func (q *quota) weight(_ uint64, s state) uint64 { return s.count }
