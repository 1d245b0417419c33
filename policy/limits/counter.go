package limits

import "sallyport.dev/sallyport/policy/guard"

const second = 1_000_000_000 // nanoseconds

// maxWindow is the longest time, in seconds, that a counter may take until it
// is as if it were never used.
const maxWindow = 366 * 24 * 3600

// slack is how far, in nanoseconds, what is stored may be ahead of what a clock
// can have written before a clock that was set back is the explanation. A worker
// reads the clock once for a request, and other workers go on charging by later
// clocks until it reads the page: what it finds is then no error, and to cut it
// would give away the tokens of that time.
const slack = second

// counter is an algorithm of one size. It is read only; what it counts is
// passed in and out by value, so that a request allocates nothing.
type counter interface {
	// charge reads a state and takes tokens, if they are there.
	charge(now uint64, s state, tokens int64) (l level, taken bool)
	// refund reads a state and gives tokens back that were taken at a level.
	// It is not ok where there is nothing to give them to.
	refund(now uint64, s state, taken level, tokens int64) (l level, ok bool)
	// state is a level as it is stored.
	state(l level) state
	// remaining is the number of whole tokens that are left.
	remaining(l level) int64
	// wait is the time in nanoseconds until so many tokens are there, which are
	// no more than the capacity; 0 when they are now.
	wait(l level, tokens int64) uint64
	// weight orders the counters of a full page: the lightest makes room.
	weight(now uint64, s state) uint64
	base() *traits
}

// traits are what the counters of all algorithms have.
type traits struct {
	id       []byte // what tells counters of this size from others of the limit
	capacity int64  // tokens, at most
	called   string // the capacity, in the document
	window   uint64 // w of RateLimit-Policy, in seconds
	longest  uint64 // nanoseconds that a state is ahead of the clock, at most
	unit     string // qu of RateLimit-Policy; empty: requests, within the window
	held     bool   // counted until the stream ends
	layout   layout
	reason   guard.Reason
}

func (t *traits) base() *traits { return t }

// told tells whether only the store knows how large the counter is.
func (t *traits) told() bool { return t.window == 0 && t.unit == "" }

// state is what a page remembers of a counter: it is as if never used from the
// time until, in nanoseconds. The zero state is one that was never used.
type state struct{ until, count uint64 }

// level is a state as it is at one time.
type level struct {
	now    uint64 // nanoseconds
	start  uint64 // the bucket: now in units; the window, the generation: its beginning; the quota: the end of its period
	missed uint64 // the bucket: units that are missing from a full one, no more than its size and slack; else tokens taken
	before uint64 // the window, the generation: tokens taken in the one before; the bucket: units that this charge took
	capped bool   // what was stored is from a clock that was set back: what it is now must be stored

	generation uint64 // its number
}
