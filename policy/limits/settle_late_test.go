package limits_test

import (
	"slices"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/limits"
)

// Responses that come late, and cost less than was charged, are no burst: what
// was charged has come back by itself meanwhile.
func TestLateResponsesAreNoBurst(t *testing.T) {
	for name, l := range map[string]document.Limit{
		"bucket": bucket(10, 1, "client"), "window": window(10, 10*time.Second, "client"), "quota": quota(10, "hour", "client"),
	} {
		t.Run(name, func(t *testing.T) {
			b := set(t, map[string]document.Limit{"l": settled(l, 5, 10)}, "l")
			slow := []*guard.Request{b.wants(guard.Allowed), b.wants(guard.Allowed)}
			b.wants(limitedBy(l))
			b.now += int64(5 * time.Hour)
			if n := b.admits(); n != 2 {
				t.Fatalf("5 hours later %d are admitted, want 2", n)
			}
			for _, r := range slow {
				r.Now = b.now
				b.respond(r, "0")
				b.end(r)
			}
			b.wants(limitedBy(l))
		})
	}
}

func limitedBy(l document.Limit) guard.Reason {
	if l.Quota != nil {
		return guard.QuotaExceeded
	}
	return guard.RateLimited
}

// The header is the limit's secret, also on a route with a cost of its own.
func TestTheHeaderIsInternalWhereTheRouteHasACost(t *testing.T) {
	for hidden, own := range map[string]document.Cost{"x-cost": {Default: 2}, "x-rows": {Default: 2, ResponseHeader: "x-rows", Max: 5}} {
		var p document.Problems
		s := limits.Compile(map[string]document.Limit{"l": settled(bucket(10, 1, "client"), 5, 10)}, &p)
		on := []document.RouteLimit{{Name: "l", Cost: &own}}
		_, g := s.Guard(document.Route{Name: "r", Identities: []string{"x"}, Limits: on}, captures(), "routes[0]", &p)
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		b := &bench{t: t, after: g, world: guardtest.New("192.0.2.1"), store: newStore(), now: start}
		r := b.wants(guard.Allowed)
		if !slices.Contains(r.Response, guard.Edit{Op: guard.Remove, Name: hidden}) {
			t.Errorf("%s is left in the response: %+v", hidden, r.Response)
		}
	}
}
