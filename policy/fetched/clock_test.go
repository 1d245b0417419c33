package fetched

import (
	"testing"
	"time"
)

func TestDuring(t *testing.T) {
	for _, c := range []struct {
		name      string
		from, now int64
		want      bool
	}{
		{"never began", 0, 5, false},
		{"began now", start, start, true},
		{"is not over", start, start + int64(time.Minute) - 1, true},
		{"is over", start, start + int64(time.Minute), false},
		{"a request that began before", start, start - slack + 1, true},
		{"before the clock was set back", start, start - slack, false},
		{"garbage", -1, start, false},
	} {
		if got := during(c.from, int64(time.Minute), c.now); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// TestSpread: proxies that began together drift apart.
func TestSpread(t *testing.T) {
	seen := map[int64]bool{}
	for i := range int64(1000) {
		n := spread(start+i, 1000)
		if n < 0 || n >= 1000 {
			t.Fatalf("%d is not below 1000", n)
		}
		seen[n] = true
	}
	if len(seen) < 500 {
		t.Errorf("%d of 1000 places", len(seen))
	}
	if spread(start, 0) != 0 || spread(-start, 7) < 0 {
		t.Error("spread of nothing")
	}
}

// back are how far clocks are set back here.
var back = []time.Duration{time.Second, 4 * time.Second, 6 * time.Second, time.Hour, 24 * 365 * time.Hour}

// TestClockSetBackWhileAllIsWell: the document is renewed within its time.
func TestClockSetBackWhileAllIsWell(t *testing.T) {
	for _, d := range back {
		p := newCopies(t, 2, source())
		p.pass(2 * time.Second)
		p.now -= int64(d)
		p.serve = answer(200, "good 2")
		p.pass(10*time.Minute + 7*time.Second)
		if p.workers[0].value() != "good 2" || p.workers[1].value() != "good 2" {
			t.Errorf("%v back: not renewed in time", d)
		}
	}
}

// TestClockSetBackWhileTheServerFails: the pause is not longer than it would have
// been, but for what is believed of the future.
func TestClockSetBackWhileTheServerFails(t *testing.T) {
	for _, d := range back {
		p := newCopies(t, 2, source())
		p.serve = answer(500, "")
		p.pass(time.Minute)
		p.now -= int64(d)
		p.serve = answer(200, "good 1")
		p.pass(21 * time.Second)
		p.want("good 1")
		p.serve = answer(500, "")
		p.pass(time.Hour)
		p.now -= int64(d)
		p.serve = answer(200, "good 2")
		p.pass(10*time.Minute + 85*time.Second) // by the clock the document is young again
		if p.workers[0].value() != "good 2" || p.workers[1].value() != "good 2" {
			t.Errorf("%v back: the pause became longer", d)
		}
	}
}

// TestClockSetBackWithALease: it is not held for longer than a call can take.
func TestClockSetBackWithALease(t *testing.T) {
	for _, d := range back {
		p := newCopies(t, 2, source())
		p.now += int64(time.Second)
		p.workers[0].tick()
		p.workers = p.workers[1:]
		p.now -= int64(d)
		p.pass(12 * time.Second)
		p.want("good 1")
	}
}

// TestClockSetBackWithARenewal: the 30 seconds do not become an hour.
func TestClockSetBackWithARenewal(t *testing.T) {
	for _, d := range back {
		p := newCopies(t, 2, source())
		p.pass(2 * time.Second)
		p.workers[0].renew()
		p.settle()
		p.now -= int64(d)
		p.serve = answer(200, "good 2")
		p.now += int64(36 * time.Second)
		s := p.workers[1].renew()
		p.settle()
		if s.value != "good 2" || s.told != nil {
			t.Errorf("%v back: %v, %v", d, s.value, s.told)
		}
	}
}

// TestClockSetBackLooks: requests take what is newer.
func TestClockSetBackLooks(t *testing.T) {
	p := newCopies(t, 2, source())
	p.pass(2 * time.Second)
	p.want("good 1")
	p.now -= int64(time.Hour)
	p.serve = answer(200, "good 2")
	p.workers[0].renew()
	p.settle()
	p.want("good 2")
}

// TestClockSetBackWhileOneAsks: its answer is taken.
func TestClockSetBackWhileOneAsks(t *testing.T) {
	for _, d := range append(back, -time.Hour) {
		p := newCopies(t, 1, source())
		s := p.workers[0].await()
		p.now -= int64(d)
		other := p.workers[0].await()
		p.settle()
		if s.value != "good 1" || other.value != "good 1" {
			t.Errorf("%v back: %v and %v", d, s.value, other.value)
		}
	}
}
