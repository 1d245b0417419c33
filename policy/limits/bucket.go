package limits

import (
	"encoding/binary"
	"math"
	"math/bits"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// bucket is one size of bucket: the generic cell rate algorithm (ITU-T I.371,
// annex A), whose whole state is the time at which the bucket is full again
// (TAT, theoretical arrival time).
//
// A token that comes back every 1/3 s has no exact length in nanoseconds, and
// rounding it at every charge adds up. So time is counted in units of which
// every token is worth a whole number, a little more than a nanosecond each at
// most: charging is exact, and only reading the clock rounds, which does not
// add up. A TAT is stored in nanoseconds, rounded up. Because a unit is no
// shorter than a nanosecond, the unit is found again exactly; and because the
// stored time means the same to every size, a page needs to know none.
type bucket struct {
	traits
	token    uint64 // units that one token is worth
	size     uint64 // units of all tokens: token * capacity
	num, den uint64 // units per nanosecond, at most 1 and more than 0.998
}

// newBucket makes a bucket of a sound size: see soundBucket. plan is nil for
// callers without a plan of the limit's.
func newBucket(d document.TokenBucket, plan *string) *bucket {
	num, den := fraction(d.RefillPerSecond)
	capacity := uint64(d.Capacity)
	token := den * second / num
	hi, lo := bits.Mul64(capacity, den)
	window, rest := bits.Div64(hi, lo, num)
	if rest > 0 {
		window++
	}
	b := &bucket{
		traits: traits{
			id: sizeID(d, plan), capacity: d.Capacity, called: "capacity", window: window,
			layout: bucketLayout, reason: guard.RateLimited,
		},
		token: token, size: token * capacity,
		num: token * num, den: den * second,
	}
	b.longest = b.nanos(b.size+slack) + 1 // the slack of at: another worker may have read the clock later
	return b
}

// sizeID is hashed with what `by` names, so that every plan and every size has
// buckets of its own. A bucket that two sizes shared would be read by both: a
// day that the slow one needs to refill keeps callers of the fast one out, and
// what the fast one forgives is a burst for the slow one, as often as wanted.
func sizeID(d document.TokenBucket, plan *string) []byte {
	id := binary.LittleEndian.AppendUint64(nil, uint64(d.Capacity))
	id = binary.LittleEndian.AppendUint64(id, math.Float64bits(d.RefillPerSecond))
	if plan != nil {
		id = append(append(id, byte(byPlan)), *plan...)
	}
	return id
}

// units returns a time in units, rounded down.
func (b *bucket) units(nanos uint64) uint64 {
	if b.num == b.den {
		return nanos
	}
	hi, lo := bits.Mul64(nanos, b.num)
	quotient, _ := bits.Div64(hi, lo, b.den)
	return quotient
}

// nanos returns a time of units in nanoseconds, rounded up, so that
// units(nanos(u)) is u.
func (b *bucket) nanos(units uint64) uint64 {
	if b.num == b.den {
		return units
	}
	hi, lo := bits.Mul64(units, b.den)
	lo, carry := bits.Add64(lo, b.num-1, 0)
	quotient, _ := bits.Div64(hi+carry, lo, b.num)
	return quotient
}

func (b *bucket) charge(now uint64, s state, tokens int64) (l level, taken bool) {
	l = b.at(now, s.until)
	if taken = b.take(&l, tokens); taken {
		l.before = uint64(tokens) * b.token
	}
	return l, taken
}

// refund gives back of a charge, whatever others did to the bucket since, but
// no more than cannot have refilled since then. The rest is in the bucket
// already, or somebody has taken it: to give it again would make requests in
// flight a store of tokens beside the bucket. A bucket without a slot is full,
// and gets nothing.
//
// Of all charges in flight, what is left to give is never more than what the
// bucket misses. A charge adds the same to both; time takes as much from each
// charge as from the bucket; and a refund takes no more from the bucket than
// from its charge.
func (b *bucket) refund(now uint64, s state, taken level, tokens int64) (l level, ok bool) {
	l = b.ahead(now, s.until)
	since := l.start - min(l.start, taken.start)
	units := min(uint64(tokens)*b.token, taken.before-min(taken.before, since), l.missed)
	l.missed -= units
	return l, units > 0
}

func (b *bucket) state(l level) state { return state{until: b.tat(l)} }

// weight is the time until the bucket is full.
func (b *bucket) weight(_ uint64, s state) uint64 { return s.until }

// at reads a stored TAT; 0 is a full bucket. One that is further ahead than an
// empty bucket's, by more than slack, comes from a clock that was set back, or
// is nothing that we wrote. Then the bucket is empty and refills from now: but
// only if that is stored, or it would be empty at each later time too.
func (b *bucket) at(now, tat uint64) level {
	l := b.ahead(now, tat)
	if l.missed > b.size+slack {
		l.missed, l.capped = b.size, true
	}
	return l
}

// ahead reads a stored TAT as it is.
func (b *bucket) ahead(now, tat uint64) level {
	l := level{now: now, start: b.units(now)}
	if t := b.units(tat); t > l.start {
		l.missed = t - l.start
	}
	return l
}

// take takes tokens out, if they are there.
func (b *bucket) take(l *level, tokens int64) bool {
	missed := l.missed + uint64(tokens)*b.token
	if missed > b.size {
		return false
	}
	l.missed = missed
	return true
}

// tat is the level as it is stored. It is above l.now unless the bucket is full.
func (b *bucket) tat(l level) uint64 { return b.nanos(l.start + l.missed) }

// remaining is the number of whole tokens in the bucket.
func (b *bucket) remaining(l level) int64 { return int64((b.size - min(l.missed, b.size)) / b.token) }

// wait is the time in nanoseconds until the bucket holds so many tokens; at
// most its capacity. 0 when it does now.
func (b *bucket) wait(l level, tokens int64) uint64 {
	missed := l.missed + uint64(tokens)*b.token
	if missed <= b.size {
		return 0
	}
	return b.nanos(l.start+missed-b.size) - l.now
}
