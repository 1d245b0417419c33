package limits

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/document"
)

// windowModel is the same algorithm over all that was taken in each window,
// in exact arithmetic.
type windowModel struct {
	limit  int64
	length uint64
	taken  map[uint64]int64 // by window since 1970
}

// at returns the window in which a request is judged, and how much of the one
// before counts there. What stands in a window that cannot have begun is moved.
func (m *windowModel) at(now uint64) (window uint64, share *big.Rat) {
	window, newest := now/m.length, uint64(0)
	for k := range m.taken {
		newest = max(newest, k)
	}
	elapsed := now % m.length
	switch {
	case newest <= window:
	case newest == window+1 && newest*m.length-now <= slack:
		window, elapsed = newest, 0
	default:
		m.taken = map[uint64]int64{window: min(m.limit, m.taken[newest]+m.taken[newest-1])}
	}
	return window, new(big.Rat).SetFrac64(int64(m.length-elapsed), int64(m.length))
}

func (m *windowModel) take(now uint64, cost int64) (admitted bool, remaining int64) {
	window, share := m.at(now)
	share.Mul(share, big.NewRat(m.taken[window-1], 1))
	weighted := new(big.Int).Add(share.Num(), share.Denom())
	weighted.Sub(weighted, big.NewInt(1)).Quo(weighted, share.Denom())
	left := m.limit - m.taken[window] - weighted.Int64()
	if cost > left {
		return false, max(left, 0)
	}
	m.taken = map[uint64]int64{window - 1: m.taken[window-1], window: m.taken[window] + cost}
	return true, left - cost
}

// anyWindow draws a window that a document can hold.
func anyWindow(t *rapid.T) *slidingWindow {
	return newWindow(document.SlidingWindow{
		Limit: rapid.OneOf(rapid.Int64Range(1, 20), rapid.Int64Range(1, document.MaxCost)).Draw(t, "limit"),
		Window: document.Duration(second * rapid.OneOf(
			rapid.Int64Range(1, 60), rapid.Just(int64(3600)), rapid.Int64Range(1, maxWindow)).Draw(t, "window")),
	})
}

// anyCost draws a small share of the limit, or any.
func anyCost(t *rapid.T, limit int64) int64 {
	return rapid.OneOf(rapid.Int64Range(1, max(limit/5, 1)), rapid.Int64Range(1, limit)).Draw(t, "cost")
}

func TestTheWindowEqualsTheExactModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWindow(t)
		m := &windowModel{limit: w.capacity, length: w.length, taken: map[uint64]int64{}}
		now, s := start, state{}
		for i := range rapid.IntRange(1, 200).Draw(t, "requests") {
			now += uint64(rapid.OneOf(
				rapid.Int64Range(0, int64(w.length/10)),
				rapid.Int64Range(-int64(second), int64(second)),
				rapid.Int64Range(-3600*second, 3600*second),
				rapid.Int64Range(-int64(w.length), int64(3*w.length)),
			).Draw(t, "step"))
			cost := anyCost(t, w.capacity)
			l, admitted := w.charge(now, s, cost)
			if admitted || l.capped {
				s = w.state(l)
			}
			want, left := m.take(now, cost)
			if admitted != want || w.remaining(l) != left {
				t.Fatalf("request %d, cost %d of %d: admitted %v with %d left, the model %v with %d",
					i, cost, w.capacity, admitted, w.remaining(l), want, left)
			}
		}
	})
}

// The error, against a log of what was admitted when: in every stretch of time
// admitted <= limit + limit x time / length, in every stretch that is shorter
// than the length no more than 2 x limit - 1 unless the clock was set back, and
// then 2 x limit. Requests may be late, which is as if a stretch had been so much
// longer, and the clock is set back at times.
func TestNoStretchOfTimeAdmitsMoreThanTheWindowsError(t *testing.T) {
	type admission struct {
		at     uint64
		tokens int64
	}
	rapid.Check(t, func(t *rapid.T) {
		w := anyWindow(t)
		steps := rapid.Bool().Draw(t, "the clock is set back")
		var all []admission
		now, back, s := start, uint64(0), state{}
		for range rapid.IntRange(1, 80).Draw(t, "requests") {
			now += rapid.OneOf(rapid.Uint64Range(0, w.length/8), rapid.Uint64Range(0, w.length)).Draw(t, "step")
			if steps {
				back += rapid.OneOf(rapid.Just(uint64(0)), rapid.Just(uint64(0)), rapid.Uint64Range(0, 3*w.length)).Draw(t, "back")
			}
			late := rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(0, slack/2)).Draw(t, "late")
			cost := anyCost(t, w.capacity)
			l, admitted := w.charge(now-back-late, s, cost)
			if admitted || l.capped {
				s = w.state(l)
			}
			if admitted {
				all = append(all, admission{now, cost})
			}
		}
		for i := range all {
			sum := int64(0)
			for _, a := range all[i:] {
				sum += a.tokens
				time := a.at - all[i].at + slack/2
				most := new(big.Rat).SetFrac64(int64(time), int64(w.length))
				most.Add(most, big.NewRat(1, 1)).Mul(most, big.NewRat(w.capacity, 1))
				if big.NewRat(sum, 1).Cmp(most) > 0 || time < w.length && (sum > 2*w.capacity || !steps && sum == 2*w.capacity) {
					t.Fatalf("%d tokens in %d ns of %d in %d ns", sum, time, w.capacity, w.length)
				}
			}
		}
	})
}

