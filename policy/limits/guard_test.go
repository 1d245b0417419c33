package limits_test

import (
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/limits"
)

func TestABurstThenTheRate(t *testing.T) {
	b := set(t, map[string]document.Limit{"l": bucket(5, 2, "client")}, "l")
	if n := b.admits(); n != 5 {
		t.Fatalf("a full bucket of 5 admits %d", n)
	}
	v, _ := b.send()
	if v.RetryAfter != 500*time.Millisecond {
		t.Errorf("RetryAfter is %v", v.RetryAfter)
	}
	b.now += int64(v.RetryAfter) - 1
	b.wants(guard.RateLimited)
	b.now++
	b.wants(guard.Allowed)
	b.wants(guard.RateLimited)
	b.now += int64(time.Hour)
	if n := b.admits(); n != 5 {
		t.Errorf("after an hour it admits %d, want its capacity", n)
	}
}

// The cost of a route stands in the place of the limit's own, of every algorithm
// and for this route alone.
func TestCostOfARoute(t *testing.T) {
	for name, l := range algorithms(12, "client") {
		l.Cost = document.Cost{Default: 2, ByMethod: map[string]int64{"POST": 6}}
		var p document.Problems
		s := limits.Compile(map[string]document.Limit{"l": l}, &p)
		on := func(c *document.Cost) *limits.Guard {
			_, g := s.Guard(document.Route{Name: "r", Identities: []string{"x"}, Limits: []document.RouteLimit{{Name: "l", Cost: c}}}, captures(), "routes[0]", &p)
			return g
		}
		guards := map[string]*limits.Guard{
			"the limit's": on(nil), "the route's": on(&document.Cost{Default: 3}),
			"by method": on(&document.Cost{Default: 1, ByMethod: map[string]int64{"GET": 4, "DELETE": 0}}),
		}
		if err := p.Err(); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			guard, method string
			want          int
		}{
			{"the limit's", "GET", 6}, {"the limit's", "POST", 2}, {"the route's", "GET", 4}, {"the route's", "POST", 4},
			{"by method", "GET", 3}, {"by method", "HEAD", 3}, {"by method", "POST", 12}, {"by method", "DELETE", 1000},
		} {
			b := &bench{t: t, after: guards[tt.guard], world: guardtest.New("192.0.2.1"), store: newStore(), now: start}
			if n := b.admits(method(tt.method)); n != tt.want {
				t.Errorf("%s, %s, %s: admits %d, want %d", name, tt.guard, tt.method, n, tt.want)
			}
		}
	}
}

func TestCost(t *testing.T) {
	l := bucket(10, 1, "client")
	l.Cost = document.Cost{Default: 2, ByMethod: map[string]int64{"POST": 5, "OPTIONS": 0, "GET": 1}}
	tests := []struct {
		method string
		want   int
	}{
		{"GET", 10}, {"HEAD", 10}, {"POST", 2}, {"DELETE", 5}, {"PURGE", 5}, {"OPTIONS", 1000},
	}
	for _, tt := range tests {
		t.Run(tt.method, func(t *testing.T) {
			if n := set(t, map[string]document.Limit{"l": l}, "l").admits(method(tt.method)); n != tt.want {
				t.Errorf("admits %d, want %d", n, tt.want)
			}
		})
	}
	t.Run("a free request touches no store", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": l}, "l")
		r := b.wants(guard.Allowed, method("OPTIONS"))
		if len(b.world.Calls) != 0 || response(t, r, "ratelimit") != "" {
			t.Errorf("calls %v, field %q", b.world.Calls, response(t, r, "ratelimit"))
		}
	})
	t.Run("HEAD has its own cost where it is named", func(t *testing.T) {
		l.Cost.ByMethod = map[string]int64{"GET": 1, "HEAD": 10}
		if n := set(t, map[string]document.Limit{"l": l}, "l").admits(method("HEAD")); n != 1 {
			t.Errorf("admits %d", n)
		}
	})
	t.Run("the wait is for the whole cost", func(t *testing.T) {
		l.Cost.ByMethod = map[string]int64{"POST": 5}
		b := set(t, map[string]document.Limit{"l": l}, "l")
		b.admits(method("POST"))
		if v, _ := b.send(method("POST")); v.RetryAfter != 5*time.Second {
			t.Errorf("RetryAfter is %v", v.RetryAfter)
		}
	})
}

