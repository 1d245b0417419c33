package limits

import (
	"encoding/binary"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// concurrency counts requests in flight, by generation: time is cut into
// generations that begin at multiples of the longest duration since 1970. A
// request adds to the current one and, when its stream ends, takes away from
// the one that it added to. Only the current generation and the one before
// count, with their whole weight:
//
//	in flight = this generation's + the one before's
//
// So what was never released, because a VM died, is forgotten after twice the
// duration at most, and no stream that lasts no longer than it is forgotten.
//
// A release finds its generation by number. The numbers go on from each other
// as long as anything counts, whatever the clock does: a clock that is set back
// gives the current generation another beginning, and no other number. With
// the clock's own number a release could meet another generation of that time.
type concurrency struct {
	traits
	length uint64 // nanoseconds
}

// What a slot's count holds: the generation's number, and what is in flight of
// the one before and of this one.
const (
	inFlightBits   = 20
	inFlightMask   = 1<<inFlightBits - 1
	generationMask = 1<<(64-2*inFlightBits) - 1
)

// maxConcurrency is the largest limit.
const maxConcurrency = 1_000_000

func newConcurrency(d document.Concurrency) *concurrency {
	length := uint64(d.MaxDuration)
	id := binary.LittleEndian.AppendUint64(nil, uint64(d.Limit))
	return &concurrency{
		traits: traits{
			id: binary.LittleEndian.AppendUint64(id, length), capacity: d.Limit, called: "limit", unit: "concurrent-requests",
			longest: 2*length + slack, layout: concurrencyLayout, reason: guard.ConcurrencyExceeded, held: true,
		},
		length: length,
	}
}

// at reads a state. Its generation is that of the clock, or an earlier one, or,
// in a request that read the clock before others, the next. Any other comes
// from a clock that was set back, or is nothing that we wrote. Then it begins
// with the clock's, which is stored, or its end would never come closer.
func (n *concurrency) at(now uint64, s state) level {
	l := level{now: now, start: now - now%n.length}
	if s.until <= now {
		l.generation = l.start / n.length & generationMask
		return l
	}
	l.generation, l.before, l.missed = n.unpack(s.count)
	switch start := s.until - 2*n.length; {
	case start == l.start:
	case start < l.start: // by one: else it were over
		l.generation, l.before, l.missed = (l.generation+1)&generationMask, l.missed, 0
	case start-now <= slack:
		l.start = start
	default:
		l.capped = true
	}
	return l
}

func (n *concurrency) unpack(count uint64) (generation, before, taken uint64) {
	most := uint64(n.capacity)
	return count >> (2 * inFlightBits), min(count>>inFlightBits&inFlightMask, most), min(count&inFlightMask, most)
}

func pack(generation, before, taken uint64) uint64 {
	return generation&generationMask<<(2*inFlightBits) | before<<inFlightBits | taken
}

func (n *concurrency) charge(now uint64, s state, tokens int64) (l level, taken bool) {
	l = n.at(now, s)
	if l.before+l.missed+uint64(tokens) > uint64(n.capacity) {
		return l, false
	}
	l.missed += uint64(tokens)
	return l, true
}

// refund takes away from the generation that was added to, as long as that
// counts. It does not read the clock.
func (n *concurrency) refund(_ uint64, s state, taken level, tokens int64) (l level, ok bool) {
	l = level{start: s.until - 2*n.length}
	l.generation, l.before, l.missed = n.unpack(s.count)
	switch (l.generation - taken.generation) & generationMask {
	case 0:
		l.missed -= min(l.missed, uint64(tokens))
	case 1:
		l.before -= min(l.before, uint64(tokens))
	default:
		return l, false
	}
	return l, s.until != 0
}

// state is never used from the end of the generation after the last that counts.
func (n *concurrency) state(l level) state {
	switch {
	case l.missed > 0:
		return state{until: l.start + 2*n.length, count: pack(l.generation, l.before, l.missed)}
	case l.before > 0:
		return state{until: l.start + n.length, count: pack(l.generation-1, 0, l.before)}
	}
	return state{}
}

func (n *concurrency) remaining(l level) int64 {
	return n.capacity - int64(min(l.before+l.missed, uint64(n.capacity)))
}

// wait is a guess: nobody knows when a stream ends.
func (n *concurrency) wait(l level, tokens int64) uint64 {
	if tokens <= n.remaining(l) {
		return 0
	}
	return second
}

func (n *concurrency) weight(now uint64, s state) uint64 {
	l := n.at(now, s)
	return l.before + l.missed
}
