package limits_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/limits"
)

const start = int64(1_760_000_000) * int64(time.Second)

// bucket is a limit by the given parts that costs 1.
func bucket(capacity int64, refill float64, by ...string) document.Limit {
	return document.Limit{
		By: by, Cost: document.Cost{Default: 1},
		TokenBucket: &document.TokenBucket{Capacity: capacity, RefillPerSecond: refill},
	}
}

// window is a limit by a sliding window that costs 1.
func window(limit int64, length time.Duration, by ...string) document.Limit {
	return document.Limit{
		By: by, Cost: document.Cost{Default: 1},
		SlidingWindow: &document.SlidingWindow{Limit: limit, Window: document.Duration(length)},
	}
}

// quota is a limit by a quota, in UTC, that costs 1.
func quota(limit int64, per string, by ...string) document.Limit {
	return document.Limit{
		By: by, Cost: document.Cost{Default: 1},
		Quota: &document.Quota{Limit: limit, Per: per, Offset: "+00:00"},
	}
}

// algorithms are limits of every algorithm that let n pass.
func algorithms(n int64, by ...string) map[string]document.Limit {
	return map[string]document.Limit{
		"bucket": bucket(n, 0.001, by...), "window": window(n, time.Hour, by...), "quota": quota(n, "day", by...),
		"concurrency": concurrency(min(n, 1_000_000), time.Hour, by...),
	}
}

// limited tells whether a limit refused.
func limited(r guard.Reason) bool {
	return r == guard.RateLimited || r == guard.QuotaExceeded || r == guard.ConcurrencyExceeded
}

func before(l document.Limit) document.Limit {
	l.Before = "authentication"
	return l
}

// bench is a route with limits, and a request at it.
type bench struct {
	t             testing.TB
	before, after *limits.Guard
	world         *guardtest.World
	store         *limits.Store
	now           int64
}

// set compiles limits for a route whose path has the captures {tenant} and {id}.
func set(t testing.TB, defs map[string]document.Limit, names ...string) *bench {
	t.Helper()
	return told(t, "standard", defs, names...)
}

// told is set, of a policy that tells clients of limits so.
func told(t testing.TB, how string, defs map[string]document.Limit, names ...string) *bench {
	t.Helper()
	var p document.Problems
	s := limits.Compile(defs, &p)
	s.Tell(&document.Headers{Response: &document.ResponseHeaders{RateLimit: how}})
	rt := document.Route{Name: "orders", Path: "/{tenant}/{id}", Identities: []string{"partners"}, Limits: named(names...)}
	b, a := s.Guard(rt, captures("tenant", "id"), "routes[0]", &p)
	s.Unused(&p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return &bench{t: t, before: b, after: a, world: guardtest.New("192.0.2.1"), store: newStore(), now: start}
}

// named are limits of a route, at their own cost.
func named(names ...string) (all []document.RouteLimit) {
	for _, name := range names {
		all = append(all, document.RouteLimit{Name: name})
	}
	return all
}

func newStore() *limits.Store { return limits.NewStore([16]byte{1, 2, 3}, "test") }

func captures(names ...string) func(string) (int, bool) {
	return func(name string) (int, bool) {
		for i := range names {
			if names[i] == name {
				return i, true
			}
		}
		return 0, false
	}
}

func (b *bench) request() *guard.Request {
	return &guard.Request{
		Method: "GET", Now: b.now, World: b.world, Route: 0,
		Caller: guard.Caller{Identity: "partners", Client: "acme", Tenant: "t-acme"},
	}
}

// send judges a request that the changes were made to.
func (b *bench) send(changes ...func(*guard.Request)) (guard.Verdict, *guard.Request) {
	r := b.request()
	for _, change := range changes {
		change(r)
	}
	return b.check(r), r
}

func (b *bench) check(r *guard.Request) guard.Verdict {
	if v := b.before.Check(r, b.store); !v.Allows() {
		return v
	}
	return b.after.Check(r, b.store)
}

// wants sends and compares the reason.
func (b *bench) wants(want guard.Reason, changes ...func(*guard.Request)) *guard.Request {
	b.t.Helper()
	v, r := b.send(changes...)
	if v.Reason != want {
		b.t.Fatalf("got %v, want %v", v.Reason, want)
	}
	return r
}

// admits counts how many requests are admitted in a row, up to 1,000.
func (b *bench) admits(changes ...func(*guard.Request)) (n int) {
	b.t.Helper()
	for n < 1000 {
		v, _ := b.send(changes...)
		if limited(v.Reason) {
			return n
		}
		if !v.Allows() {
			b.t.Fatalf("request %d: %v", n, v.Reason)
		}
		n++
	}
	return n
}

func client(id string) func(*guard.Request) {
	return func(r *guard.Request) { r.Caller.Client = id }
}

func method(m string) func(*guard.Request) {
	return func(r *guard.Request) { r.Method = m }
}

func header(name string, values ...string) func(*guard.Request) {
	return func(r *guard.Request) {
		for _, v := range values {
			r.Headers = append(r.Headers, guard.Header{Name: name, Value: v})
		}
	}
}

func capture(i int, value string) func(*guard.Request) {
	return func(r *guard.Request) { r.Captures[i] = value }
}

func (b *bench) from(addr string) *bench {
	b.world.Addr = netip.MustParseAddr(addr)
	return b
}

// response returns the one value of a response field, "" when it is not there.
func response(t testing.TB, r *guard.Request, name string) string {
	t.Helper()
	value, n := "", 0
	for _, e := range r.Response {
		if e.Name == name {
			if e.Op != guard.Replace {
				t.Errorf("%s is not replaced", name)
			}
			value, n = e.Value, n+1
		}
	}
	if n > 1 {
		t.Errorf("%s is set %d times", name, n)
	}
	return value
}

var errStore = errors.New("the store is down")
