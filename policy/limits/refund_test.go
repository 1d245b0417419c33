package limits

import (
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/document"
)

// inFlight is a request whose response may give back some of its charge, at any
// later time.
type inFlight struct {
	at    uint64
	level level
	cost  int64
}

// What is given back is no store of tokens: whoever has requests in flight, lets
// the bucket refill, empties it and only then has them answered must not find in
// it what has refilled already.
func TestNoStretchOfTimeAdmitsMoreByRefunds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.SampledFrom([]float64{0.5, 1, 2, 1000}).Draw(t, "rate")
		b := newBucket(document.TokenBucket{Capacity: rapid.Int64Range(1, 20).Draw(t, "capacity"), RefillPerSecond: rate}, nil)
		now, s := start, state{}
		var all []*inFlight // in the end cost is what each has cost
		var open []*inFlight
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += rapid.Uint64Range(0, b.token*uint64(b.capacity)).Draw(t, "time")
			for range rapid.IntRange(0, 8).Draw(t, "requests") {
				cost := rapid.Int64Range(1, b.capacity).Draw(t, "cost")
				if l, taken := b.charge(now, s, cost); taken {
					f := &inFlight{now, l, cost}
					s, all, open = b.state(l), append(all, f), append(open, f)
				}
			}
			for range min(len(open), rapid.IntRange(0, 3).Draw(t, "responses")) {
				i := rapid.IntRange(0, len(open)-1).Draw(t, "of")
				f := open[i]
				back := rapid.Int64Range(0, f.cost).Draw(t, "back")
				if l, ok := b.refund(now, s, f.level, back); ok {
					s = b.state(l)
				}
				f.cost -= back
				open = append(open[:i:i], open[i+1:]...)
			}
		}
		for i, first := range all {
			units := uint64(0)
			for _, f := range all[i:] {
				units += uint64(f.cost) * b.token
				if most := b.size + f.at - first.at + 2; units > most {
					t.Fatalf("%d units in %d of %d", units, f.at-first.at, b.size)
				}
			}
		}
	})
}

// What is given back while the bucket is in use all the time, and nothing of
// the charge has come back yet, is all of it.
func TestAnEarlyRefundIsWhole(t *testing.T) {
	b := newBucket(document.TokenBucket{Capacity: 10, RefillPerSecond: 1}, nil)
	l, _ := b.charge(start, state{}, 8)
	others, _ := b.charge(start, b.state(l), 2)
	got, ok := b.refund(start, b.state(others), l, 7)
	if !ok || b.remaining(got) != 7 {
		t.Errorf("%d of 7 are back", b.remaining(got))
	}
	got, ok = b.refund(start+3*second, b.state(others), l, 7) // of 8, 3 have refilled: 5 are left
	if !ok || b.remaining(got) != 3+5 {
		t.Errorf("%d are there, want 8", b.remaining(got))
	}
}

// A window that is as the sum of what was taken in each of its kind, less what
// was given back: at any time, also windows later.
func TestARefundFindsItsWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWindow(document.SlidingWindow{Limit: rapid.Int64Range(1, 20).Draw(t, "limit"), Window: document.Duration(second)})
		now, s := start, state{}
		taken := map[uint64]uint64{} // by window
		var open []*inFlight
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			now += rapid.SampledFrom([]uint64{0, 1, w.length / 3, w.length, 2 * w.length, 3 * w.length, 7 * w.length}).Draw(t, "time")
			cost := rapid.Int64Range(1, w.capacity).Draw(t, "cost")
			if l, ok := w.charge(now, s, cost); ok {
				s, open = w.state(l), append(open, &inFlight{now, l, cost})
				taken[l.start] += uint64(cost)
			}
			if len(open) > 0 && rapid.Bool().Draw(t, "response") {
				i := rapid.IntRange(0, len(open)-1).Draw(t, "of")
				f := open[i]
				back := rapid.Int64Range(0, f.cost).Draw(t, "back")
				if l, ok := w.refund(now, s, f.level, back); ok {
					s = w.state(l)
				}
				taken[f.level.start] -= uint64(back)
				open = append(open[:i:i], open[i+1:]...)
			}
			l := w.at(now, s)
			if l.missed != taken[l.start] || l.before != taken[l.start-w.length] {
				t.Fatalf("%d and %d before, want %d and %d", l.missed, l.before, taken[l.start], taken[l.start-w.length])
			}
		}
	})
}
