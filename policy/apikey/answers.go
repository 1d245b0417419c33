package apikey

import (
	"crypto/subtle"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/lookup"
)

// answers is what a worker knows of one directory, by the key's id.
type answers struct {
	*lookup.Memory[string, record]
}

// record is an answer: a client and its keys.
type record struct {
	keys []key
	at   int64 // Unix nanoseconds
	size int

	raw []byte // the key that was shown last and matched; nil: none yet
	key *key   // which it was
}

func newAnswers() *answers {
	return &answers{lookup.New[string](func(e *record) int { return e.size })}
}

// verified returns the key that a text is, when the very same text was found
// good by an answer that still serves. It allocates nothing.
func (a *answers) verified(d *directory, id string, raw []byte, now int64) *key {
	e := a.Get(id)
	if !e.within(d.fresh, now) || e.raw == nil || subtle.ConstantTimeCompare(e.raw, raw) != 1 {
		return nil
	}
	return e.key
}

// within tells whether the answer is younger than an age. A nil record is not.
func (e *record) within(age, now int64) bool { return e != nil && lookup.Within(e.at, age, now) }

// match returns the key that was shown, if its digest is one of the answer's.
func (e *record) match(digest [32]byte, raw []byte) (*key, guard.Verdict) {
	for i := range e.keys {
		if subtle.ConstantTimeCompare(e.keys[i].digest[:], digest[:]) == 1 {
			e.raw, e.key = append(e.raw[:0], raw...), &e.keys[i]
			return e.key, guard.Allow()
		}
	}
	return nil, guard.Deny(guard.KeyUnknown)
}
