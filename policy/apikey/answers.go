package apikey

import (
	"crypto/subtle"
	"maps"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"sallyport.dev/sallyport/policy/guard"
)

const (
	// answersMost and answersBytes bound the clients that a worker remembers of
	// one directory. What is evicted is asked for again.
	answersMost  = 4096
	answersBytes = 8 << 20
	// refusalsMost bounds the ids that are remembered as no key's. They stand
	// apart: whoever sends made-up keys pushes out no client.
	refusalsMost = 4096
	// callsMost bounds the keys that one worker asks for at the same time.
	callsMost = 256
	// failuresMost calls that fail one after another open the circuit for
	// circuitOpen. Then one call tries whether the directory is back. Those of one
	// key count once: a directory that breaks at one record is not down.
	failuresMost = 5
	circuitOpen  = int64(5 * time.Second)
	// failureMemory is how long a key is not asked for again after a failure.
	failureMemory = int64(time.Second)
	// clockSlack is how far an answer may lie in the future: a request that has
	// begun before it came has an earlier time.
	clockSlack = int64(time.Minute)
)

// answers is what a worker knows of one directory.
type answers struct {
	records  *simplelru.LRU[string, *record]
	bytes    int
	refusals *simplelru.LRU[string, refusal]
	calls    map[string]underway // by the key's id
	failures int                 // in a row
	failing  string              // the key's id of the last of them
	open     span                // nobody is asked
}

// underway is a call that has no answer yet. It is one until it must have ended,
// also when all who waited for it have left: clients that ask and leave at once
// would else have any number of calls made, of whose failures nobody hears.
type underway struct {
	waiters int
	span
}

// record is an answer: a client and its keys.
type record struct {
	keys []key
	at   int64 // Unix nanoseconds
	size int

	raw []byte // the key that was shown last and matched; nil: none yet
	key *key   // which it was
}

// refusal is why a key is not asked for again, and for how long.
type refusal struct {
	why why
	span
}

// span is a time that begins when it is made.
type span struct{ from, until int64 } // Unix nanoseconds

// holds tells whether it is not over. One that begins in the future is of a
// clock that was set back, and would last for as long.
func (s span) holds(now int64) bool { return now < s.until && s.from-now < clockSlack }

type why uint8

const (
	notRefused why = iota
	absentKey
	failedKey
)

func newAnswers() *answers {
	a := &answers{calls: map[string]underway{}}
	records, err := simplelru.NewLRU(answersMost, func(_ string, e *record) { a.bytes -= e.size })
	refusals, err2 := simplelru.NewLRU[string, refusal](refusalsMost, nil)
	if err != nil || err2 != nil {
		return nil // only for a size below one
	}
	a.records, a.refusals = records, refusals
	return a
}

// get returns what was answered for a key's id, however old; nil for nothing.
func (a *answers) get(id string) *record {
	e, _ := a.records.Get(id)
	return e
}

// verified returns the key that a text is, when the very same text was found
// good by an answer that still serves. It allocates nothing.
func (a *answers) verified(d *directory, id string, raw []byte, now int64) *key {
	e := a.get(id)
	if !e.within(d.fresh, now) || e.raw == nil || subtle.ConstantTimeCompare(e.raw, raw) != 1 {
		return nil
	}
	return e.key
}

// put remembers an answer and forgets what contradicts it.
func (a *answers) put(id string, e *record) {
	a.records.Remove(id)
	a.refusals.Remove(id)
	a.answered()
	a.bytes += e.size
	a.records.Add(id, e)
	for a.bytes > answersBytes {
		if _, _, ok := a.records.RemoveOldest(); !ok {
			return
		}
	}
}

// lack remembers that there is no such key.
func (a *answers) lack(id string, now, during int64) {
	a.answered()
	a.records.Remove(id)
	a.refusals.Add(id, refusal{absentKey, span{now, now + during}})
}

// answered ends a row of failures.
func (a *answers) answered() { a.failures, a.failing = 0, "" }

// fail remembers that the directory did not answer. Of the requests that waited
// for the same call only the first counts.
func (a *answers) fail(id string, now int64) {
	if a.refused(id, now) == failedKey {
		return
	}
	a.spoil(id, now)
	if id != a.failing {
		a.failing = id
		a.failures++
	}
	if a.failures >= failuresMost {
		a.open = span{now, now + circuitOpen}
	}
}

// spoil remembers that an answer could not be used. It says nothing about
// other keys: an operator's mistake in one must not close the door for all.
func (a *answers) spoil(id string, now int64) {
	a.refusals.Add(id, refusal{failedKey, span{now, now + failureMemory}})
}

// refused tells whether and why a key is not asked for now.
func (a *answers) refused(id string, now int64) why {
	r, ok := a.refusals.Peek(id)
	if !ok || !r.holds(now) {
		return notRefused
	}
	return r.why
}

// mayAsk tells whether a call may be made, or joined.
func (a *answers) mayAsk(id string, now int64) bool {
	if a.calls[id].waiters > 0 {
		return true
	}
	most := callsMost
	if a.failures >= failuresMost {
		if a.open.holds(now) {
			return false
		}
		most = 1
	}
	if len(a.calls) >= most {
		a.sweep(now)
	}
	if _, abandoned := a.calls[id]; abandoned {
		return true // or whoever knows its id could keep a client out
	}
	return len(a.calls) < most
}

// sweep forgets calls that nobody waits for and that must have ended.
func (a *answers) sweep(now int64) {
	maps.DeleteFunc(a.calls, func(_ string, c underway) bool { return c.waiters == 0 && !c.holds(now) })
}

func (a *answers) begin(id string, now, during int64) {
	c := a.calls[id]
	if c.waiters == 0 && !c.holds(now) {
		c.span = span{now, now + during}
	}
	c.waiters++
	a.calls[id] = c
}

// end takes off a request that was told the answer.
func (a *answers) end(id string) {
	if a.abandon(id); a.calls[id].waiters <= 0 {
		delete(a.calls, id)
	}
}

// abandon takes off a request that has left.
func (a *answers) abandon(id string) {
	c := a.calls[id]
	c.waiters--
	a.calls[id] = c
}

// within tells whether the answer is younger than an age. A nil record is not.
func (e *record) within(age, now int64) bool {
	return e != nil && now-e.at < age && e.at-now < clockSlack
}

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
