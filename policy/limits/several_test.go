package limits_test

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// snapshot returns all buckets as one string: a page that is empty again counts
// as one that was never there.
func snapshot(s *guardtest.Shared) (all string) {
	for _, key := range s.Keys() {
		if value, _ := s.Value(key); len(value) > 0 {
			all += key + "=" + string(value) + "\n"
		}
	}
	return all
}

func TestSeveralLimitsChargeAllOrNone(t *testing.T) {
	defs := map[string]document.Limit{
		"wide": bucket(100, 1, "client"), "small": bucket(3, 1, "client"), "third": bucket(50, 1, "client"),
	}
	for _, order := range [][]string{{"wide", "small", "third"}, {"small", "wide", "third"}, {"third", "wide", "small"}} {
		t.Run(strings.Join(order, " "), func(t *testing.T) {
			b := set(t, defs, order...)
			if n := b.admits(); n != 3 {
				t.Fatalf("the strictest of 3 admits %d", n)
			}
			stored := snapshot(b.world.Shared)
			for range 20 {
				b.wants(guard.RateLimited)
			}
			if got := snapshot(b.world.Shared); got != stored {
				t.Errorf("denials changed a bucket: %q, then %q", stored, got)
			}
		})
	}
}

func TestARefundFillsTheBucketAgain(t *testing.T) {
	b := set(t, map[string]document.Limit{"first": bucket(10, 1, "client"), "second": bucket(1, 1, "tenant")}, "first", "second")
	b.wants(guard.Allowed, client("other"))
	before := snapshot(b.world.Shared)
	b.wants(guard.RateLimited) // "first" is full for this client, and must be so again
	if got := snapshot(b.world.Shared); got != before {
		t.Errorf("the denial left a charge: %q, then %q", before, got)
	}
}

func TestARefundKeepsWhatOthersCharged(t *testing.T) {
	b := set(t, map[string]document.Limit{"first": bucket(10, 1, "tenant"), "second": bucket(1, 1, "client")}, "first", "second")
	b.wants(guard.Allowed) // client acme has nothing left in "second"
	other := *b
	other.world, other.store = &guardtest.World{Shared: b.world.Shared}, newStore()
	sets := 0
	b.world.Before = func(call, _ string) error {
		if call == guardtest.Set {
			if sets++; sets == 2 { // the refund, while another worker admits another client
				other.wants(guard.Allowed, client("other"))
			}
		}
		return nil
	}
	b.wants(guard.RateLimited)
	b.world.Before = nil
	if sets != 3 {
		t.Errorf("%d writes, want a charge, a refund that met another worker, and the refund", sets)
	}
	for i := range 8 { // 10 - acme's 1 - other's 1
		b.wants(guard.Allowed, client(strings.Repeat("x", i+1)))
	}
	b.wants(guard.RateLimited, client("y"))
}

func TestLimitsBeforeAuthenticationAreNotGivenBack(t *testing.T) {
	b := set(t, map[string]document.Limit{"early": before(bucket(5, 1, "ip")), "late": bucket(1, 1, "client")}, "late", "early")
	b.wants(guard.Allowed)
	for range 4 {
		b.wants(guard.RateLimited)
	}
	if v := b.before.Check(b.request(), b.store); v.Reason != guard.RateLimited {
		t.Errorf("five attempts were made of five, the sixth is %v", v.Reason)
	}
}
