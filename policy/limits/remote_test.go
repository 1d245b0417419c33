package limits_test

import (
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/limits"
	"sallyport.dev/sallyport/policy/stores"
	"sallyport.dev/sallyport/policy/stores/storestest"
)

// in puts a limit into a store.
func in(store string, l document.Limit) document.Limit {
	l.Store, l.OnStoreError = store, "deny"
	return l
}

// otherwise says what happens while the store does not answer.
func otherwise(on string, fraction float64, l document.Limit) document.Limit {
	l.OnStoreError, l.LocalFraction = on, fraction
	return l
}

func webdis() document.Store {
	return document.Store{Webdis: &document.Webdis{
		Cluster: "webdis", Timeout: document.Duration(50 * time.Millisecond), Prefix: "sallyport",
		Circuit: document.Circuit{Failures: 5, Open: document.Duration(5 * time.Second)},
	}}
}

func service() document.Store {
	return document.Store{RateLimitService: &document.RateLimitService{
		Cluster: "ratelimit", Domain: "api", Timeout: document.Duration(50 * time.Millisecond),
		Circuit: document.Circuit{Failures: 5, Open: document.Duration(5 * time.Second)},
	}}
}

// fleet is proxies that share a Redis: rs is a service, r and q are webdis.
type fleet struct {
	*bench
	redis   *storestest.Redis
	metrics guard.Metrics
	state   func() *stores.State
	calls   []*guard.Call
	// service answers for the cluster of the rate-limit service.
	service func(c *guard.Call) (guard.Answer, error)
	down    map[string]error // by cluster; nil: 503
}

// share compiles limits of stores for the route of set. The clock is that of
// all of them.
func share(t testing.TB, defs map[string]document.Limit, names ...string) *fleet {
	t.Helper()
	return shareFor(t, defs, named(names...)...)
}

