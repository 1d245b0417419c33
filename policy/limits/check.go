package limits

import (
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
	addr    netip.Addr // not valid until somebody asks
	key     []byte     // what is hashed
	charges []charge   // what was taken
	next    *check     // in the free list
}

// charge is what one limit takes for one request.
type charge struct {
	limit   *limit
	counter counter
	tokens  int64
	now     uint64
	key     string // of the page, in r.Scratch
	tag     uint64
	level   level // after charging
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

// done gives the memory back; nothing of the request stays in it.
func (c *check) done() {
	clear(c.charges)
	c.addr, c.charges, c.key = netip.Addr{}, c.charges[:0], c.key[:0]
	if c.idle < mostIdle {
		c.next, c.free = c.free, c
		c.idle++
	}
}

// refund gives back what was charged, and returns the verdict. A store that
// fails at it is not one to count on.
func (c *check) refund(sd guard.SharedData, v guard.Verdict) guard.Verdict {
	for i := range c.charges {
		if err := c.give(sd, &c.charges[i]); err != nil {
			v = guard.Deny(guard.LimitUnavailable)
		}
	}
	c.charges = c.charges[:0]
	return v
}
