package fetched

import (
	"crypto/sha256"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

const (
	// lookPeriod is how often a worker looks whether another has a newer document.
	lookPeriod = int64(time.Second)
	// renewPeriod is how often a document is asked for out of turn.
	renewPeriod = int64(30 * time.Second)
	// backOffLeast is the pause after a failure; it doubles with each to
	// backOffMost, or to emptyBackOffMost while there is no document.
	backOffLeast     = int64(time.Second)
	backOffMost      = int64(time.Minute)
	emptyBackOffMost = int64(10 * time.Second)
	// turn is how much longer the worker waits that failed itself: long enough for
	// all others to have been asked whether they are due.
	turn = int64(1500 * time.Millisecond)
)

// Document is what a policy fetches: a Copy or a Discovered. It is the state of
// one instance and not safe for use by several goroutines at once.
type Document interface {
	guard.Task
	// Value returns the newest good value that this worker knows; nil: there is
	// none yet. It never waits. The same document is the same value.
	Value(r *guard.Request) any
	// Await is Value for a request that cannot do without. While there is none it
	// waits for the server; the value is not nil where the error is.
	Await(r *guard.Request) (any, error)
	// Renew asks for the document out of turn, because it lacks something. It
	// returns the newest value; an error says that nobody knows whether the value
	// still lacks it. It asks once in 30 seconds for all workers, of whom each that
	// needs it while one asks does so as well; in between it answers at once.
	Renew(r *guard.Request) (any, error)
}

// Copy is what one worker holds of a document.
type Copy struct {
	source Source
	key    string // of the document in shared data
	lease  string // of its state
	print  print
	calls  []guard.Call // one for each address where the document can stand
	place  int          // the address that answered last

	value   any
	sum     [sha256.Size]byte // of the document that is the value
	version int               // grows with each value
	at      int64             // when the server was asked that last gave the value
	held    int64             // the value's generation in shared data; 0: it is not from there
	seen    int64             // the generation that was looked at, whether or not it was of use
	looked  int64
	state   state // as last seen
	alone   bool  // the state could not be written
	failed  int64 // when this worker failed last
	asked   int64 // state.renewed, where this worker asked because of it
	flight  *flight
	buf     []byte
}

var _ Document = (*Copy)(nil)

// NewCopy returns a Copy of nothing yet. namespace keeps plugins of one proxy
// apart.
func NewCopy(s *Source, namespace string) *Copy {
	return newCopy(s, namespace, Address{s.Authority, s.Path})
}

// newCopy takes the addresses where the document can stand; the first that has
// it is asked again. With none it must be moved before it is used.
func newCopy(s *Source, namespace string, at ...Address) *Copy {
	key := "sallyport/" + namespace + "/fetched/" + s.Name
	c := &Copy{source: s.bounded(), key: key, lease: key + "/lease"}
	c.print = c.source.print(at)
	c.calls = c.source.calls(at, c.print)
	return c
}

// move changes where the document stands. What is held serves until it was
// fetched from there.
func (c *Copy) move(to Address) {
	p := c.source.print([]Address{to})
	if p == c.print && len(c.calls) > 0 {
		return
	}
	c.print, c.calls, c.place = p, c.source.calls([]Address{to}, p), 0
	c.at, c.held, c.seen, c.looked, c.failed, c.asked = 0, 0, 0, 0, 0, 0
	c.state, c.alone, c.flight = state{}, false, nil
}

// Value implements Document. It allocates nothing while the document does not
// change.
func (c *Copy) Value(r *guard.Request) any {
	if since := r.Now - c.looked; since < 0 || since >= lookPeriod {
		c.look(r)
	}
	return c.value
}

// look takes what another worker has fetched.
func (c *Copy) look(r *guard.Request) {
	c.looked = r.Now
	s, _, _ := c.read(r.World)
	c.notice(r.World, s)
}

// Await implements Document.
func (c *Copy) Await(r *guard.Request) (any, error) {
	if v := c.Value(r); v != nil {
		return v, nil
	}
	f := c.flight
	if !f.open(r.Now) {
		if c.look(r); c.value != nil {
			return c.value, nil
		}
		if c.backsOff(&c.state, r.Now) {
			return nil, ErrUnavailable
		}
		f = c.begin(r.Now, 0)
	}
	return c.after(c.fetch(r, f))
}

// after is what a request is told that has waited.
func (c *Copy) after(err error) (any, error) {
	switch {
	case c.value != nil && err != guard.ErrGone:
		return c.value, nil
	case err == nil: // the document stands elsewhere since
		return nil, ErrUnavailable
	}
	return nil, err
}

// Renew implements Document.
func (c *Copy) Renew(r *guard.Request) (any, error) {
	if c.value == nil {
		return c.Await(r)
	}
	version := c.version
	if f := c.flight; f.open(r.Now) {
		if err := c.fetch(r, f); err != nil || c.version != version {
			return c.value, err
		} // it may have begun before the server had what is missing
	}
	f := c.flight
	if !f.open(r.Now) {
		asks := c.change(r, func(s *state) bool { return c.renew(r, s, version) })
		switch {
		case c.version != version:
			return c.value, nil
		case !asks && c.state.failures > 0:
			return c.value, ErrUnavailable
		case !asks && !c.renewing(r.Now):
			return c.value, nil
		}
		c.asked = c.state.renewed
		f = c.begin(r.Now, 0)
	}
	err := c.fetch(r, f)
	return c.value, err
}

// renew takes the one time in 30 seconds, unless another worker has just brought
// something newer than what the caller has seen, or the server fails.
func (c *Copy) renew(r *guard.Request, s *state, version int) bool {
	if c.notice(r.World, *s); c.version != version || c.backsOff(s, r.Now) || during(s.renewed, renewPeriod, r.Now) {
		return false
	}
	s.renewed = r.Now
	return true
}

// renewing tells whether another worker asks out of turn just now, and this one
// has not. When that answer is there nobody here is told, and nothing waits but
// for a call of its own.
func (c *Copy) renewing(now int64) bool {
	s := &c.state
	return s.renewed != c.asked && s.at < s.renewed && during(s.renewed, c.leaseLength(), now)
}

// Due implements guard.Task: always. Run must look once a second anyway, and a
// time that is in the future could stay there when the clock is set back.
func (c *Copy) Due() int64 { return 0 }

// Run implements guard.Task. It takes what others have fetched, fetches what
// is due, and ends what was begun by requests that have left.
func (c *Copy) Run(r *guard.Request) {
	f := c.flight
	if !f.open(r.Now) {
		c.looked = r.Now
		if !c.change(r, func(s *state) bool { return c.lead(r, s) }) {
			return
		}
		f = c.begin(r.Now, r.Now)
	}
	if err := c.fetch(r, f); err != nil && !f.done { // it was not sent, or the instance has ended
		c.change(r, func(s *state) bool { return f.release(s) })
	}
}

// lead takes the lease if the document is due and no other worker asks.
func (c *Copy) lead(r *guard.Request, s *state) bool {
	if c.notice(r.World, *s); !c.due(s, r.Now) || during(s.taken, c.leaseLength(), r.Now) {
		return false
	}
	s.taken = r.Now
	return true
}

// due tells whether the document should be asked for.
func (c *Copy) due(s *state, now int64) bool {
	if c.backsOff(s, now) {
		return false
	}
	refresh := int64(c.source.Refresh)
	return c.value == nil || !during(c.at, refresh-spread(c.at, refresh/8), now)
}

// backsOff tells whether the server is left alone after a failure.
func (c *Copy) backsOff(s *state, now int64) bool {
	if s.failures == 0 {
		return false
	}
	most := min(int64(c.source.Refresh), backOffMost)
	if c.value == nil {
		most = min(most, emptyBackOffMost)
	}
	pause := min(most, backOffLeast<<min(s.failures-1, 16))
	pause += spread(s.failed, pause/4)
	if s.failed == c.failed {
		pause += turn
	}
	return during(s.failed, pause, now)
}

// leaseLength is how long a worker may ask that took the lease.
func (c *Copy) leaseLength() int64 {
	return int64(c.source.Timeout)*int64(max(1, len(c.calls))) + slack
}