func TestPlans(t *testing.T) {
	l := bucket(5, 1, "client")
	l.Plans = map[string]document.TokenBucket{"gold": {Capacity: 100, RefillPerSecond: 10}, "tiny": {Capacity: 1, RefillPerSecond: 0.1}}
	tests := []struct {
		name, plan string
		want       int
		policy     string
	}{
		{"no plan", "", 5, `"l";q=5;w=5`},
		{"a plan of the limit", "gold", 100, `"l";q=100;w=10`},
		{"a plan that the limit does not name", "silver", 5, `"l";q=5;w=5`},
		{"a smaller plan", "tiny", 1, `"l";q=1;w=10`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := set(t, map[string]document.Limit{"l": l}, "l")
			if n := b.admits(plan(tt.plan)); n != tt.want {
				t.Errorf("admits %d, want %d", n, tt.want)
			}
			if _, r := b.send(plan(tt.plan)); response(t, r, "ratelimit-policy") != tt.policy {
				t.Errorf("the policy is %s", response(t, r, "ratelimit-policy"))
			}
		})
	}
	t.Run("each plan has a bucket, the unnamed share the plain one", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": l}, "l")
		for _, p := range []struct {
			name string
			want int
		}{{"tiny", 1}, {"", 5}, {"gold", 100}, {"silver", 0}, {"tiny", 0}} {
			if n := b.admits(plan(p.name)); n != p.want {
				t.Errorf("%q admits %d, want %d", p.name, n, p.want)
			}
		}
	})
	t.Run("so have plans of one size", func(t *testing.T) {
		l.Plans = map[string]document.TokenBucket{"gold": *l.TokenBucket, "silver": *l.TokenBucket}
		b := set(t, map[string]document.Limit{"l": l}, "l")
		for _, name := range []string{"", "gold", "silver"} {
			if n := b.admits(plan(name)); n != 5 {
				t.Errorf("%q admits %d", name, n)
			}
		}
	})
}

func TestARouteWithoutLimits(t *testing.T) {
	b := set(t, nil)
	if b.before != nil || b.after != nil {
		t.Fatal("a guard without limits")
	}
	r := b.wants(guard.Allowed)
	if len(r.Response) != 0 || len(b.world.Calls) != 0 {
		t.Errorf("it recorded %v and called %v", r.Response, b.world.Calls)
	}
}

func TestOneBucketForAllRoutesUnlessByRoute(t *testing.T) {
	for _, tt := range []struct {
		name string
		by   []string
		want guard.Reason
	}{
		{"by client", []string{"client"}, guard.RateLimited},
		{"by client and route", []string{"client", "route"}, guard.Allowed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p document.Problems
			s := limits.Compile(map[string]document.Limit{"l": bucket(3, 1, tt.by...)}, &p)
			b := &bench{t: t, world: guardtest.New("192.0.2.1"), store: newStore(), now: start}
			_, orders := s.Guard(document.Route{Name: "orders", Identities: []string{"x"}, Limits: []document.RouteLimit{{Name: "l"}}}, captures(), "routes[0]", &p)
			_, other := s.Guard(document.Route{Name: "other", Identities: []string{"x"}, Limits: []document.RouteLimit{{Name: "l"}}}, captures(), "routes[1]", &p)
			if err := p.Err(); err != nil {
				t.Fatal(err)
			}
			b.after = orders
			b.admits()
			b.after = other
			b.wants(tt.want)
		})
	}
}
