package lookup

import (
	"maps"
	"time"
)

const (
	// callsMost bounds what one worker asks about at the same time.
	callsMost = 256
	// failuresMost calls that fail one after another open the circuit for
	// circuitOpen. Then one call tries whether the service is back. Those about one
	// thing count once: a service that breaks at one record is not down.
	failuresMost = 5
	circuitOpen  = int64(5 * time.Second)
)

// circuit spares a service that fails, and bounds the calls to it.
type circuit[K comparable] struct {
	calls    map[K]underway
	failures int  // in a row
	failing  K    // what the last of them was about
	open     span // nobody is asked
}

// underway is a call that has no answer yet. It is one until it was answered or
// must have ended, also when all who waited for it have left: clients that ask and
// leave at once would else have any number of calls made, of whose failures nobody
// hears.
type underway struct {
	waiters int
	span
}

// answered ends a row of failures.
func (c *circuit[K]) answered() {
	var none K
	c.failures, c.failing = 0, none
}

func (c *circuit[K]) failed(k K, now int64) {
	if c.failures == 0 || k != c.failing {
		c.failing = k
		c.failures++
	}
	if c.failures >= failuresMost {
		c.open = span{now, now + circuitOpen}
	}
}

// MayAsk tells whether a call may be made, or joined.
func (c *circuit[K]) MayAsk(k K, now int64) bool {
	if c.calls[k].waiters > 0 {
		return true
	}
	most := callsMost
	if c.failures >= failuresMost {
		if c.open.holds(now) {
			return false
		}
		most = 1
	}
	if len(c.calls) >= most {
		c.sweep(now)
	}
	if _, abandoned := c.calls[k]; abandoned {
		return true // or whoever knows it could keep a client out
	}
	return len(c.calls) < most
}

// sweep forgets calls that nobody waits for and that must have ended.
func (c *circuit[K]) sweep(now int64) {
	maps.DeleteFunc(c.calls, func(_ K, u underway) bool { return u.waiters == 0 && !u.holds(now) })
}

// Begin takes note of a request that asks, or joins who asked. The call takes no
// longer than during.
func (c *circuit[K]) Begin(k K, now, during int64) {
	u := c.calls[k]
	if u.waiters == 0 && !u.holds(now) {
		u.span = span{now, now + during}
	}
	u.waiters++
	c.calls[k] = u
}

// End takes off a request that was told the answer.
func (c *circuit[K]) End(k K) {
	c.Abandon(k)
	c.Settle(k)
}

// Abandon takes off a request that has left.
func (c *circuit[K]) Abandon(k K) {
	u := c.calls[k]
	u.waiters--
	c.calls[k] = u
}

// Settle ends a call that was answered when all who waited for it had left.
func (c *circuit[K]) Settle(k K) {
	if c.calls[k].waiters <= 0 {
		delete(c.calls, k)
	}
}
