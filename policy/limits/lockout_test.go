package limits_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// returns sends, waits for as long as it is told, and must be admitted then,
// not a nanosecond earlier.
func (b *bench) returns(changes ...func(*guard.Request)) (wait time.Duration) {
	b.t.Helper()
	v, _ := b.send(changes...)
	if v.Allows() {
		return 0
	}
	if v.Reason != guard.RateLimited || v.RetryAfter <= 0 {
		b.t.Fatalf("got %v after %v", v.Reason, v.RetryAfter)
	}
	b.now += int64(v.RetryAfter) - 1
	b.wants(guard.RateLimited, changes...)
	b.now++
	b.wants(guard.Allowed, changes...)
	return v.RetryAfter
}

func plan(name string) func(*guard.Request) { return func(r *guard.Request) { r.Caller.Plan = name } }

// inherit is a new policy in the same proxy.
func (b *bench) inherit(defs map[string]document.Limit, names ...string) *bench {
	b.t.Helper()
	n := set(b.t, defs, names...)
	n.world.Shared, n.now = b.world.Shared, b.now
	return n
}

func TestAClockSetBack(t *testing.T) {
	for _, tt := range []struct {
		name string
		back time.Duration
		want time.Duration // until a token is there
	}{
		{"a day", 24 * time.Hour, time.Second},
		{"an hour", time.Hour, time.Second},
		{"just more than the slack", time.Second + 1, time.Second},
		{"the slack, which may be another worker's later clock", time.Second, 2 * time.Second},
		{"a little", time.Millisecond, time.Second + time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := set(t, map[string]document.Limit{"l": bucket(5, 1, "client")}, "l")
			b.admits()
			b.now -= int64(tt.back)
			if got := b.returns(); got != tt.want {
				t.Errorf("it waited for %v, want %v", got, tt.want)
			}
		})
	}
	t.Run("one request before it", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": bucket(10, 1, "client")}, "l")
		b.wants(guard.Allowed)
		b.now -= int64(time.Hour)
		b.returns()
	})
	t.Run("before 1970", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": bucket(5, 1, "client")}, "l")
		b.admits()
		b.now = -5
		b.wants(guard.RateLimited)
	})
	t.Run("the first refusal writes, no other", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": bucket(5, 1, "client")}, "l")
		b.admits()
		b.now -= int64(time.Hour)
		b.world.Calls[guardtest.Set] = 0
		for range 100 {
			b.wants(guard.RateLimited)
		}
		if n := b.world.Calls[guardtest.Set]; n != 1 {
			t.Errorf("%d writes", n)
		}
	})
	t.Run("a write that fails denies", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": bucket(5, 1, "client")}, "l")
		b.admits()
		b.now -= int64(time.Hour)
		b.world.Before = func(call, _ string) error {
			if call == guardtest.Set {
				return errStore
			}
			return nil
		}
		b.wants(guard.LimitUnavailable)
	})
}

// A request reads the clock before others drain the bucket, and is refused
// after that. Its time is then earlier than theirs.
func TestALateRefusalGivesNothing(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": bucket(1000, 1_000_000, "client")}, "l")
	if n := b.admits(); n != 1000 {
		t.Fatalf("admits %d", n)
	}
	for range 100 {
		b.now -= int64(time.Millisecond) // worth the whole bucket
		b.wants(guard.RateLimited)
		b.now += int64(time.Millisecond)
		b.wants(guard.RateLimited)
	}
}

// The same of a refund: it returns what was charged, not the time.
func TestALateRefundGivesItsCharge(t *testing.T) {
	for _, late := range []time.Duration{time.Millisecond, time.Minute} {
		b := set(t, map[string]document.Limit{"first": bucket(1000, 1, "tenant"), "second": bucket(1, 0.001, "client")}, "first", "second")
		b.wants(guard.Allowed) // acme has nothing left in "second"
		other := b.inherit(map[string]document.Limit{"first": bucket(1000, 1, "tenant")}, "first")
		other.now += int64(late)
		sets := 0
		b.world.Before = func(call, _ string) error {
			if call == guardtest.Set {
				if sets++; sets == 2 { // the refund
					other.admits()
				}
			}
			return nil
		}
		b.wants(guard.RateLimited)
		if n := other.admits(); n != 1 {
			t.Errorf("late by %v: the refund of 1 gave %d", late, n)
		}
	}
}

