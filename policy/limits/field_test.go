package limits_test

import (
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
