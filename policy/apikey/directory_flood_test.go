package apikey_test

import (
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// Clients that ask and leave at once: their calls are under way all the same,
// until they must have ended.
func TestDirectoryCallsOfClientsThatLeaveAreBounded(t *testing.T) {
	d := newDesk(t, fails(guard.ErrGone))
	for n := range 400 {
		d.mustDeny(chanceKey(t, n), guard.DirectoryUnavailable)
	}
	d.mustHaveAsked(256)
	d.mustDeny(chanceKey(t, 0), guard.DirectoryUnavailable)
	d.mustHaveAsked(257) // who knows a key's id keeps its client out by no abandoned call
	d.now = d.now.Add(500*time.Millisecond - 1)
	d.mustDeny(chanceKey(t, 400), guard.DirectoryUnavailable)
	d.mustHaveAsked(257)
	d.now = d.now.Add(1)
	key := newKey(t, 2)
	d.world.Answer = says(200, bolt(key, ""))
	d.mustAllow(key, "bolt")
	d.mustHaveAsked(258)
}

// A directory that is down is tried by one call at a time, also when whoever
// tries it leaves.
func TestDirectoryThatIsDownIsNotFloodedByClientsThatLeave(t *testing.T) {
	d := newDesk(t, fails(guard.ErrNotSent))
	for n := range 5 {
		d.mustDeny(chanceKey(t, n), guard.DirectoryUnavailable)
	}
	d.now = d.now.Add(5 * time.Second)
	d.world.Answer = fails(guard.ErrGone)
	for n := range 20 {
		d.mustDeny(chanceKey(t, 10+n), guard.DirectoryUnavailable)
	}
	d.mustHaveAsked(6)
	d.now = d.now.Add(500 * time.Millisecond)
	key := newKey(t, 2)
	d.world.Answer = says(200, bolt(key, ""))
	d.mustAllow(key, "bolt")
	d.mustHaveAsked(7)
}

// What is said of a key when all who waited have left is known, and the call is
// over: clients that leave hold no place for longer than the directory takes.
func TestDirectoryAnswersThatNobodyWaitsFor(t *testing.T) {
	found, absent, down := newKey(t, 2), newKey(t, 3), newKey(t, 4)
	for _, c := range []struct {
		name, key string
		said      guard.Answer
		err       error
		want      guard.Reason
	}{
		{"found", found, guard.Answer{Status: 200, Body: []byte(bolt(found, ""))}, nil, guard.Allowed},
		{"absent", absent, guard.Answer{Status: 404}, nil, guard.KeyUnknown},
		{"unsound", absent, guard.Answer{Status: 200, Body: []byte("x")}, nil, guard.DirectoryUnavailable},
		{"down", down, guard.Answer{Status: 503}, nil, guard.DirectoryUnavailable},
		{"no answer", down, guard.Answer{}, guard.ErrNoAnswer, guard.DirectoryUnavailable},
	} {
		var calls []*guard.Call
		d := newDesk(t, func(call *guard.Call) (guard.Answer, error) {
			calls = append(calls, call)
			return guard.Answer{}, guard.ErrGone
		})
		d.mustDeny(c.key, guard.DirectoryUnavailable)
		for n := range 255 {
			d.mustDeny(chanceKey(t, n), guard.DirectoryUnavailable)
		}
		d.mustHaveAsked(256)
		if calls[0].Late == nil {
			t.Fatal("an answer that comes late is lost")
		}
		calls[0].Late(c.said, c.err)
		if _, v := d.ask(c.key); v.Reason != c.want {
			t.Errorf("%s: %v, want %v", c.name, v.Reason, c.want)
		}
		d.mustHaveAsked(256) // it is remembered
		key := newKey(t, 5)
		d.world.Answer = says(200, bolt(key, ""))
		d.mustAllow(key, "bolt")
	}
}

// Whoever has a key whose answer is too large closes the door for nobody else.
func TestDirectoryAnswerThatIsTooLargeClosesNoDoor(t *testing.T) {
	large, key := newKey(t, 2), newKey(t, 3)
	d := newDesk(t, fails(guard.ErrTooLarge))
	for range 10 {
		d.mustDeny(large, guard.DirectoryUnavailable)
		d.now = d.now.Add(time.Second)
	}
	d.mustHaveAsked(10)
	d.world.Answer = says(200, bolt(key, ""))
	d.mustAllow(key, "bolt")
}

// A directory that breaks at one record is not down: whoever has that key closes
// the door for nobody else.
func TestDirectoryThatBreaksAtOneKeyClosesNoDoor(t *testing.T) {
	broken, key := newKey(t, 2), newKey(t, 3)
	d := newDesk(t, says(500, ""))
	for range 20 {
		d.mustDeny(broken, guard.DirectoryUnavailable)
		d.now = d.now.Add(time.Second)
	}
	d.mustHaveAsked(20)
	d.world.Answer = says(200, bolt(key, ""))
	d.mustAllow(key, "bolt")
	d.world.Answer = says(500, "")
	d.mustDeny(broken, guard.DirectoryUnavailable)
	for n := range byte(20) {
		d.mustDeny(newKey(t, 4+n), guard.DirectoryUnavailable)
	}
	d.mustHaveAsked(21 + 5) // it is down after five keys in a row
}

// An answer that cannot be used is read once, however many wait for it. How
// often it was read shows in what it takes.
func TestDirectoryAnswerThatCannotBeUsedIsReadOnce(t *testing.T) {
	key := newKey(t, 2)
	body := bolt(key, `"scopes": ["`+strings.Repeat(`aa", "`, 10_000)+`a"], `)
	waiting := func(waiters int) float64 {
		return testing.AllocsPerRun(3, func() {
			d, depth := newDesk(t, nil), 0
			d.world.Answer = func(*guard.Call) (guard.Answer, error) {
				if depth++; depth < waiters {
					d.mustDeny(key, guard.DirectoryUnavailable)
				}
				return guard.Answer{Status: 200, Body: []byte(body)}, nil
			}
			d.mustDeny(key, guard.DirectoryUnavailable)
			if d.world.Calls[guardtest.Fetch] != waiters {
				t.Fatal("they did not wait")
			}
		})
	}
	if one, twenty := waiting(1), waiting(20); twenty > 3*one {
		t.Errorf("one request makes %.0f allocations, twenty make %.0f", one, twenty)
	}
}
