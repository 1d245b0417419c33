package limits_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// concurrency is a limit of requests in flight that costs 1.
func concurrency(limit int64, longest time.Duration, by ...string) document.Limit {
	return document.Limit{
		By: by, Cost: document.Cost{Default: 1},
		Concurrency: &document.Concurrency{Limit: limit, MaxDuration: document.Duration(longest)},
	}
}

// end ends a stream, as an Instance does.
func (b *bench) end(r *guard.Request) {
	b.t.Helper()
	r.Forget()
	for _, f := range r.Followers {
		if err := errors.Join(f.Respond(r), f.End(r)); err != nil {
			b.t.Fatal(err)
		}
	}
	r.Followers = r.Followers[:0]
}

func TestConcurrency(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": concurrency(2, time.Hour, "client")}, "l")
	first, second := b.wants(guard.Allowed), b.wants(guard.Allowed)
	if got := response(t, second, "ratelimit-policy") + " " + response(t, second, "ratelimit"); got != `"l";q=2;qu="concurrent-requests" "l";r=0` {
		t.Errorf("got %s", got)
	}
	v, refused := b.send()
	if v.Reason != guard.ConcurrencyExceeded || v.RetryAfter != time.Second || refused.Limit != (guard.Limit{Name: "l", Quota: 2}) {
		t.Errorf("got %+v and %+v", v, refused.Limit)
	}
	b.end(refused)
	b.wants(guard.ConcurrencyExceeded)
	b.wants(guard.Allowed, client("umbra"))
	b.now += int64(time.Minute)
	b.end(first)
	third := b.wants(guard.Allowed)
	b.wants(guard.ConcurrencyExceeded)
	b.end(second)
	b.end(third)
	if n := b.admits(); n != 2 {
		t.Errorf("when all have ended %d are admitted", n)
	}
}

func TestConcurrencyCounts(t *testing.T) {
	dear := concurrency(4, time.Hour, "client")
	dear.Cost = document.Cost{Default: 1, ByMethod: map[string]int64{"POST": 3, "OPTIONS": 0}}
	t.Run("cost", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": dear}, "l")
		post := b.wants(guard.Allowed, method("POST"))
		b.wants(guard.ConcurrencyExceeded, method("POST"))
		b.wants(guard.Allowed)
		if free := b.wants(guard.Allowed, method("OPTIONS")); len(free.Followers) != 0 {
			t.Error("a free request is followed")
		}
		b.end(post)
		b.wants(guard.Allowed, method("POST"))
	})
	t.Run("all of a route's limits or none", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": dear, "m": bucket(1, 0.001, "client")}, "l", "m")
		one := b.wants(guard.Allowed)
		for range 20 {
			b.end(b.wants(guard.RateLimited))
		}
		b.end(one)
		if got := strings.Count(snapshot(b.world.Shared), "concurrency"); got != 0 {
			t.Error("something is still in flight")
		}
	})
	t.Run("what is denied later is released with its stream", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": before(concurrency(1, time.Hour, "ip")), "m": bucket(1, 0.001, "client")}, "l", "m")
		b.end(b.wants(guard.Allowed))
		denied := b.wants(guard.RateLimited)
		b.wants(guard.ConcurrencyExceeded)
		b.end(denied)
		b.end(b.wants(guard.RateLimited))
	})
	t.Run("two limits of one route", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": dear, "m": before(concurrency(2, time.Minute, "ip"))}, "m", "l")
		first, second := b.wants(guard.Allowed), b.wants(guard.Allowed)
		if b.wants(guard.ConcurrencyExceeded); len(first.Followers) != 2 {
			t.Errorf("%d followers", len(first.Followers))
		}
		b.end(first)
		b.end(second)
		if n := b.admits(); n != 2 {
			t.Errorf("%d are admitted", n)
		}
	})
}

// A VM that died releases nothing; nor does one whose store fails.
func TestWhatIsNeverReleasedIsForgotten(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": concurrency(2, time.Minute, "client")}, "l")
	lost, failed := b.wants(guard.Allowed), b.wants(guard.Allowed)
	b.world.Before = func(call, _ string) error { return errStore }
	if err := failed.Followers[0].End(failed); !errors.Is(err, errStore) {
		t.Errorf("got %v", err)
	}
	b.world.Before = nil
	b.now += int64(40 * time.Second)
	b.wants(guard.ConcurrencyExceeded)
	b.now += int64(2 * time.Minute)
	kept := []*guard.Request{b.wants(guard.Allowed), b.wants(guard.Allowed)}
	b.end(lost) // of a generation that does not count any more: nobody else's is released
	b.wants(guard.ConcurrencyExceeded)
	b.end(kept[0])
	b.wants(guard.Allowed)
}

// A place that a refusal could not give back is released with the stream.
func TestAFailedRefundIsTriedAgain(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": concurrency(1, time.Hour, "ip"), "m": bucket(1, 0.001, "client")}, "l", "m")
	b.end(b.wants(guard.Allowed))
	sets := 0
	b.world.Before = func(call, _ string) error {
		if call == guardtest.Set {
			if sets++; sets == 2 { // the refund
				return errStore
			}
		}
		return nil
	}
	denied := b.wants(guard.LimitUnavailable)
	b.end(denied)
	b.wants(guard.Allowed, client("umbra"))
}

// A release reads no clock: with the time of its request it would cut, or
// forget, what others have stored since.
func TestAReleaseTouchesNoOther(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": concurrency(1, time.Second, "header.x-app")}, "l")
	b.world.Calls = nil
	old := b.wants(guard.Allowed, header("x-app", "old"))
	b.now += int64(48 * time.Hour)
	for i := range 3000 { // three in each page
		b.wants(guard.Allowed, header("x-app", string(rune('a'+i))))
	}
	again := b.wants(guard.Allowed, header("x-app", "old"))
	b.end(old)
	for i := range 3000 {
		b.wants(guard.ConcurrencyExceeded, header("x-app", string(rune('a'+i))))
	}
	b.wants(guard.ConcurrencyExceeded, header("x-app", "old"))
	b.end(again)
	b.wants(guard.Allowed, header("x-app", "old"))
}

// Workers share what is in flight, and a release meets another worker's write.
func TestAReleaseMeetsAnotherWorker(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": concurrency(3, time.Hour, "client")}, "l")
	r := b.wants(guard.Allowed)
	other, met := b.request(), false
	other.World = &guardtest.World{Shared: b.world.Shared}
	b.world.Before = func(call, _ string) error {
		if call == guardtest.Set && !met {
			met = true
			if v := b.check(other); !v.Allows() {
				t.Fatal(v)
			}
		}
		return nil
	}
	b.end(r)
	if n := b.admits(); n != 2 || !met {
		t.Errorf("%d are admitted beside the other worker's, want 2", n)
	}
}

func TestAFollowedRequestAllocatesNothing(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": concurrency(5, time.Hour, "client"), "m": before(concurrency(5, time.Hour, "ip")), "n": bucket(1e9, 1e6, "client")}, "m", "l", "n")
	b.world.Calls = nil
	r := b.request()
	allocations := testing.AllocsPerRun(1000, func() {
		again(r)
		r.Method, r.Now = "GET", r.Now+int64(time.Second)
		if !b.check(r).Allows() {
			t.Fatal("denied")
		}
		b.end(r)
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
