package limits

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/document"
)

// flight is one request of the model: age is how many generations have begun
// since it did, among those that something was counted in.
type flight struct {
	tokens int64
	age    int
	began  uint64
	level  level // what the counter gave it
}

// flightModel keeps every request that was not released.
type flightModel struct {
	limit   int64
	length  uint64
	current uint64 // where the current generation begins
	flights []*flight
}

func (m *flightModel) counted(aged int) (sum int64) {
	for _, f := range m.flights {
		if f.age+aged <= 1 {
			sum += f.tokens
		}
	}
	return sum
}

// clock returns where the generation of a time begins and how many others have
// begun since the current one did; settled says that it holds in any case.
func (m *flightModel) clock(now uint64) (begins uint64, aged int, settled bool) {
	begins = now - now%m.length
	switch {
	case begins >= m.current:
		return begins, int(min((begins-m.current)/m.length, 2)), false
	case m.counted(0) == 0:
		return begins, 2, false
	case m.current-now <= slack:
		return m.current, 0, false
	}
	return begins, 0, true // the clock was set back: only the beginning moves
}

func (m *flightModel) take(now uint64, tokens int64) (f *flight, left int64) {
	begins, aged, settled := m.clock(now)
	left = m.limit - m.counted(aged)
	if tokens <= left {
		f, left = &flight{tokens: tokens, age: -aged, began: now}, left-tokens
		m.flights = append(m.flights, f)
	}
	if f != nil || settled {
		m.current = begins
		for _, g := range m.flights {
			g.age += aged
		}
	}
	return f, left
}

func anyConcurrency(t *rapid.T) *concurrency {
	return newConcurrency(document.Concurrency{
		Limit:       rapid.OneOf(rapid.Int64Range(1, 10), rapid.Int64Range(1, maxConcurrency)).Draw(t, "limit"),
		MaxDuration: document.Duration(rapid.OneOf(rapid.Int64Range(second, 90*second), rapid.Just(int64(hour)), rapid.Int64Range(second, 7*day)).Draw(t, "duration")),
	})
}

// anyStep draws how far the clock goes; back says that it may be set back.
func anyStep(t *rapid.T, length uint64, back bool) uint64 {
	steps := []*rapid.Generator[int64]{
		rapid.Int64Range(0, int64(length/8)), rapid.Int64Range(0, int64(length)), rapid.Int64Range(0, int64(3*length)),
	}
	if back {
		steps = append(steps, rapid.Int64Range(-second, second), rapid.Int64Range(-int64(length), 0), rapid.Int64Range(-int64(5*length), int64(length)))
	}
	return uint64(rapid.OneOf(steps...).Draw(t, "step"))
}

// Releases come in any order, or never. Where the clock is set back, streams
// that outlived their time stay silent: see the next test.
func TestConcurrencyEqualsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyConcurrency(t)
		back := rapid.Bool().Draw(t, "the clock is set back")
		m := &flightModel{limit: n.capacity, length: n.length}
		now, s := start, state{}
		for i := range rapid.IntRange(1, 150).Draw(t, "events") {
			if len(m.flights) > 0 && rapid.Bool().Draw(t, "release") {
				j := rapid.IntRange(0, len(m.flights)-1).Draw(t, "which")
				f := m.flights[j]
				m.flights = slices.Delete(m.flights, j, j+1)
				if back && f.age > 1 {
					continue
				}
				if l, ok := n.refund(0, s, f.level, f.tokens); ok {
					s = n.state(l)
				}
				continue
			}
			now += anyStep(t, n.length, back)
			tokens := anyCost(t, n.capacity)
			l, admitted := n.charge(now, s, tokens)
			if admitted || l.capped {
				s = n.state(l)
			}
			f, left := m.take(now, tokens)
			if admitted != (f != nil) || n.remaining(l) != left {
				t.Fatalf("event %d, %d of %d: admitted %v with %d left, the model %v with %d",
					i, tokens, n.capacity, admitted, n.remaining(l), f != nil, left)
			}
			if f != nil {
				f.level = l
			}
		}
	})
}

// What is promised, against a log: no more than the limit in flight of streams
// that are younger than the duration, whatever was released late or never; and
// nobody is refused because of what is older than twice the duration.
func TestConcurrencyKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyConcurrency(t)
		var log []*flight
		younger := func(now, age uint64) (sum int64) {
			for _, f := range log {
				if now-f.began < age {
					sum += f.tokens
				}
			}
			return sum
		}
		now, s := start, state{}
		for range rapid.IntRange(1, 150).Draw(t, "events") {
			if len(log) > 0 && rapid.Bool().Draw(t, "release") {
				j := rapid.IntRange(0, len(log)-1).Draw(t, "which")
				if l, ok := n.refund(0, s, log[j].level, log[j].tokens); ok {
					s = n.state(l)
				}
				log = slices.Delete(log, j, j+1)
				continue
			}
			now += anyStep(t, n.length, false)
			tokens := anyCost(t, n.capacity)
			l, admitted := n.charge(now, s, tokens)
			if !admitted {
				if younger(now, 2*n.length)+tokens <= n.capacity {
					t.Fatalf("%d of %d are in flight, and %d are refused", younger(now, 2*n.length), n.capacity, tokens)
				}
				continue
			}
			s = n.state(l)
			log = append(log, &flight{tokens: tokens, began: now, level: l})
			if younger(now, n.length) > n.capacity {
				t.Fatalf("%d of %d are in flight", younger(now, n.length), n.capacity)
			}
		}
	})
}

// However far the clock is set back: what leaked is gone two durations later.
func TestALeakEndsAfterTheClockWasSetBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyConcurrency(t)
		l, _ := n.charge(start, state{}, n.capacity)
		s := n.state(l)
		now := start - rapid.Uint64Range(0, 400*day).Draw(t, "back")
		if l, ok := n.charge(now, s, 1); ok {
			t.Fatal("setting the clock back forgot what is in flight")
		} else if l.capped {
			s = n.state(l)
		}
		if _, ok := n.charge(now+2*n.length+slack, s, n.capacity); !ok {
			t.Fatal("two durations later it still counts")
		}
	})
}

func TestAnyStoredGenerationIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := anyConcurrency(t)
		s := state{rapid.Uint64().Draw(t, "until"), rapid.Uint64().Draw(t, "count")}
		now := rapid.OneOf(rapid.Uint64Range(0, 1<<62), rapid.Just(uint64(0))).Draw(t, "now")
		l, _ := n.charge(now, s, 1)
		if left := n.remaining(l); left < 0 || left > n.capacity {
			t.Errorf("%d of %d are left", left, n.capacity)
		}
		stored := n.state(l)
		if again := n.at(now, stored); again.capped || stored.until > now+n.longest {
			t.Errorf("%+v is stored, and impossible", stored)
		}
		if _, ok := n.charge(now+2*n.length+slack, stored, n.capacity); !ok {
			t.Error("it is never over")
		}
		if l, ok := n.refund(now, s, l, 1); ok {
			n.state(l)
		}
		n.weight(now, s)
	})
}
