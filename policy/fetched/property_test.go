package fetched

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/guard"
)

// world is a random life of a document: what the server says, what the clock
// does, who asks and who leaves.
type world struct {
	*proxy
	t       *rapid.T
	served  map[string]bool // all good documents that the server ever gave
	version int
	newest  string
	waiting []*stream
	best    []int // by worker: what it has had
	shares  bool
}

func newWorld(t *rapid.T) *world {
	w := &world{t: t, served: map[string]bool{}, shares: true}
	s := source()
	s.Timeout = time.Duration(rapid.IntRange(1, 10).Draw(t, "timeout")) * time.Second
	s.Refresh = time.Duration(rapid.IntRange(1, 600).Draw(t, "refresh")) * time.Second
	w.proxy = newCopies(t, rapid.IntRange(1, 4).Draw(t, "workers"), s)
	w.before = func(string, string) error { return when(!w.shares, guard.ErrNoAnswer) }
	w.best = make([]int, len(w.workers))
	w.publish()
	w.serve = w.well
	return w
}

// publish has the server change its document.
func (w *world) publish() {
	w.version++
	w.newest = fmt.Sprintf("good %d", w.version)
}

func (w *world) well(*guard.Call) (guard.Answer, error) {
	w.served[w.newest] = true
	return guard.Answer{Status: 200, Body: []byte(w.newest)}, nil
}

// check is what must always hold: nobody has anything but what the server gave,
// and nobody who had something has nothing.
func (w *world) check() {
	for n, worker := range w.workers {
		v := worker.doc.(*Copy).value
		if v == nil && w.best[n] > 0 {
			w.t.Fatalf("worker %d has lost its document", n)
		}
		if v != nil && !w.served[v.(string)] {
			w.t.Fatalf("worker %d has %v, which the server never gave", n, v)
		}
		if v != nil {
			w.best[n] = 1
		}
	}
	for _, s := range w.waiting {
		if s.over && s.value == nil && s.told == nil {
			w.t.Fatal("a request was told nothing, and no error")
		}
	}
}

func (w *world) worker() *worker { return w.workers[w.index(len(w.workers), "worker")] }

func (w *world) index(n int, what string) int { return rapid.IntRange(0, n-1).Draw(w.t, what) }

func (w *world) actions() map[string]func(*rapid.T) {
	names := make([]string, 0, len(bad))
	for name := range bad {
		names = append(names, name)
	}
	slices.Sort(names)
	return map[string]func(*rapid.T){
		"": func(*rapid.T) { w.check() },
		"well": func(*rapid.T) {
			w.serve = w.well
		},
		"ill": func(t *rapid.T) {
			w.serve = bad[rapid.SampledFrom(names).Draw(t, "how")]
		},
		"publish": func(*rapid.T) { w.publish() },
		"time": func(t *rapid.T) {
			w.now += rapid.Int64Range(0, int64(2*time.Minute)).Draw(t, "later")
		},
		"clock": func(t *rapid.T) {
			w.now += rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(t, "set by")
		},
		"shared data": func(*rapid.T) { w.shares = !w.shares },
		"tick":        func(*rapid.T) { w.worker().tick() },
		"look":        func(*rapid.T) { w.worker().value() },
		"await":       func(*rapid.T) { w.waiting = append(w.waiting, w.worker().await()) },
		"renew":       func(*rapid.T) { w.waiting = append(w.waiting, w.worker().renew()) },
		"leave": func(*rapid.T) {
			if len(w.waiting) > 0 {
				w.waiting[w.index(len(w.waiting), "who")].leave()
			}
		},
		"deliver": func(*rapid.T) {
			if len(w.calls) > 0 {
				w.deliver(w.calls[w.index(len(w.calls), "call")])
			}
		},
		"reload": func(*rapid.T) { // the VM died, or has a new policy
			n := w.index(len(w.workers), "worker")
			w.workers[n] = &worker{proxy: w.proxy, doc: NewCopy(&w.workers[n].doc.(*Copy).source, "test"), open: map[string]*call{}}
			w.best[n] = 0
		},
	}
}

// TestProperties: a good document is never lost and never replaced by a bad one,
// and once the server is well all workers have its newest within the time that
// is promised.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		t.Repeat(w.actions())
		w.serve, w.shares = w.well, true
		w.settle()
		w.publish()
		c := w.workers[0].doc.(*Copy)
		within := c.source.Refresh + 2*c.source.Timeout + 80*time.Second
		w.pass(within.Round(time.Second) + time.Second)
		w.check()
		for n, worker := range w.workers {
			if v := worker.value(); v != w.newest {
				t.Fatalf("%v after the server was well worker %d has %v, want %v", within, n, v, w.newest)
			}
		}
	})
}

// TestRefetchesAreBounded: whatever the clients send, a document is asked for
// out of turn once in 30 seconds.
func TestRefetchesAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.serve = w.well
		w.pass(3 * time.Second)
		w.sent = nil
		began := w.now
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			w.now += rapid.Int64Range(0, int64(time.Second)).Draw(t, "later")
			worker := w.worker()
			worker.renew()
			if rapid.Bool().Draw(t, "answered") {
				w.settle()
			}
			if rapid.Bool().Draw(t, "ticks") {
				worker.tick()
			}
			w.settle()
		}
		passed := time.Duration(w.now - began)
		refresh := w.workers[0].doc.(*Copy).source.Refresh
		if most := 2 + int(passed/(30*time.Second)) + int(passed/(refresh*7/8)); len(w.sent) > most {
			t.Errorf("%d calls in %v, want %d at most", len(w.sent), passed, most)
		}
	})
}
