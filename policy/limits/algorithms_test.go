package limits_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/limits"
)

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

// toEnd is how long the period that has begun at start still lasts:
// start is 2025-10-09 08:53:20 UTC.
const (
	hourEnds  = 6*time.Minute + 40*time.Second
	dayEnds   = 15*time.Hour + hourEnds
	monthEnds = 22*day + dayEnds
)

func TestFieldsOfWindowsAndQuotas(t *testing.T) {
	ahead := quota(5, "day", "client")
	ahead.Quota.Offset = "+02:00"
	dear := window(10, time.Minute, "client")
	dear.Cost = document.Cost{Default: 7}
	mixed := map[string]document.Limit{"b": bucket(9, 1, "client"), "w": window(5, time.Minute, "client"), "q": quota(7, "day", "client")}
	seconds := func(d time.Duration) int { return int(d / time.Second) }
	tests := []struct {
		name          string
		defs          map[string]document.Limit
		limits        []string
		spent         int
		reason        guard.Reason
		retry         time.Duration
		policy, field string
	}{
		// 20 seconds of the minute are over. In the next one, one of two comes
		// back when half of it is over.
		{"a window", map[string]document.Limit{"a": window(2, time.Minute, "client")}, []string{"a"}, 0, guard.Allowed, 0, `"a";q=2;w=60`, `"a";r=1;t=100`},
		{"a window's last", map[string]document.Limit{"a": window(2, time.Minute, "client")}, []string{"a"}, 1, guard.Allowed, 0, `"a";q=2;w=60`, `"a";r=0;t=70`},
		{"a window is used up", map[string]document.Limit{"a": window(2, time.Minute, "client")}, []string{"a"}, 2, guard.RateLimited, 70 * time.Second, `"a";q=2;w=60`, `"a";r=0;t=70`},
		{"a window has too little left", map[string]document.Limit{"a": dear}, []string{"a"}, 1, guard.RateLimited, 74*time.Second + 285714286, `"a";q=10;w=60`, `"a";r=3;t=49`},
		{"an hour", map[string]document.Limit{"a": quota(2, "hour", "client")}, []string{"a"}, 0, guard.Allowed, 0, `"a";q=2;w=3600`, fmt.Sprintf(`"a";r=1;t=%d`, seconds(hourEnds))},
		{"a day", map[string]document.Limit{"a": quota(2, "day", "client")}, []string{"a"}, 1, guard.Allowed, 0, `"a";q=2;w=86400`, fmt.Sprintf(`"a";r=0;t=%d`, seconds(dayEnds))},
		{"a day of another clock", map[string]document.Limit{"a": ahead}, []string{"a"}, 0, guard.Allowed, 0, `"a";q=5;w=86400`, fmt.Sprintf(`"a";r=4;t=%d`, seconds(dayEnds-2*hour))},
		{"a month is used up", map[string]document.Limit{"a": quota(2, "month", "client")}, []string{"a"}, 2, guard.QuotaExceeded, monthEnds, `"a";q=2;w=2678400`, fmt.Sprintf(`"a";r=0;t=%d`, seconds(monthEnds))},
		{"the tightest of three", mixed, []string{"b", "w", "q"}, 0, guard.Allowed, 0, `"b";q=9;w=9, "w";q=5;w=60, "q";q=7;w=86400`, `"w";r=4;t=100`},
		{"the strictest of three denies", mixed, []string{"q", "b", "w"}, 5, guard.RateLimited, 52 * time.Second, `"q";q=7;w=86400, "b";q=9;w=9, "w";q=5;w=60`, `"w";r=0;t=52`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := set(t, tt.defs, tt.limits...)
			for range tt.spent {
				b.wants(guard.Allowed)
			}
			v, r := b.send()
			if v.Reason != tt.reason || v.RetryAfter != tt.retry {
				t.Errorf("got %v, retry after %v, want %v, %v", v.Reason, v.RetryAfter, tt.reason, tt.retry)
			}
			if got := response(t, r, "ratelimit-policy"); got != tt.policy {
				t.Errorf("RateLimit-Policy is %s, want %s", got, tt.policy)
			}
			if got := response(t, r, "ratelimit"); got != tt.field {
				t.Errorf("RateLimit is %s, want %s", got, tt.field)
			}
		})
	}
}

func TestCostsOfWindowsAndQuotas(t *testing.T) {
	for name, l := range algorithms(10, "client") {
		t.Run(name, func(t *testing.T) {
			l.Cost = document.Cost{Default: 2, ByMethod: map[string]int64{"GET": 3, "OPTIONS": 0}}
			b := set(t, map[string]document.Limit{"l": l}, "l")
			b.wants(guard.Allowed)
			b.wants(guard.Allowed, method("HEAD")) // costs what GET costs
			r := b.wants(guard.Allowed, method("POST"))
			if r.Limit.Remaining != 2 {
				t.Errorf("%d of 10 are left, want 2", r.Limit.Remaining)
			}
			if v, _ := b.send(); !limited(v.Reason) {
				t.Errorf("a GET is %v", v.Reason)
			}
			b.wants(guard.Allowed, method("POST"))
			b.wants(guard.Allowed, method("OPTIONS")) // free
		})
	}
}

