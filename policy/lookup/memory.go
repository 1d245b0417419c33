// Package lookup is what a worker knows of a service that it asks about one
// thing at a time, such as a key or a token: what was answered, what is refused
// for a while, which calls are under way, and whether the service is spared.
//
//	memory.go   answers and refusals, within bounds
//	calls.go    calls under way, and the circuit
//
// Who asks is suspended in a Fetch, so others look and change what is known
// meanwhile: what was looked up before a Fetch is looked up anew behind it.
package lookup

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// answersMost and answersBytes bound what a worker remembers of one service.
	// What is evicted is asked for again.
	answersMost  = 4096
	answersBytes = 8 << 20
	// refusalsMost bounds what is remembered as not there. It stands apart:
	// whoever sends what is made up pushes out no answer.
	refusalsMost = 4096
	// failureMemory is how long nobody asks again about what a call failed for.
	failureMemory = int64(time.Second)
	// clockSlack is how far an answer may lie in the future: a request that has
	// begun before it came has an earlier time.
	clockSlack = int64(time.Minute)
)

// Memory is what one worker knows of one service, by what it asks about.
type Memory[K comparable, V any] struct {
	answers  *simplelru.LRU[K, *V]
	size     func(*V) int
	bytes    int
	refusals *simplelru.LRU[K, refusal]
	circuit[K]
}

// refusal is why nobody asks again, and for how long.
type refusal struct {
	why Why
	span
}

// Why is why the service is not asked.
type Why uint8

// The reasons.
const (
	NotRefused Why = iota
	Absent         // it said that there is no such thing
	Failed         // it did not answer, or with something else
)

// span is a time that begins when it is made.
type span struct{ from, until int64 } // Unix nanoseconds

// holds tells whether it is not over. One that begins in the future is of a
// clock that was set back, and would last for as long.
func (s span) holds(now int64) bool { return now < s.until && s.from-now < clockSlack }

// Within tells whether what came at a time is younger than an age.
func Within(at, age, now int64) bool { return now-at < age && at-now < clockSlack }

// New returns a Memory that knows nothing. size tells how many bytes an answer
// takes, about, and always the same.
func New[K comparable, V any](size func(*V) int) *Memory[K, V] {
	m := &Memory[K, V]{size: size, circuit: circuit[K]{calls: map[K]underway{}}}
	answers, err := simplelru.NewLRU(answersMost, func(_ K, v *V) { m.bytes -= size(v) })
	refusals, err2 := simplelru.NewLRU[K, refusal](refusalsMost, nil)
	if err != nil || err2 != nil {
		return nil // only for a size below one
	}
	m.answers, m.refusals = answers, refusals
	return m
}

// Get returns what was answered, however old; nil for nothing. It allocates
// nothing.
func (m *Memory[K, V]) Get(k K) *V {
	v, _ := m.answers.Get(k)
	return v
}

// Put remembers an answer and forgets what contradicts it.
func (m *Memory[K, V]) Put(k K, v *V) {
	m.answers.Remove(k)
	m.refusals.Remove(k)
	m.answered()
	m.bytes += m.size(v)
	m.answers.Add(k, v)
	for m.bytes > answersBytes {
		if _, _, ok := m.answers.RemoveOldest(); !ok {
			return
		}
	}
}

// Forget takes an answer out that serves no more.
func (m *Memory[K, V]) Forget(k K) { m.answers.Remove(k) }

// Lack remembers that there is no such thing.
func (m *Memory[K, V]) Lack(k K, now, during int64) {
	m.answered()
	m.answers.Remove(k)
	m.refusals.Add(k, refusal{Absent, span{now, now + during}})
}

// Fail remembers that the service did not answer. Of the requests that waited
// for the same call only the first counts.
func (m *Memory[K, V]) Fail(k K, now int64) {
	if m.Refused(k, now) == Failed {
		return
	}
	m.Spoil(k, now)
	m.failed(k, now)
}

// Spoil remembers that an answer could not be used. It says nothing about other
// things: an operator's mistake in one must not close the door for all.
func (m *Memory[K, V]) Spoil(k K, now int64) {
	m.refusals.Add(k, refusal{Failed, span{now, now + failureMemory}})
}

// Refused tells whether and why the service is not asked now.
func (m *Memory[K, V]) Refused(k K, now int64) Why {
	r, ok := m.refusals.Peek(k)
	if !ok || !r.holds(now) {
		return NotRefused
	}
	return r.why
}
