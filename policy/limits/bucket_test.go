package limits

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/document"
)

// model is the same algorithm in exact arithmetic: tat is a rational number of
// nanoseconds.
type model struct {
	capacity int64
	length   *big.Rat // of one token, in nanoseconds
	unit     *big.Rat // to which the clock is rounded down, in nanoseconds
	tat      *big.Rat
}

func newModel(b *bucket, num, den uint64) *model {
	rat := func(a, b uint64) *big.Rat {
		return new(big.Rat).SetFrac(new(big.Int).SetUint64(a), new(big.Int).SetUint64(b))
	}
	length := rat(den, num)
	length.Mul(length, rat(second, 1))
	return &model{
		capacity: b.capacity, length: length, tat: new(big.Rat),
		unit: new(big.Rat).Quo(length, rat(b.token, 1)),
	}
}

// clock returns now rounded down to a unit.
func (m *model) clock(now uint64) *big.Rat {
	units := new(big.Rat).Quo(new(big.Rat).SetFrac(new(big.Int).SetUint64(now), big.NewInt(1)), m.unit)
	whole := new(big.Int).Quo(units.Num(), units.Denom())
	return new(big.Rat).Mul(new(big.Rat).SetInt(whole), m.unit)
}

func (m *model) tokens(n int64) *big.Rat { return new(big.Rat).Mul(m.length, big.NewRat(n, 1)) }

// take is: a TAT past now + capacity*T + slack becomes now + capacity*T for
// good; one before now counts as now; admit if TAT + cost*T fits.
func (m *model) take(now uint64, cost int64) (admitted bool, remaining int64) {
	at := m.clock(now)
	end := new(big.Rat).Add(at, m.tokens(m.capacity))
	most := new(big.Rat).Mul(m.unit, big.NewRat(slack, 1))
	if m.tat.Cmp(most.Add(most, end)) > 0 {
		m.tat = end
	}
	tat := m.tat
	if tat.Cmp(at) < 0 {
		tat = at
	}
	if next := new(big.Rat).Add(tat, m.tokens(cost)); next.Cmp(end) <= 0 {
		m.tat, tat, admitted = next, next, true
	}
	left := new(big.Rat).Sub(end, tat)
	if left.Sign() < 0 {
		left.SetInt64(0)
	}
	left.Quo(left, m.length)
	return admitted, new(big.Int).Quo(left.Num(), left.Denom()).Int64()
}

// anyBucket draws a bucket that a document can hold.
func anyBucket(t *rapid.T) (*bucket, document.TokenBucket) {
	d := document.TokenBucket{RefillPerSecond: anyRate().Draw(t, "refill")}
	most := min(int64(d.RefillPerSecond*maxWindow*0.999), 1_000_000_000)
	d.Capacity = rapid.Int64Range(1, max(most, 1)).Draw(t, "capacity")
	var p document.Problems
	if !soundBucket(d, "bucket", &p) {
		t.Skip("slower than a document allows")
	}
	return newBucket(d, nil), d
}

const start = uint64(1_760_000_000_000_000_000) // October 2025

func TestTheBucketEqualsTheExactModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, d := anyBucket(t)
		num, den := fraction(d.RefillPerSecond)
		m := newModel(b, num, den)
		now, tat := start, uint64(0)
		for i := range rapid.IntRange(1, 200).Draw(t, "requests") {
			now += uint64(rapid.OneOf(
				rapid.Int64Range(0, int64(2*second*den/num+2)), // about a token
				rapid.Int64Range(-int64(second), int64(second)),
				rapid.Int64Range(-3600*second, 3600*second),
				rapid.Int64Range(0, int64(b.window*second)),
			).Draw(t, "step"))
			cost := rapid.Int64Range(1, b.capacity).Draw(t, "cost")
			l := b.at(now, tat)
			admitted := b.take(&l, cost)
			if admitted || l.capped {
				tat = b.tat(l)
			}
			want, left := m.take(now, cost)
			if admitted != want || b.remaining(l) != left {
				t.Fatalf("request %d, cost %d of %d: admitted %v with %d left, the model %v with %d",
					i, cost, b.capacity, admitted, b.remaining(l), want, left)
			}
		}
	})
}