func TestSeveralAlgorithmsChargeAllOrNone(t *testing.T) {
	wide := algorithms(100, "client")
	for small, l := range algorithms(3, "client") {
		defs := map[string]document.Limit{"small": l}
		for name, l := range wide {
			defs[name] = l
		}
		t.Run(small, func(t *testing.T) {
			b := set(t, defs, "bucket", "window", "quota", "concurrency", "small")
			if n := b.admits(); n != 3 {
				t.Fatalf("the strictest of 3 admits %d", n)
			}
			stored := snapshot(b.world.Shared)
			for range 20 {
				b.admits()
			}
			if got := snapshot(b.world.Shared); got != stored {
				t.Errorf("denials changed a counter: %q, then %q", stored, got)
			}
		})
	}
}

// A limit that gets another algorithm under the same name reads nothing of the
// old one's.
func TestAlgorithmsDoNotMix(t *testing.T) {
	all := algorithms(5, "client")
	for from, old := range all {
		b := set(t, map[string]document.Limit{"l": old}, "l")
		b.admits()
		for to, l := range all {
			if n := b.inherit(map[string]document.Limit{"l": l}, "l").admits(); to != from && n != 5 || to == from && n != 0 {
				t.Errorf("after %s, %s admits %d", from, to, n)
			}
		}
		for _, key := range b.world.Shared.Keys() {
			if !strings.Contains(key, "/l/1/") && !strings.Contains(key, "/l/window-1/") && !strings.Contains(key, "/l/quota-1/") && !strings.Contains(key, "/l/concurrency-1/") {
				t.Errorf("the key %s", key)
			}
		}
	}
}

// An expired counter leaves nothing.
func TestExpiredCountersLeaveNoSlot(t *testing.T) {
	for name, tt := range map[string]struct {
		limit document.Limit
		after time.Duration
	}{
		"window": {window(5, time.Minute, "client"), 2 * time.Minute},
		"quota":  {quota(5, "day", "client"), day},

		"concurrency": {concurrency(5, time.Minute, "client"), 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			b := set(t, map[string]document.Limit{"l": tt.limit}, "l")
			for i := range 2000 {
				b.wants(guard.Allowed, client(fmt.Sprint(i)))
			}
			b.now += int64(tt.after)
			for i := range 20_000 {
				b.wants(guard.Allowed, client(fmt.Sprint("new", i)))
				b.now += int64(tt.after)
			}
			if n := len(b.world.Shared.Keys()); n > limits.Pages {
				t.Errorf("%d keys", n)
			}
			if slots := len(snapshot(b.world.Shared)) / 24; slots > 3*limits.Pages {
				t.Errorf("about %d slots are left", slots)
			}
		})
	}
}

// More clients than the pages of a limit can hold at once: those who have taken
// least are forgotten, the heavy one never.
func TestTheHeavyClientIsRememberedByEveryAlgorithm(t *testing.T) {
	for name, l := range algorithms(5, "client") {
		t.Run(name, func(t *testing.T) {
			b := set(t, map[string]document.Limit{"l": l}, "l")
			b.world.Calls = nil
			for range 5 {
				b.wants(guard.Allowed, client("heavy"))
			}
			for i := range 600_000 {
				b.wants(guard.Allowed, client(fmt.Sprint(i)))
			}
			if v, _ := b.send(client("heavy")); !limited(v.Reason) {
				t.Errorf("the heavy client is %v", v.Reason)
			}
			if bytes := b.world.Shared.Bytes(); bytes > limits.Pages*(limits.Slots*24+64) {
				t.Errorf("%d bytes", bytes)
			}
		})
	}
}

// Whoever is refused comes again when he is told to, also after the clock was
// set back, and is not kept out for longer than a window, or the period.
func TestAClockSetBackKeepsNobodyOut(t *testing.T) {
	for name, tt := range map[string]struct {
		limit document.Limit
		most  time.Duration
	}{
		"window": {window(5, time.Minute, "client"), time.Minute + time.Minute/5},
		"hour":   {quota(5, "hour", "client"), hour + time.Second},
		"day":    {quota(5, "day", "client"), day + time.Second},
		"month":  {quota(5, "month", "client"), 31*day + time.Second},
	} {
		for _, back := range []time.Duration{0, 1, time.Millisecond, time.Second, time.Second + 1, time.Minute, hour, day, 31 * day, 400 * day} {
			t.Run(fmt.Sprintf("%s, back by %v", name, back), func(t *testing.T) {
				b := set(t, map[string]document.Limit{"l": tt.limit}, "l")
				b.admits()
				b.now -= int64(back)
				v, _ := b.send()
				if !limited(v.Reason) || v.RetryAfter <= 0 || v.RetryAfter > tt.most {
					t.Fatalf("got %v, retry after %v", v.Reason, v.RetryAfter)
				}
				b.now += int64(v.RetryAfter) - 1
				if v, _ := b.send(); !limited(v.Reason) {
					t.Errorf("a nanosecond before that it is %v", v.Reason)
				}
				b.now++
				b.wants(guard.Allowed)
			})
		}
	}
}
