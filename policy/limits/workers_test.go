package limits_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// Two workers on one store; the second comes in between the first one's get and
// set, again and again.
func TestTwoWorkersInterleavedAdmitNoMoreThanTheLimit(t *testing.T) {
	for capacity := int64(1); capacity <= 20; capacity++ {
		for name, l := range algorithms(capacity, "client") {
			b := set(t, map[string]document.Limit{"l": l}, "l")
			other := *b
			other.world, other.store = &guardtest.World{Shared: b.world.Shared}, newStore()
			admitted, busy := int64(0), false
			count := func(b *bench) {
				if v, _ := b.send(); v.Allows() {
					admitted++
				} else if !limited(v.Reason) {
					t.Fatalf("%s: got %v", name, v.Reason)
				}
			}
			b.world.Before = func(call, _ string) error {
				if call == guardtest.Set && !busy {
					busy = true
					count(&other)
					busy = false
				}
				return nil
			}
			for range 3 * capacity {
				count(b)
			}
			if admitted != capacity {
				t.Errorf("%s: %d of %d were admitted", name, admitted, capacity)
			}
		}
	}
}

func TestManyWorkersAdmitExactlyTheLimit(t *testing.T) {
	const capacity = 1234
	for name, l := range algorithms(capacity, "client") {
		t.Run(name, func(t *testing.T) {
			b := set(t, map[string]document.Limit{"l": l}, "l")
			admitted, unavailable := rush(b, 4, 1000)
			if admitted != capacity {
				t.Errorf("%d of %d were admitted; %d were not judged", admitted, capacity, unavailable)
			}
		})
	}
}

// Three limits of different algorithms on a route: whatever the workers' order,
// no limit is exceeded, and what a denial charged is given back.
func TestManyWorkersAdmitNoMoreThanTheStrictest(t *testing.T) {
	defs := map[string]document.Limit{"bucket": bucket(900, 0.001, "client"), "window": window(700, hour, "client"), "quota": quota(500, "day", "client")}
	for _, order := range [][]string{{"bucket", "window", "quota"}, {"quota", "window", "bucket"}} {
		b := set(t, defs, order...)
		admitted, _ := rush(b, 4, 500)
		if admitted > 500 {
			t.Errorf("%d of 500 were admitted", admitted)
		}
		rest := int64(b.admits())
		if admitted+rest != 500 {
			t.Errorf("%d were admitted at once and %d afterwards, want 500 in all", admitted, rest)
		}
	}
}

// rush sends so many requests from each of so many workers.
func rush(b *bench, workers, each int) (admitted, unavailable int64) {
	var passed, unjudged atomic.Int64
	var all sync.WaitGroup
	for range workers {
		w := *b
		w.world, w.store = &guardtest.World{Shared: b.world.Shared}, newStore()
		all.Go(func() {
			for range each {
				switch v, _ := w.send(); v.Reason {
				case guard.Allowed:
					passed.Add(1)
				case guard.LimitUnavailable:
					unjudged.Add(1)
				}
			}
		})
	}
	all.Wait()
	return passed.Load(), unjudged.Load()
}
