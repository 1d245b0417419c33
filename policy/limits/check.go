package limits

import (
	"errors"
	"math"
	"net/netip"

	"sallyport.dev/sallyport/policy/guard"
)

// mostIdle bounds the checks that a Store keeps: what thousands of requests at
// once have used is given back when they are over.
const mostIdle = 1024

// check is the memory of one Check. A Check can be suspended while the Store
// serves others, so what it still needs then stands here.
type check struct {
	*Store
	addr    netip.Addr  // not valid until somebody asks
	key     []byte      // what is hashed
	charges []charge    // what was taken
	asked   []asked     // what stores took
	told    string      // what a store says of RateLimit-Policy
	earlier guard.Limit // of the stop before
	telling telling
	follows bool   // it is kept until the stream ends
	next    *check // in the free list
}

// charge is what one limit takes for one request.
type charge struct {
	limit   *limit
	counter counter
	cost    *cost
	tokens  int64
	now     uint64
	latest  uint64 // no stored time of the limit can be above it
	key     string // of the page, in r.Scratch
	tag     uint64
	level   level // after charging
}

// at sets the clock.
func (ch *charge) at(now int64) {
	ch.now = uint64(max(now, 0))
	ch.latest = ch.now + ch.limit.longest
}

// begin returns memory for a Check.
func (st *Store) begin() *check {
	c := st.free
	if c == nil {
		return &check{Store: st}
	}
	st.free, c.next = c.next, nil
	st.idle--
	return c
}

// over ends the Check.
func (c *check) over() {
	if !c.follows {
		c.done()
	}
}

// done gives the memory back; nothing of the request stays in it.
func (c *check) done() {
	clear(c.charges)
	clear(c.asked)
	c.asked, c.told = c.asked[:0], ""
	c.addr, c.charges, c.key, c.follows = netip.Addr{}, c.charges[:0], c.key[:0], false
	c.earlier = guard.Limit{}
	if c.idle < mostIdle {
		c.next, c.free = c.free, c
		c.idle++
	}
}

// refund gives back what was charged, and returns the verdict. A store that
// fails at it is not one to count on. A place that could not be given back is
// tried again when the stream ends: else nobody had it until it is forgotten.
func (c *check) refund(r *guard.Request, v guard.Verdict) guard.Verdict {
	kept := c.charges[:0]
	for i := range c.charges {
		ch := &c.charges[i]
		ch.at(r.Now)
		if _, err := c.give(r.World, ch, ch.tokens); err != nil {
			v = guard.Deny(guard.LimitUnavailable)
			if ch.counter.base().held {
				kept = append(kept, *ch)
			}
		}
	}
	c.charges = kept
	return v
}

// follow keeps the check until the stream ends.
func (c *check) follow(r *guard.Request) {
	if !c.follows {
		c.follows = true
		r.Followers = append(r.Followers, c)
	}
}

// End implements guard.Follower: what is counted while a stream lasts is given
// back. The clock of the request's beginning is of no use any more, so no other
// counter of the page is touched.
func (c *check) End(r *guard.Request) (err error) {
	for i := range c.charges {
		if ch := &c.charges[i]; ch.counter.base().held {
			ch.now, ch.latest = 0, math.MaxUint64
			_, failed := c.give(r.World, ch, ch.tokens)
			err = errors.Join(err, failed)
		}
	}
	c.done()
	return err
}