// In every stretch of time: admitted <= capacity + refill * (time + 1.001 ns).
// Some requests come late: they read the clock, and others were judged first.
// Refusing them must not give away that time.
func TestNoStretchOfTimeAdmitsMore(t *testing.T) {
	type admission struct {
		at     uint64
		tokens int64
	}
	rapid.Check(t, func(t *rapid.T) {
		b, d := anyBucket(t)
		num, den := fraction(d.RefillPerSecond)
		rate := new(big.Rat).SetFrac(new(big.Int).SetUint64(num), new(big.Int).SetUint64(den*second))
		var all []admission
		now, tat := start, uint64(0)
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			now += rapid.Uint64Range(0, 3*second*den/num+2).Draw(t, "step")
			read := now - rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(0, slack/2)).Draw(t, "late")
			l := b.at(read, tat)
			cost := rapid.Int64Range(1, b.capacity).Draw(t, "cost")
			admitted := b.take(&l, cost)
			if admitted || l.capped {
				tat = b.tat(l)
			}
			if admitted {
				all = append(all, admission{read, cost})
			}
		}
		for i := range all {
			sum := int64(0)
			for _, a := range all[i:] {
				sum += a.tokens
				time := new(big.Rat).Add(big.NewRat(int64(a.at-all[i].at), 1), big.NewRat(1001, 1000))
				most := time.Mul(time, rate).Add(time, big.NewRat(b.capacity, 1))
				if big.NewRat(sum, 1).Cmp(most) > 0 {
					t.Fatalf("%d tokens in %d ns of %d + %v/s", sum, a.at-all[i].at, d.Capacity, d.RefillPerSecond)
				}
			}
		}
	})
}

// A client that always comes at the first possible moment gets its tokens at
// the exact rate, however long it goes on.
func TestNoErrorAddsUp(t *testing.T) {
	for _, rate := range []float64{3, 7, 0.3, 999_999, 1.0 / 3, 123.456789} {
		b := newBucket(document.TokenBucket{Capacity: 5, RefillPerSecond: rate}, nil)
		num, den := fraction(rate)
		now, tat := start, uint64(0)
		const n = 1_000_000
		for range n + 5 {
			l := b.at(now, tat)
			now += b.wait(l, 1)
			l = b.at(now, tat)
			if !b.take(&l, 1) {
				t.Fatalf("rate %v: the wait was too short", rate)
			}
			tat = b.tat(l)
		}
		took := new(big.Int).SetUint64(now - start)
		want := new(big.Int).Mul(big.NewInt(n*second), new(big.Int).SetUint64(den))
		want.Div(want, new(big.Int).SetUint64(num))
		if off := took.Sub(took, want); off.CmpAbs(big.NewInt(2)) > 0 {
			t.Errorf("rate %v: %d tokens came %d ns off", rate, n, off)
		}
	}
}

func TestTheWaitIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, _ := anyBucket(t)
		cost := rapid.Int64Range(1, b.capacity).Draw(t, "cost")
		l := b.at(start, 0)
		l.missed = rapid.Uint64Range(0, b.size).Draw(t, "missed")
		tat := b.tat(l)
		wait := b.wait(l, cost)
		if later := b.at(start+wait, tat); !b.take(&later, cost) {
			t.Fatalf("after %d ns it does not fit", wait)
		}
		if wait == 0 {
			return
		}
		if sooner := b.at(start+wait-1, tat); b.take(&sooner, cost) {
			t.Fatalf("it fits before %d ns", wait)
		}
	})
}

func TestAStoredTimeIsFoundAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, _ := anyBucket(t)
		l := b.at(rapid.Uint64Range(0, 1<<63-1).Draw(t, "now"), 0)
		l.missed = rapid.Uint64Range(0, b.size).Draw(t, "missed")
		tat := b.tat(l)
		if got := b.at(l.now, tat); got != l {
			t.Errorf("%+v came back as %+v", l, got)
		}
		if full := l.missed == 0; full != (tat <= l.now) {
			t.Errorf("full is %v, stored %d at %d", full, tat, l.now)
		}
	})
}

func TestAClockSetBackLocksNobodyOut(t *testing.T) {
	b := newBucket(document.TokenBucket{Capacity: 10, RefillPerSecond: 1}, nil)
	l := b.at(start, 0)
	b.take(&l, 1)
	tat := b.tat(l)
	back := b.at(start-3600*second, tat) // an hour
	if b.take(&back, 1) {
		t.Error("a bucket that is full in the future admits")
	}
	if wait := b.wait(back, 1); wait != second {
		t.Errorf("the wait is %d ns, want one token's", wait)
	}
	if later := b.at(start-3599*second, b.tat(back)); !b.take(&later, 1) {
		t.Error("after the wait it refuses again")
	}
}

func TestAnyStoredValueIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, _ := anyBucket(t)
		l := b.at(rapid.Uint64Range(0, 1<<63-1).Draw(t, "now"), rapid.Uint64().Draw(t, "tat"))
		if l.missed > b.size+slack {
			t.Errorf("%d of %d units are missing", l.missed, b.size)
		}
		if wait := b.wait(l, b.capacity); wait > b.nanos(b.size+slack)+1 {
			t.Errorf("the wait is %d ns", wait)
		}
		if left := b.remaining(l); left < 0 || left > b.capacity {
			t.Errorf("%d of %d are left", left, b.capacity)
		}
	})
}
