package apikey

import (
	"crypto/sha256"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"sallyport.dev/sallyport/policy/guard"
)

const (
	// bcryptUnit is the cost of which the rate counts checks: 69 ms in the VM.
	bcryptUnit = 10
	// bcryptAhead is how many checks of that cost may be unpaid when one more is
	// begun. With one of the highest cost on top a worker is held up for no
	// longer than seven.
	bcryptAhead = 3
	// wrongMost bounds the texts that are remembered as no key.
	wrongMost = 1024
)

// checks is what a worker knows of the bcrypt keys of one identity. It is never
// used across a Fetch.
type checks struct {
	paid  int64 // Unix nanoseconds: the work done so far is paid for then
	right map[[sha256.Size]byte]*slowKey
	wrong *simplelru.LRU[[sha256.Size]byte, int] // how many candidates a text was checked against
}

func newChecks() *checks {
	wrong, err := simplelru.NewLRU[[sha256.Size]byte, int](wrongMost, nil)
	if err != nil {
		return nil // only for a size below one
	}
	return &checks{right: map[[sha256.Size]byte]*slowKey{}, wrong: wrong}
}

// find returns the bcrypt key that a text is. A text that was checked against
// all candidates is remembered, whatever came of it, and one that could not be
// goes on where it ended: every text costs each check once.
//
// The work is bounded because it is done on the event loop, where all requests
// of the worker wait for it.
func (c *checks) find(s *slowKeys, text string, raw []byte, now int64) (*key, guard.Verdict) {
	list := s.candidates(text)
	if len(list) == 0 {
		return nil, guard.Deny(guard.KeyMalformed)
	}
	digest := sha256.Sum256(raw)
	if k := c.right[digest]; k != nil {
		return &k.key, guard.Allow()
	}
	before, _ := c.wrong.Get(digest)
	done := before
	for ; done < len(list); done++ {
		if wait := c.spend(s.rate, list[done].bcrypt.cost, now); wait > 0 {
			if done > before { // what cost nothing pushes nothing out
				c.wrong.Add(digest, done)
			}
			v := guard.Deny(guard.KeyCheckBusy)
			v.RetryAfter = wait
			return nil, v
		}
		if list[done].bcrypt.matches(raw) {
			c.remember(digest, list[done], s.count)
			return &list[done].key, guard.Allow()
		}
	}
	c.wrong.Add(digest, done)
	return nil, guard.Deny(guard.KeyUnknown)
}

// remember keeps what was found. There are as many keys as digests, so it is
// never full; keys that have expired are remembered too, or their owners could
// use up the checks.
func (c *checks) remember(digest [sha256.Size]byte, k *slowKey, most int) {
	c.wrong.Remove(digest)
	if len(c.right) < most {
		c.right[digest] = k
	}
}

// spend takes the time for one check, or returns how long to wait for it.
func (c *checks) spend(rate int64, cost int, now int64) (wait time.Duration) {
	unit := int64(time.Second) / rate
	if c.paid < now || c.paid > now+bcryptAhead*unit+unit>>bcryptUnit<<costMost { // the latter: the clock was set back
		c.paid = now
	}
	if over := c.paid - now - bcryptAhead*unit; over > 0 {
		return time.Duration(over)
	}
	c.paid += unit >> bcryptUnit << cost
	return 0
}