// shareFor is share for a route that may have costs of its own.
func shareFor(t testing.TB, defs map[string]document.Limit, on ...document.RouteLimit) *fleet {
	t.Helper()
	f := &fleet{redis: storestest.NewRedis(t), down: map[string]error{}}
	other := webdis()
	other.Webdis.Cluster, other.Webdis.Prefix = "webdis2", "other"
	used := map[string]document.Store{}
	for _, d := range defs {
		if d.Store != "" {
			used[d.Store] = map[string]document.Store{"r": webdis(), "q": other, "rs": service()}[d.Store]
		}
	}
	var p document.Problems
	all := stores.Compile(used, &f.metrics, &p)
	s := limits.Compile(defs, &p)
	s.Connect(defs, all, &p)
	rt := document.Route{Name: "orders", Path: "/{tenant}/{id}", Identities: []string{"partners"}, Limits: on}
	before, after := s.Guard(rt, captures("tenant", "id"), "routes[0]", &p)
	all.Unused(&p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	f.state = all.NewState
	f.bench = &bench{t: t, before: before, after: after, world: world(), now: start}
	f.world.Answer = f.answer
	f.worker()
	return f
}

// worker goes on as another worker, which knows nothing of the stores.
func (f *fleet) worker() { f.store = newStore().Connect(f.state()) }

// proxy goes on as another proxy: its seed and its shared data are others.
func (f *fleet) proxy() {
	answer := f.world.Answer
	f.world = world()
	f.world.Answer = answer
	f.store = limits.NewStore([16]byte{9, 9}, "test").Connect(f.state())
}

func (f *fleet) answer(c *guard.Call) (guard.Answer, error) {
	f.calls = append(f.calls, c)
	if err, ok := f.down[c.Cluster]; ok {
		return guard.Answer{Status: 503}, err
	}
	if c.Cluster == "ratelimit" {
		return f.service(c)
	}
	f.redis.SetClock(f.now)
	return f.redis.Answer(c)
}

func (f *fleet) counted(event string) int {
	for i, name := range f.metrics.Names() {
		if name == "sallyport.stores.store."+event {
			return f.world.Counted[guard.Metric(i+1)]
		}
	}
	f.t.Fatalf("no counter %s", event)
	return 0
}

// TestEveryAlgorithmCountsInRedis: over two proxies it admits what it admits in
// one.
func TestEveryAlgorithmCountsInRedis(t *testing.T) {
	for name, def := range map[string]document.Limit{
		"bucket": bucket(7, 0.001, "client"), "window": window(7, time.Hour, "client"),
		"quota": quota(7, "day", "client"), "month": quota(7, "month", "client"),
	} {
		t.Run(name, func(t *testing.T) {
			f := share(t, map[string]document.Limit{"l": in("r", def)}, "l")
			for range 3 {
				f.wants(guard.Allowed)
			}
			f.proxy()
			if n := f.admits(); n != 4 {
				t.Errorf("the second proxy admits %d, want 4", n)
			}
			f.wants(guard.Allowed, client("umbra"))
			if keys := f.redis.Keys(); len(keys) != 2 || !strings.HasPrefix(keys[0], "{sallyport}:l:") || len(keys[0]) != len("{sallyport}:l:")+32 {
				t.Errorf("keys are %q", keys)
			}
			if n := len(f.world.Shared.Keys()); n != 0 {
				t.Errorf("%d keys of shared data", n)
			}
		})
	}
}

func TestWhatTheClientSeesOfRedis(t *testing.T) {
	f := share(t, map[string]document.Limit{"l": in("r", bucket(5, 0.5, "client")), "m": window(100, time.Minute, "client")}, "l", "m")
	r := f.wants(guard.Allowed)
	if got := response(t, r, "ratelimit"); got != `"l";r=4;t=2` {
		t.Errorf("RateLimit is %s", got)
	}
	if got := response(t, r, "ratelimit-policy"); got != `"m";q=100;w=60, "l";q=5;w=10` {
		t.Errorf("RateLimit-Policy is %s", got)
	}
	for range 4 {
		f.wants(guard.Allowed)
	}
	v, r := f.send()
	if v.Reason != guard.RateLimited || v.RetryAfter != 2*time.Second || response(t, r, "ratelimit") != `"l";r=0;t=2` {
		t.Errorf("got %+v, %s", v, response(t, r, "ratelimit"))
	}
	calls := len(f.calls)
	f.now += 500 * int64(time.Millisecond)
	if v, _ = f.send(); v.Reason != guard.RateLimited || v.RetryAfter != 1500*time.Millisecond || len(f.calls) != calls {
		t.Errorf("got %+v after %d calls", v, len(f.calls)-calls)
	}
	if f.counted("r.event.spared") != 1 {
		t.Errorf("counted %v", f.world.Counted)
	}
}

// TestAllOrNone: a request that one limit refuses costs the others nothing,
// wherever they are.
func TestAllOrNone(t *testing.T) {
	for name, defs := range map[string]map[string]document.Limit{
		"one call":           {"a": in("r", bucket(9, 0.001, "client")), "b": in("r", bucket(2, 0.001, "client"))},
		"two stores":         {"a": in("q", bucket(9, 0.001, "client")), "b": in("r", bucket(2, 0.001, "client"))},
		"a window before":    {"a": in("q", window(9, time.Hour, "client")), "b": in("r", bucket(2, 0.001, "client"))},
		"a quota before":     {"a": in("q", quota(9, "month", "client")), "b": in("r", bucket(2, 0.001, "client"))},
		"shared data before": {"a": bucket(9, 0.001, "client"), "b": in("r", bucket(2, 0.001, "client"))},
		"shared data behind": {"a": in("r", bucket(9, 0.001, "client")), "b": bucket(2, 0.001, "client")},
	} {
		t.Run(name, func(t *testing.T) {
			f := share(t, defs, "a", "b")
			f.admits()
			for range 5 {
				f.worker() // who remembers no denial
				f.wants(guard.RateLimited)
			}
			full := share(t, map[string]document.Limit{"a": defs["a"]}, "a")
			full.redis, full.world.Shared = f.redis, f.world.Shared
			if n := full.admits(); n != 7 {
				t.Errorf("%d are left, want 7", n)
			}
		})
	}
}

// TestWhoIsDeniedByOneStoreCostsNoOther: who was denied by a later store is
// refused before an earlier one is asked, which would be told twice, or would
// keep the charge.
func TestWhoIsDeniedByOneStoreCostsNoOther(t *testing.T) {
	for name, earlier := range map[string]document.Limit{"redis": in("q", bucket(90, 0.001, "client")), "service": served("client")} {
		t.Run(name, func(t *testing.T) {
			f := share(t, map[string]document.Limit{"a": earlier, "b": in("r", bucket(2, 0.001, "client"))}, "a", "b")
			f.says("OK", status(2))
			f.admits()
			calls := len(f.calls)
			for range 10 {
				v, r := f.send()
				if v.Reason != guard.RateLimited || r.Limit.Name != "b" || v.RetryAfter <= 0 {
					t.Fatalf("got %+v by %q", v, r.Limit.Name)
				}
			}
			if n := len(f.calls) - calls; n != 0 {
				t.Errorf("%d calls about a client that is known to be denied", n)
			}
			if n := f.counted("r.event.spared"); n != 10 {
				t.Errorf("%d are spared", n)
			}
		})
	}
}

// TestEachPlanAndSizeHasItsOwnCounter: in Redis too.
func TestEachPlanAndSizeHasItsOwnCounter(t *testing.T) {
	def := in("r", bucket(3, 0.001, "tenant"))
	def.Plans = map[string]document.TokenBucket{"gold": {Capacity: 3, RefillPerSecond: 0.001}, "zinc": {Capacity: 5, RefillPerSecond: 0.001}}
	f := share(t, map[string]document.Limit{"l": def}, "l")
	for plan, want := range map[string]int{"": 3, "gold": 3, "zinc": 5} {
		if n := f.admits(func(r *guard.Request) { r.Caller.Plan = plan }); n != want {
			t.Errorf("of the plan %q %d are admitted, want %d", plan, n, want)
		}
	}
	larger := share(t, map[string]document.Limit{"l": in("r", bucket(4, 0.001, "tenant"))}, "l")
	larger.redis = f.redis
	if n := larger.admits(); n != 4 {
		t.Errorf("of another size %d are admitted, want 4", n)
	}
}

func TestFreeRequestsAskNobody(t *testing.T) {
	def := in("r", bucket(1, 0.001, "client"))
	def.Cost = document.Cost{Default: 1, ByMethod: map[string]int64{"OPTIONS": 0}}
	f := share(t, map[string]document.Limit{"l": def}, "l")
	for range 3 {
		f.wants(guard.Allowed, method("OPTIONS"))
	}
	if len(f.calls) != 0 {
		t.Errorf("%d calls", len(f.calls))
	}
}

// TestValuesDoNotStandInRedis: neither short ones nor long ones.
func TestValuesDoNotStandInRedis(t *testing.T) {
	f := share(t, map[string]document.Limit{"l": in("r", bucket(1, 0.001, "header.x-app"))}, "l")
	long := strings.Repeat("secret", 100)
	f.wants(guard.Allowed, header("x-app", "secret"))
	f.wants(guard.Allowed, header("x-app", long))
	f.proxy()
	f.wants(guard.RateLimited, header("x-app", "secret"))
	f.wants(guard.RateLimited, header("x-app", long))
	f.wants(guard.Allowed, header("x-app", long+"s"))
	for _, c := range f.calls {
		if strings.Contains(string(c.Body), "secret") {
			t.Errorf("sent %s", c.Body)
		}
	}
}