// Nobody is refused who took too little: whoever is has taken, in the last two
// lengths, more than the limit leaves room for.
func TestTheWindowRefusesNobodyWhoHasTakenLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWindow(t)
		log := map[uint64]int64{}
		now, s := start, state{}
		for range rapid.IntRange(1, 80).Draw(t, "requests") {
			now += rapid.Uint64Range(0, w.length/4).Draw(t, "step")
			cost := anyCost(t, w.capacity)
			l, admitted := w.charge(now, s, cost)
			recent := int64(0)
			for at, tokens := range log {
				if at+2*w.length > now {
					recent += tokens
				}
			}
			if !admitted && recent+cost <= w.capacity {
				t.Fatalf("%d of %d were taken, and %d are refused", recent, w.capacity, cost)
			}
			if admitted {
				log[now] += cost
				s = w.state(l)
			}
		}
	})
}

// The bound is reached: a limit just before a window ends, and all but one
// token of it just before the next does.
func TestTheWindowsErrorIsReached(t *testing.T) {
	w := newWindow(document.SlidingWindow{Limit: 10, Window: 60 * second})
	edge, s, admitted := (start/w.length+1)*w.length, state{}, 0
	for _, at := range []uint64{edge - 1, edge + w.length - 2} {
		for range 30 {
			if l, ok := w.charge(at, s, 1); ok {
				s = w.state(l)
				admitted++
			}
		}
	}
	if admitted != 19 {
		t.Errorf("%d of 10 were admitted in less than the length, want 19", admitted)
	}
}

// drawn is a level that charges can lead to.
func (w *slidingWindow) drawn(t *rapid.T) level {
	l := w.at(start+rapid.Uint64Range(0, w.length).Draw(t, "now"), state{})
	l.missed = rapid.Uint64Range(0, uint64(w.capacity)).Draw(t, "missed")
	l.before = rapid.Uint64Range(0, uint64(w.capacity)).Draw(t, "before")
	return l
}

func TestTheWindowsWaitIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWindow(t)
		l := w.drawn(t)
		cost := anyCost(t, w.capacity)
		s, wait := w.state(l), w.wait(l, cost)
		if _, ok := w.charge(l.now+wait, s, cost); !ok {
			t.Fatalf("after %d ns it does not fit", wait)
		}
		if wait == 0 {
			return
		}
		if _, ok := w.charge(l.now+wait-1, s, cost); ok {
			t.Fatalf("it fits before %d ns", wait)
		}
	})
}

func TestAStoredWindowIsFoundAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWindow(t)
		l := w.drawn(t)
		s := w.state(l)
		if got := w.at(l.now, s); got != l {
			t.Errorf("%+v came back as %+v", l, got)
		}
		if unused := l.missed+l.before == 0; unused != (s.until <= l.now) {
			t.Errorf("unused is %v, stored %+v at %d", unused, s, l.now)
		}
	})
}

func TestARefundLeavesTheWindowAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWindow(t)
		was := w.drawn(t)
		cost := anyCost(t, w.capacity)
		taken, ok := w.charge(was.now, w.state(was), cost)
		if !ok {
			return
		}
		l, ok := w.refund(was.now, w.state(taken), taken, cost)
		if !ok || w.state(l) != w.state(was) {
			t.Fatalf("%+v became %+v", w.state(was), w.state(l))
		}
		next, _ := w.charge(was.start+w.length, w.state(taken), 1) // by another worker
		l, ok = w.refund(was.now, w.state(next), taken, cost)
		next.before -= uint64(cost)
		if !ok || w.state(l) != w.state(next) {
			t.Fatalf("in the next window it became %+v, want %+v", w.state(l), w.state(next))
		}
	})
}

func TestAnyStoredWindowIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := anyWindow(t)
		s := state{rapid.Uint64().Draw(t, "until"), rapid.Uint64().Draw(t, "count")}
		now := rapid.OneOf(rapid.Uint64Range(0, 1<<62), rapid.Just(uint64(0))).Draw(t, "now")
		l, _ := w.charge(now, s, 1)
		if left := w.remaining(l); left < 0 || left > w.capacity {
			t.Errorf("%d of %d are left", left, w.capacity)
		}
		if wait := w.wait(l, w.capacity); wait > 2*w.length+slack {
			t.Errorf("the wait is %d ns", wait)
		}
		if again := w.at(now, w.state(l)); again.capped {
			t.Errorf("%+v is stored, and impossible", w.state(l))
		}
		if l, ok := w.refund(now, s, l, 1); ok {
			w.state(l)
		}
		w.weight(now, s)
	})
}
