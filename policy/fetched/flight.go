package fetched

import "sallyport.dev/sallyport/policy/guard"

// flight is one call, or several to one address after the other, and all who
// wait for its answer. The first of them that is told takes the answer for all.
type flight struct {
	print      print
	calls      []guard.Call
	place      int // of calls: the one that is made now
	left       int // calls behind it
	length     int64
	sent       int64 // when the present call was made
	generation int64 // of the document in shared data, when it began
	seen       int64 // Copy.seen when it began
	taken      int64 // state.taken, where it holds the lease
	done       bool
	err        error // when done
}

// begin begins a flight. It replaces one that must have ended: all who waited
// for that have left.
func (c *Copy) begin(now, taken int64) *flight {
	c.flight = &flight{
		print: c.print, calls: c.calls, place: c.place, left: len(c.calls) - 1, length: int64(c.source.Timeout) + slack,
		sent: now, generation: c.state.generation, seen: c.seen, taken: taken,
	}
	return c.flight
}

// open tells whether a flight can be joined. Its length leaves Run the time to
// find one that all others have left.
func (f *flight) open(now int64) bool {
	return f != nil && !f.done && during(f.sent, f.length, now)
}

// fetch waits for the end of a flight. It asks again as often as the flight has
// addresses: each round ends it, or goes to the next.
func (c *Copy) fetch(r *guard.Request, f *flight) error {
	for !f.done {
		place := f.place
		answer, err := r.World.Fetch(&f.calls[place])
		if err == guard.ErrGone || err == guard.ErrBusy {
			return err
		}
		if !f.done && f.place == place {
			c.settle(r, f, answer, err)
		}
	}
	return f.err
}

// settle ends a flight by an answer, or sends it on.
func (c *Copy) settle(r *guard.Request, f *flight, answer guard.Answer, err error) {
	if f.left > 0 && err == nil && isElsewhere(answer.Status) {
		f.place, f.left, f.sent = (f.place+1)%len(f.calls), f.left-1, r.Now
		return
	}
	f.done, f.err = true, ErrUnavailable // should Parse panic, others who wait do not try again
	if c.flight == f {
		c.flight = nil
	}
	if c.print != f.print {
		return // of an address of before
	}
	if err == nil {
		f.err = c.take(r, f, answer)
	} else {
		r.World.Count(c.source.events.failed)
	}
	if f.err != nil {
		c.fail(r, f)
	}
}

// isElsewhere tells whether a status says that an address has no such document:
// all of 4xx but for those that are about the moment.
func isElsewhere(status int) bool {
	return status >= 400 && status < 500 && status != 408 && status != 429
}

// release gives the lease back, if the flight holds it.
func (f *flight) release(s *state) bool {
	if f.taken == 0 || s.taken != f.taken {
		return false
	}
	s.taken = 0
	return true
}

// fail makes all workers wait before the server is asked again. Failures that
// several workers met at the same time count once, and not at all when another
// has succeeded since.
func (c *Copy) fail(r *guard.Request, f *flight) {
	c.change(r, func(s *state) bool {
		released := f.release(s)
		if s.generation != f.generation || s.at > f.sent && during(s.at, int64(c.source.Refresh), r.Now) {
			return released
		}
		if s.failures == 0 || s.failed < f.sent {
			s.failures++
		}
		s.failed, c.failed = r.Now, r.Now
		return true
	})
}
