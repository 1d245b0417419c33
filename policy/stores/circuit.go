package stores

import (
	"errors"

	"sallyport.dev/sallyport/policy/guard"
)

// circuit leaves a store alone that fails. It is open from the last of so many
// failures in a row until one request, the probe, succeeded.
//
// Requests are judged while others wait, so what comes back may be older than
// the state that it meets. Once it is open, only the probe's result counts.
type circuit struct {
	failures int64
	open     bool
	until    int64 // when it is open: the probe is due
}

// enter tells whether a request may ask, and whether it is the probe. The next
// probe is due when this one must be over: should its result never come, the
// store is asked again all the same.
func (c *circuit) enter(now int64, s *Store) (asks, probe bool) {
	if !c.open {
		return true, false
	}
	longest := int64(max(s.open, s.timeout))
	if now < c.until && c.until-now <= longest { // further away: the clock was set back
		return false, false
	}
	c.until = now + longest
	return true, true
}

// learn takes what became of a request, and tells whether the circuit opened by
// it. A store that has no rule for one request, or a clock that is not this
// worker's, has answered: clients choose the values that no rule matches, and
// must not choose that nobody is counted. A worker that has too many who wait
// has asked nothing.
func (c *circuit) learn(now int64, probe bool, err error, s *Store) (opened bool) {
	switch {
	case errors.Is(err, guard.ErrGone), errors.Is(err, guard.ErrBusy):
		c.gone(now, probe)
	case err == nil, errors.Is(err, errNoRule), errors.Is(err, errUnlike):
		c.succeed(probe)
	default:
		return c.fail(now, probe, s)
	}
	return false
}

func (c *circuit) succeed(probe bool) {
	if probe || !c.open {
		*c = circuit{}
	}
}

// fail tells whether the circuit opened by it.
func (c *circuit) fail(now int64, probe bool, s *Store) (opened bool) {
	switch {
	case probe:
		c.until = now + int64(s.open)
	case !c.open:
		if c.failures++; c.failures >= s.failures {
			*c = circuit{open: true, until: now + int64(s.open)}
			return true
		}
	}
	return false
}

// gone forgets a request that had no answer, because its client left or it was
// not sent: the next one is the probe.
func (c *circuit) gone(now int64, probe bool) {
	if probe {
		c.until = now
	}
}
