package limits_test

import (
	"errors"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

func world() *guardtest.World { return guardtest.New("192.0.2.1") }

func TestWithoutTheStore(t *testing.T) {
	hundred := in("r", bucket(100, 0.001, "client"))
	for name, tt := range map[string]struct {
		limit    document.Limit
		admitted int
		then     guard.Reason
		event    string
	}{
		"deny":                                 {hundred, 0, guard.LimitUnavailable, "denied"},
		"allow":                                {otherwise("allow", 0, hundred), 150, guard.Allowed, "allowed"},
		"local":                                {otherwise("local", 0.25, hundred), 25, guard.RateLimited, "local"},
		"local, a window":                      {otherwise("local", 0.25, in("r", window(100, 3600e9, "client"))), 25, guard.RateLimited, "local"},
		"local, a quota":                       {otherwise("local", 0.25, in("r", quota(100, "day", "client"))), 25, guard.QuotaExceeded, "local"},
		"local, a share that is less than one": {otherwise("local", 0.001, hundred), 1, guard.RateLimited, "local"},
	} {
		for how, err := range map[string]error{"503": nil, "not sent": guard.ErrNotSent, "too large": guard.ErrTooLarge, "busy": guard.ErrBusy, "unreadable": guard.ErrNoAnswer} {
			t.Run(name+"/"+how, func(t *testing.T) {
				f := share(t, map[string]document.Limit{"l": tt.limit}, "l")
				f.down["webdis"] = err
				for range tt.admitted {
					f.wants(guard.Allowed)
				}
				r := f.wants(tt.then)
				if n := f.counted("r.event." + tt.event); n != tt.admitted+1 {
					t.Errorf("counted %d times, want %d", n, tt.admitted+1)
				}
				calls := min(5, tt.admitted+1)
				if errors.Is(err, guard.ErrBusy) {
					calls = tt.admitted + 1 // the store is not left alone because the worker is full
				}
				if len(f.calls) != calls {
					t.Errorf("%d calls", len(f.calls))
				}
				if tt.then == guard.LimitUnavailable && len(r.Response) != 0 {
					t.Errorf("the client is told %v", r.Response)
				}
			})
		}
	}
}

// TestEachLimitGoesByItsOwnSetting: several in one call.
func TestEachLimitGoesByItsOwnSetting(t *testing.T) {
	allow := otherwise("allow", 0, in("r", bucket(100, 0.001, "client")))
	local := otherwise("local", 0.1, in("r", bucket(100, 0.001, "client")))
	deny := in("r", bucket(100, 0.001, "client"))
	f := share(t, map[string]document.Limit{"a": allow, "b": local}, "a", "b")
	f.down["webdis"] = nil
	if n := f.admits(); n != 10 {
		t.Errorf("%d are admitted, want 10", n)
	}
	f = share(t, map[string]document.Limit{"a": allow, "b": local, "c": deny}, "a", "b", "c")
	f.down["webdis"] = nil
	f.wants(guard.LimitUnavailable)
	if n := len(f.world.Shared.Keys()); n != 0 {
		t.Errorf("a request that is denied is counted in %d keys", n)
	}
}

// TestTheLocalShareIsACounterOfItsOwn: it is full when the store fails, and
// what it counted is not asked of the store.
func TestTheLocalShareIsACounterOfItsOwn(t *testing.T) {
	f := share(t, map[string]document.Limit{"l": otherwise("local", 0.5, in("r", bucket(10, 0.001, "client")))}, "l")
	for range 3 {
		f.wants(guard.Allowed)
	}
	f.down["webdis"] = nil
	if n := f.admits(); n != 5 {
		t.Errorf("%d are admitted without the store, want 5", n)
	}
	delete(f.down, "webdis")
	f.now += 6e9
	if n := f.admits(); n != 7 {
		t.Errorf("%d are admitted with it, want 7", n)
	}
}

// TestTheLocalShareIsNotTheLimitBeforeItHadAStore: of the same name and size.
func TestTheLocalShareIsNotTheLimitBeforeItHadAStore(t *testing.T) {
	for name, def := range algorithms(3, "client") {
		if def.Concurrency != nil {
			continue
		}
		before := set(t, map[string]document.Limit{"l": def}, "l")
		before.admits()
		f := share(t, map[string]document.Limit{"l": otherwise("local", 1, in("r", def))}, "l")
		f.world.Shared = before.world.Shared
		f.down["webdis"] = nil
		if n := f.admits(); n != 3 {
			t.Errorf("%s: %d are admitted, want 3", name, n)
		}
	}
}

// TestTheDearestRequestPassesLocally: a share that is smaller than a request's
// cost would refuse it for ever.
func TestTheDearestRequestPassesLocally(t *testing.T) {
	def := otherwise("local", 0.01, in("r", bucket(100, 0.001, "client")))
	def.Cost = document.Cost{Default: 1, ByMethod: map[string]int64{"POST": 20}}
	f := share(t, map[string]document.Limit{"l": def}, "l")
	f.down["webdis"] = nil
	f.wants(guard.Allowed, method("POST"))
	f.wants(guard.RateLimited, method("POST"))
}

// TestAStoreErrorGivesBack: what the limits before it took.
func TestAStoreErrorGivesBack(t *testing.T) {
	for _, err := range []error{nil, guard.ErrGone} {
		f := share(t, map[string]document.Limit{"a": bucket(3, 0.001, "client"), "b": in("q", bucket(3, 0.001, "client")), "c": in("r", bucket(3, 0.001, "client"))}, "a", "b", "c")
		f.down["webdis"] = err
		for range 4 {
			f.wants(guard.LimitUnavailable)
		}
		delete(f.down, "webdis")
		if n := f.admits(); n != 3 {
			t.Errorf("%v: %d are left, want 3", err, n)
		}
	}
}

// TestOthersAreJudgedMeanwhile: a request that waits for the store keeps what
// is its own, while others are judged by the same Store.
func TestOthersAreJudgedMeanwhile(t *testing.T) {
	f := share(t, map[string]document.Limit{"a": bucket(9, 0.001, "client"), "l": in("r", bucket(1, 0.001, "client"))}, "a", "l")
	answer, depth := f.world.Answer, 0
	f.world.Answer = func(c *guard.Call) (guard.Answer, error) {
		if depth++; depth < 4 {
			f.wants(guard.Allowed, client("other-"+string(rune('a'+depth))))
		}
		depth--
		return answer(c)
	}
	f.wants(guard.Allowed)
	f.world.Answer = answer
	f.wants(guard.RateLimited)
	f.wants(guard.RateLimited, client("other-b"))
	if n := len(f.redis.Keys()); n != 4 {
		t.Errorf("%d keys, want 4", n)
	}
}

// TestAnAddressThatIsNotKnown: nothing is asked.
func TestAnAddressThatIsNotKnown(t *testing.T) {
	f := share(t, map[string]document.Limit{"l": otherwise("allow", 0, in("r", bucket(1, 1, "ip")))}, "l")
	f.world.Before = func(call, _ string) error {
		if call == guardtest.Address {
			return errors.New("no address")
		}
		return nil
	}
	f.wants(guard.LimitUnavailable)
	if len(f.calls) != 0 {
		t.Errorf("%d calls", len(f.calls))
	}
}

// TestTheLocalShareOfADearRoute: a request of a route that costs more than the
// share takes what it costs, so that no more of them pass than the share's rate
// lets. A request without the route's cost is counted in the same counter.
func TestTheLocalShareOfADearRoute(t *testing.T) {
	l := otherwise("local", 0.1, in("r", bucket(100, 1, "client")))
	l.Plans = map[string]document.TokenBucket{"gold": {Capacity: 200, RefillPerSecond: 1}}
	dear := document.RouteLimit{Name: "l", Cost: &document.Cost{Default: 1, ByMethod: map[string]int64{"POST": 50}}}
	for _, plan := range []string{"", "gold"} {
		f := shareFor(t, map[string]document.Limit{"l": l}, dear)
		f.down["webdis"] = nil
		of := func(r *guard.Request) { r.Caller.Plan = plan }
		admitted := 0
		for range 5001 {
			if v, _ := f.send(of, method("POST")); v.Allows() {
				admitted++
			}
			f.now += 1e9
		}
		if admitted != 11 {
			t.Errorf("plan %q: %d requests of 50 tokens pass within 5000s at a tenth of a token each, want 11", plan, admitted)
		}
	}
}
