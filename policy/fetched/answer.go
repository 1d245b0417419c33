package fetched

import (
	"bytes"
	"crypto/sha256"

	"sallyport.dev/sallyport/policy/guard"
)

// take takes an answer: what is not a sound document changes nothing.
func (c *Copy) take(r *guard.Request, f *flight, answer guard.Answer) error {
	if answer.Status != 200 || len(answer.Body) > c.source.MaxBody {
		r.World.Count(c.source.events.failed)
		return ErrUnavailable
	}
	old := c.stored(r.World, answer.Body)
	var body []byte
	if !old.same || c.value == nil || c.held != old.generation { // else nothing is new but the time
		body = bytes.Clone(answer.Body)
		v := c.parse(body)
		if v == nil {
			r.World.Count(c.source.events.malformed)
			return ErrUnavailable
		}
		if c.seen != f.seen {
			c.change(r, func(s *state) bool { return f.release(s) })
			return nil // another worker asked later and was faster
		}
		if c.set(v, body) {
			c.warn(r.World)
		}
		c.held = 0
	}
	r.World.Count(c.source.events.taken)
	c.at, c.place = f.sent, f.place
	c.publish(r, f, old, body)
	return nil
}

// set takes a document. One that is the same as before stays the same value, and
// is not fresh.
func (c *Copy) set(v any, body []byte) (fresh bool) {
	sum := sha256.Sum256(body)
	if c.value != nil && sum == c.sum {
		return false
	}
	c.value, c.sum = v, sum
	c.version++
	return true
}

// The bounds of what is said of one document: a server that is not ours writes it.
const (
	maxFlaws = 8
	maxFlaw  = 256
)

// warn says what was left out of the document.
func (c *Copy) warn(w guard.World) {
	if c.source.Flaws == nil {
		return
	}
	for i, err := range c.source.Flaws(c.value) {
		if i == maxFlaws {
			w.Warn(c.source.Name + ": and more")
			return
		}
		text := err.Error()
		w.Warn(c.source.Name + ": left out: " + text[:min(len(text), maxFlaw)])
	}
}

// parse returns nil for a document that is refused.
func (c *Copy) parse(body []byte) any {
	v, err := c.source.Parse(body)
	if err != nil {
		return nil
	}
	return v
}