func TestASlowPlanLocksNobodyOut(t *testing.T) {
	l := bucket(60, 0.01, "tenant")
	l.Plans = map[string]document.TokenBucket{"gold": {Capacity: 1000, RefillPerSecond: 100}}
	b := set(t, map[string]document.Limit{"l": l}, "l")
	b.wants(guard.Allowed, client("free"))
	if n := b.admits(client("paying"), plan("gold")); n != 1000 {
		t.Errorf("after one request of the slow plan the fast one admits %d", n)
	}
	if got := b.returns(client("paying"), plan("gold")); got != 10*time.Millisecond {
		t.Errorf("it waited for %v", got)
	}
	if n := b.admits(client("free")); n != 59 {
		t.Errorf("the slow plan has %d left, want 59", n)
	}
}

func TestALargerPlanIsThereAtOnce(t *testing.T) {
	l := bucket(10, 10.0/86400, "client")
	l.Plans = map[string]document.TokenBucket{"gold": {Capacity: 1000, RefillPerSecond: 100}}
	b := set(t, map[string]document.Limit{"l": l}, "l")
	b.admits()
	if n := b.admits(plan("gold")); n != 1000 {
		t.Errorf("the new plan admits %d", n)
	}
	b.returns(plan("gold"))
	b.wants(guard.RateLimited) // the old plan's bucket is as it was
}

func TestARelaxedLimitIsThereAtOnce(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": bucket(10, 10.0/86400, "client")}, "l")
	b.admits()
	n := b.inherit(map[string]document.Limit{"l": bucket(1000, 100, "client")}, "l")
	if got := n.admits(); got != 1000 {
		t.Errorf("the relaxed limit admits %d", got)
	}
	n.returns()
}

func TestBucketsOutliveAPolicyThatKeepsTheirSize(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": bucket(10, 1, "client")}, "l")
	b.admits()
	n := b.inherit(map[string]document.Limit{"l": bucket(10, 1, "client"), "new": bucket(500, 1, "ip")}, "l", "new")
	n.wants(guard.RateLimited)
}

// While a policy is replaced, some connections still have the old one. What the
// new one does must not fill the old one's buckets, not even those of others in
// the same page.
func TestTwoPoliciesAtOnceAdmitTheirSum(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": bucket(100, 0.01, "client")}, "l")
	n := b.inherit(map[string]document.Limit{"l": bucket(50, 1000, "client")}, "l")
	sums := map[string]int{}
	for i := range 3000 { // more than there are pages
		n.wants(guard.Allowed, client(strings.Repeat("x", i%60)+string(rune('a'+i/60))))
		if v, _ := b.send(); v.Allows() {
			sums["old"]++
		}
		if v, _ := n.send(); v.Allows() {
			sums["new"]++
		}
	}
	if sums["old"] != 100 || sums["new"] != 50 {
		t.Errorf("admitted %v, want the two capacities", sums)
	}
}

// A worker that read its clock before others drained a bucket writes the page
// of that bucket: the tokens are not there again.
func TestALateClockGivesNothingAway(t *testing.T) {
	l := bucket(1_000_000, 10, "client")
	l.Cost = document.Cost{Default: 1, ByMethod: map[string]int64{"POST": 1_000_000}}
	defs := map[string]document.Limit{"slow": l}
	b := set(t, defs, "slow")
	b.wants(guard.Allowed, client("a"), method("POST"))
	neighbour := samePage(t, defs, b.world.Shared.Keys()[0])
	for range 10 {
		b.now = start - int64(time.Second/2)
		b.wants(guard.Allowed, client(neighbour))
		b.now = start
		b.wants(guard.RateLimited, client("a"))
	}
}

// samePage finds a client whose bucket stands in a page.
func samePage(t *testing.T, defs map[string]document.Limit, page string) string {
	t.Helper()
	for i := range 20_000 {
		id := fmt.Sprint("b", i)
		c := set(t, defs, "slow")
		c.wants(guard.Allowed, client(id))
		if c.world.Shared.Keys()[0] == page {
			return id
		}
	}
	t.Fatal("no client found")
	return ""
}
