package limits_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

func TestFields(t *testing.T) {
	five := bucket(10, 4, "client")
	five.Cost = document.Cost{Default: 7}
	tests := []struct {
		name          string
		defs          map[string]document.Limit
		limits        []string
		spent         int
		reason        guard.Reason
		policy, field string
	}{
		{"the first request", map[string]document.Limit{"a": bucket(100, 10, "client")}, []string{"a"}, 0, guard.Allowed, `"a";q=100;w=10`, `"a";r=99;t=1`},
		{"a slow bucket", map[string]document.Limit{"a": bucket(5, 0.1, "client")}, []string{"a"}, 0, guard.Allowed, `"a";q=5;w=50`, `"a";r=4;t=10`},
		{"the window is rounded up", map[string]document.Limit{"a": bucket(10, 3, "client")}, []string{"a"}, 0, guard.Allowed, `"a";q=10;w=4`, `"a";r=9;t=1`},
		{"a window is never 0", map[string]document.Limit{"a": bucket(1, 1000, "client")}, []string{"a"}, 0, guard.Allowed, `"a";q=1;w=1`, `"a";r=0;t=1`},
		{"the last", map[string]document.Limit{"a": bucket(2, 0.5, "client")}, []string{"a"}, 1, guard.Allowed, `"a";q=2;w=4`, `"a";r=0;t=2`},
		{"denied", map[string]document.Limit{"a": bucket(2, 0.5, "client")}, []string{"a"}, 2, guard.RateLimited, `"a";q=2;w=4`, `"a";r=0;t=2`},
		{"denied though something is left", map[string]document.Limit{"a": five}, []string{"a"}, 1, guard.RateLimited, `"a";q=10;w=3`, `"a";r=3;t=1`},
		{"the fewest of several", map[string]document.Limit{"a": bucket(9, 1, "client"), "b": bucket(3, 1, "client"), "c": bucket(7, 1, "client")},
			[]string{"a", "b", "c"}, 0, guard.Allowed, `"a";q=9;w=9, "b";q=3;w=3, "c";q=7;w=7`, `"b";r=2;t=1`},
		{"the first of two alike", map[string]document.Limit{"a": bucket(3, 1, "client"), "b": bucket(3, 1, "client")},
			[]string{"b", "a"}, 0, guard.Allowed, `"b";q=3;w=3, "a";q=3;w=3`, `"b";r=2;t=1`},
		{"the one that denied, although another has fewer", map[string]document.Limit{"a": bucket(2, 1, "client"), "b": five},
			[]string{"a", "b"}, 1, guard.RateLimited, `"a";q=2;w=2, "b";q=10;w=3`, `"b";r=3;t=1`},
		{"before and after authentication", map[string]document.Limit{"early": before(bucket(9, 1, "ip")), "late": bucket(5, 1, "client")},
			[]string{"late", "early"}, 0, guard.Allowed, `"early";q=9;w=9, "late";q=5;w=5`, `"late";r=4;t=1`},
		{"the tighter is before authentication", map[string]document.Limit{"early": before(bucket(5, 1, "ip")), "late": bucket(9, 1, "client")},
			[]string{"late", "early"}, 0, guard.Allowed, `"early";q=5;w=5, "late";q=9;w=9`, `"early";r=4;t=1`},
		{"denied before authentication", map[string]document.Limit{"early": before(bucket(1, 1, "ip")), "late": bucket(9, 1, "client")},
			[]string{"late", "early"}, 1, guard.RateLimited, `"early";q=1;w=1`, `"early";r=0;t=1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := set(t, tt.defs, tt.limits...)
			for range tt.spent {
				b.wants(guard.Allowed)
			}
			r := b.wants(tt.reason)
			if got := response(t, r, "ratelimit-policy"); got != tt.policy {
				t.Errorf("RateLimit-Policy is %s, want %s", got, tt.policy)
			}
			if got := response(t, r, "ratelimit"); got != tt.field {
				t.Errorf("RateLimit is %s, want %s", got, tt.field)
			}
		})
	}
}

// fields are all that a response says of limits, in order.
func fields(r *guard.Request) (all string) {
	for _, e := range r.Response {
		switch e.Op {
		case guard.Replace:
			all += e.Name + ": " + e.Value + "\n"
		case guard.Remove:
			all += "no " + e.Name + "\n"
		}
	}
	return all
}

func TestHowClientsAreTold(t *testing.T) {
	defs := map[string]document.Limit{"early": before(concurrency(9, hour, "ip")), "late": bucket(2, 0.25, "client"), "wide": window(100, hour, "client")}
	tests := []struct {
		how, limits string
		spent       int
		reason      guard.Reason
		want        string
	}{
		{"standard", "late early wide", 0, guard.Allowed, "ratelimit-policy: \"early\";q=9;qu=\"concurrent-requests\", \"late\";q=2;w=8, \"wide\";q=100;w=3600\nratelimit: \"late\";r=1;t=4\n"},
		{"legacy", "late early wide", 0, guard.Allowed, "x-ratelimit-limit: 2\nx-ratelimit-remaining: 1\nx-ratelimit-reset: 4\n"},
		{"legacy", "late early wide", 2, guard.RateLimited, "x-ratelimit-limit: 2\nx-ratelimit-remaining: 0\nx-ratelimit-reset: 4\n"},
		{"legacy", "early", 0, guard.Allowed, "x-ratelimit-limit: 9\nx-ratelimit-remaining: 8\nno x-ratelimit-reset\n"},
		{"legacy", "early", 9, guard.ConcurrencyExceeded, "x-ratelimit-limit: 9\nx-ratelimit-remaining: 0\nno x-ratelimit-reset\n"},
		{"none", "late early wide", 0, guard.Allowed, ""},
		{"none", "late", 2, guard.RateLimited, ""},
		{"none", "early", 9, guard.ConcurrencyExceeded, ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.how, " ", tt.limits, " ", tt.spent), func(t *testing.T) {
			names := strings.Fields(tt.limits)
			on := map[string]document.Limit{}
			for _, name := range names {
				on[name] = defs[name]
			}
			b := told(t, tt.how, on, names...)
			for range tt.spent {
				b.wants(guard.Allowed)
			}
			v, r := b.send()
			if got := fields(r); v.Reason != tt.reason || got != tt.want {
				t.Errorf("%v, and the response says\n%swant %v and\n%s", v.Reason, got, tt.reason, tt.want)
			}
			if !v.Allows() && v.RetryAfter <= 0 {
				t.Error("there is no Retry-After")
			}
			if r.Limit.Name == "" || r.Limit.Untold != (tt.how == "none") {
				t.Errorf("the audit line finds %+v", r.Limit)
			}
		})
	}
	t.Run("free", func(t *testing.T) {
		free := bucket(5, 1, "client")
		free.Cost.ByMethod = map[string]int64{"OPTIONS": 0}
		for how, want := range map[string]string{"standard": "ratelimit-policy: \"l\";q=5;w=5\n", "legacy": "", "none": ""} {
			if got := fields(told(t, how, map[string]document.Limit{"l": free}, "l").wants(guard.Allowed, method("OPTIONS"))); got != want {
				t.Errorf("%s: got %q", how, got)
			}
		}
	})
}

func TestTellingAllocatesNothing(t *testing.T) {
	for _, how := range []string{"standard", "legacy", "none"} {
		b := told(t, how, map[string]document.Limit{"l": bucket(1e9, 1e6, "client"), "m": before(bucket(1e9, 1e6, "ip"))}, "l", "m")
		b.world.Calls = nil
		r := b.request()
		if n := testing.AllocsPerRun(1000, func() {
			again(r)
			if !b.check(r).Allows() {
				t.Fatal("denied")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", how, n)
		}
	}
}

// Section 6 of the draft: Retry-After does not end before the window does.
func TestRetryAfterIsNeverBeforeTheWindow(t *testing.T) {
	l := bucket(10, 0.37, "client")
	for cost := int64(1); cost <= 10; cost++ {
		l.Cost = document.Cost{Default: cost}
		b := set(t, map[string]document.Limit{"l": l}, "l")
		b.admits()
		for range 30 {
			b.now += int64(777 * time.Millisecond)
			v, r := b.send()
			if v.Allows() {
				continue
			}
			if seconds := (int64(v.RetryAfter) + 999_999_999) / 1_000_000_000; seconds < r.Limit.Reset {
				t.Errorf("cost %d: Retry-After %d, t=%d", cost, seconds, r.Limit.Reset)
			}
		}
	}
}
