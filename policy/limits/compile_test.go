package limits_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/limits"
)

// problems compiles limits, of which l is on a route, and returns what is wrong.
func problems(defs map[string]document.Limit, rt document.Route) (all []string) {
	var p document.Problems
	s := limits.Compile(defs, &p)
	s.Guard(rt, captures("tenant"), "routes[0]", &p)
	s.Unused(&p)
	for _, problem := range p.List() {
		all = append(all, problem.String())
	}
	return all
}

func TestProblemsOfALimit(t *testing.T) {
	cost := func(c document.Cost) document.Limit {
		l := bucket(5, 1, "client")
		l.Cost = c
		return l
	}
	plans := bucket(5, 1, "client")
	plans.Plans = map[string]document.TokenBucket{"gold": {Capacity: 3, RefillPerSecond: 1}, "zinc": {Capacity: 5, RefillPerSecond: -1}}
	plans.Cost = document.Cost{Default: 4}
	early := before(bucket(5, 1, "ip"))
	early.Plans = map[string]document.TokenBucket{"gold": {Capacity: 3, RefillPerSecond: 1}}
	sometime := bucket(5, 1, "ip")
	sometime.Before = "lunch"
	clock := func(offset string) document.Limit {
		l := quota(1, "day", "client")
		l.Quota.Offset = offset
		return l
	}
	dear := func(l document.Limit) document.Limit {
		l.Cost = document.Cost{Default: 6}
		return l
	}
	elsewhere := func(l document.Limit) document.Limit {
		l.Store = "redis"
		return l
	}
	tests := []struct {
		name  string
		limit document.Limit
		want  []string // prefixes
	}{
		{"defaults only", bucket(1, 1, "client"), nil},
		{"everything that can be counted apart", bucket(1, 1, "client", "tenant", "ip/24", "ip/56", "route", "method", "path.tenant", "header.X-App"), nil},
		{"no bucket", document.Limit{By: []string{"client"}, Cost: document.Cost{Default: 1}}, []string{"limits.l has no algorithm"}},
		{"by nothing", bucket(1, 1), []string{"limits.l.by is empty"}},
		{"by what is not known", bucket(1, 1, "client", "usr"), []string{`limits.l.by[1] is "usr": write any of client`}},
		{"by an empty name", bucket(1, 1, "path.", "header."), []string{`limits.l.by[0] is "path."`, `limits.l.by[1] is "header."`}},
		{"by what no header is called", bucket(1, 1, "header.a b", "header.:path"), []string{`limits.l.by[0] is "header.a b"`, `limits.l.by[1] is "header.:path", a pseudo-header: write method, route or path.NAME`}},
		{"as many parts as there can be", bucket(1, 1, parts(16)...), nil},
		{"too many parts", bucket(1, 1, append(parts(16), "usr")...), []string{`limits.l.by has 17 parts: write 16 at most`}},
		{"by the host", bucket(1, 1, "header.Host", "header.:authority"), []string{
			`limits.l.by[0] is "header.Host", which no request has under that name: all would share one bucket: write "route"`, `limits.l.by[1] is "header.:authority", which`}},
		{"by headers of the connection", bucket(1, 1, "header.Connection", "header.keep-alive", "header.te", "header.transfer-encoding", "header.upgrade"), []string{
			`limits.l.by[0] is "header.Connection", a header of the connection: write another`, "limits.l.by[1]", "limits.l.by[2]", "limits.l.by[3]", "limits.l.by[4]"}},
		{"by claims", bucket(1, 1, "claim.sub", "claim.https://example.com/team"), nil},
		{"by a claim without a name", bucket(1, 1, "claim.", "claim.a b"), []string{`limits.l.by[0] is "claim.": write any of client`, `limits.l.by[1] is "claim.a b"`}},
		{"a claim before authentication", before(bucket(1, 1, "ip", "claim.sub")), []string{`limits.l.by[1] is "claim.sub", which nobody knows before`}},
		{"by the same twice", bucket(1, 1, "ip", "ip"), []string{`limits.l.by[1] repeats "ip"`}},
		{"bad prefixes", bucket(1, 1, "ip/0", "ip/129", "ip/x", "ip/024", "ip/"), []string{
			`limits.l.by[0] is "ip/0": write ip/1 to ip/32`, `limits.l.by[1] is "ip/129"`, `limits.l.by[2] is "ip/x"`, `limits.l.by[3] is "ip/024"`, `limits.l.by[4] is "ip/"`}},
		{"two prefixes of IPv4", bucket(1, 1, "ip/24", "ip/16"), []string{`limits.l.by[1] is "ip/16" beside "ip/24"`}},
		{"two prefixes of IPv6", bucket(1, 1, "ip/48", "ip/56"), []string{`limits.l.by[1] is "ip/56" beside "ip/48"`}},
		{"ip beside a prefix", bucket(1, 1, "ip", "ip/24"), []string{`limits.l.by[1] is "ip/24" beside "ip"`}},
		{"a prefix beside ip", bucket(1, 1, "ip/56", "ip"), []string{`limits.l.by[1] is "ip" beside "ip/56"`}},
		{"no capacity", bucket(0, 1, "client"), []string{"limits.l.token_bucket.capacity is 0"}},
		{"too much capacity", bucket(1_000_000_001, 1000, "client"), []string{"limits.l.token_bucket.capacity is 1000000001"}},
		{"no refill", bucket(1, 0, "client"), []string{"limits.l.token_bucket.refill_per_second is 0"}},
		{"a negative refill", bucket(1, -1, "client"), []string{"limits.l.token_bucket.refill_per_second is -1"}},
		{"a refill that is no number", bucket(1, math.NaN(), "client"), []string{"limits.l.token_bucket.refill_per_second is NaN"}},
		{"a refill that is infinite", bucket(1, math.Inf(1), "client"), []string{"limits.l.token_bucket.refill_per_second is +Inf"}},
		{"a refill that is too fast", bucket(1, 1_000_001, "client"), []string{"limits.l.token_bucket.refill_per_second is 1.000001e+06"}},
		{"a refill that is too slow", bucket(1000, 1e-5, "client"), []string{"limits.l.token_bucket.refill_per_second is 1e-05, so that an empty bucket needs more than 366 days"}},
		{"a cost above the capacity", cost(document.Cost{Default: 6}), []string{"limits.l.cost is 6, more than the capacity 5: no such request could ever pass: write 5 or less"}},
		{"a cost of a method above the capacity", cost(document.Cost{Default: 1, ByMethod: map[string]int64{"POST": 6}}), []string{"limits.l.cost.POST is 6, more than"}},
		{"a default above the capacity", cost(document.Cost{Default: 6, ByMethod: map[string]int64{"POST": 1}}), []string{"limits.l.cost.default is 6, more than"}},
		{"a negative cost", cost(document.Cost{Default: 1, ByMethod: map[string]int64{"POST": -1}}), []string{"limits.l.cost.POST is -1"}},
		{"no cost", cost(document.Cost{}), []string{"limits.l.cost is 0 for every method"}},
		{"no cost of any method", cost(document.Cost{ByMethod: map[string]int64{"POST": 0}}), []string{"limits.l.cost is 0 for every method"}},
		{"free but for one method", cost(document.Cost{ByMethod: map[string]int64{"POST": 5}}), nil},
		{"the shortest window", window(1, time.Second, "client"), nil},
		{"the longest window", window(1_000_000_000, 366*day, "client"), nil},
		{"a window of nothing", window(0, time.Minute, "client"), []string{"limits.l.sliding_window.limit is 0"}},
		{"a window of too many", window(1_000_000_001, time.Minute, "client"), []string{"limits.l.sliding_window.limit is 1000000001"}},
		{"a window that is too short", window(1, 500*time.Millisecond, "client"), []string{"limits.l.sliding_window.window is 500ms: write whole seconds, from 1s to 366d"}},
		{"a window that is too long", window(1, 366*day+time.Second, "client"), []string{"limits.l.sliding_window.window is 8784h0m1s"}},
		{"a window of no whole seconds", window(1, 1500*time.Millisecond, "client"), []string{"limits.l.sliding_window.window is 1.5s"}},
		{"the largest concurrency", concurrency(1_000_000, 7*day, "client"), nil},
		{"a concurrency before authentication", before(concurrency(1, time.Second, "ip")), nil},
		{"a concurrency of nothing", concurrency(0, time.Hour, "client"), []string{"limits.l.concurrency.limit is 0"}},
		{"a concurrency of too many", concurrency(1_000_001, time.Hour, "client"), []string{"limits.l.concurrency.limit is 1000001"}},
		{"a duration that is too short", concurrency(1, time.Second-1, "client"), []string{"limits.l.concurrency.max_duration is 999.999999ms"}},
		{"a duration that is too long", concurrency(1, 7*day+1, "client"), []string{"limits.l.concurrency.max_duration is 168h0m0.000000001s: write a duration from 1s to 7d"}},
		{"a cost above a concurrency", dear(concurrency(5, time.Hour, "client")), []string{"limits.l.cost is 6, more than the limit 5"}},
		{"a concurrency in a store", elsewhere(concurrency(5, time.Hour, "client")), []string{`limits.l.store stands beside "concurrency"`}},
		{"the largest quota", quota(1_000_000_000_000, "month", "client"), nil},
		{"a quota of nothing", quota(0, "day", "client"), []string{"limits.l.quota.limit is 0"}},
		{"a quota of too many", quota(1_000_000_000_001, "day", "client"), []string{"limits.l.quota.limit is 1000000000001"}},
		{"a quota of another period", quota(1, "week", "client"), []string{`limits.l.quota.per is "week": write hour, day or month`}},
		{"a quota of another clock", clock("Europe/Berlin"), []string{`limits.l.quota.offset is "Europe/Berlin": write an offset from -12:00 to +14:00`}},
		{"a cost above a window's limit", dear(window(5, time.Minute, "client")), []string{"limits.l.cost is 6, more than the limit 5: no such request could ever pass: write 5 or less, or a larger limit"}},
		{"a cost above a quota", dear(quota(5, "day", "client")), []string{"limits.l.cost is 6, more than the limit 5"}},
		{"plans", plans, []string{"limits.l.plans.zinc.refill_per_second is -1", `limits.l.cost is 4, more than the capacity 3 of the plan "gold"`}},
		{"callers before authentication", before(bucket(1, 1, "client", "ip", "tenant")), []string{`limits.l.by[0] is "client", which nobody knows before`, `limits.l.by[2] is "tenant", which nobody knows before`}},
		{"plans before authentication", early, []string{"limits.l.plans go by the caller's plan, which nobody knows before"}},
		{"before something else", sometime, []string{`limits.l.before is "lunch"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := problems(map[string]document.Limit{"l": tt.limit}, document.Route{Name: "r", Path: "/{tenant}", Identities: []string{"x"}, Limits: []document.RouteLimit{{Name: "l"}}})
			compare(t, got, tt.want)
		})
	}
}

// parts are so many headers.
func parts(n int) (by []string) {
	for i := range n {
		by = append(by, fmt.Sprintf("header.x-%d", i))
	}
	return by
}

// A list of a whole document's length is refused without being compared with
// itself, which would take minutes.
func TestALongListIsRefused(t *testing.T) {
	names := slices.Repeat([]string{"l"}, 200_000)
	got := problems(map[string]document.Limit{"l": bucket(1, 1, parts(200_000)...)}, document.Route{Name: "r", Path: "/{tenant}", Limits: named(names...)})
	if len(got) == 0 {
		t.Error("no problem")
	}
}

func TestCheckHeaders(t *testing.T) {
	own, credentials := []string{"x-client-id", "x-tenant"}, []string{"x-api-key", "authorization"}
	tests := []struct {
		name  string
		limit document.Limit
		want  []string
	}{
		{"the client's own headers", bucket(1, 1, "header.x-app", "header.x-client"), nil},
		{"one that the policy sets", bucket(1, 1, "ip", "ip/24", "header.x-client-id"), []string{`limits.l.by[2] is "header.x-client-id", which the policy sets itself: what counts here is the client's own copy: write what the header tells, such as "client"`}},
		{"under any spelling", before(bucket(1, 1, "header.X-Client_ID", "header.x.tenant")), []string{`limits.l.by[0] is "header.x-client_id", which`, `limits.l.by[1] is "header.x.tenant", which`}},
		{"one where a key stands", bucket(1, 1, "client", "header.X-Api-Key"), []string{`limits.l.by[1] is "header.x-api-key", where a key stands: one client can have many: write "client", or "before": "authentication"`}},
		{"a key before anybody is known", before(bucket(1, 1, "header.x-api-key")), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p document.Problems
			s := limits.Compile(map[string]document.Limit{"l": tt.limit}, &p)
			p = document.Problems{}
			s.CheckHeaders(own, credentials, &p)
			var got []string
			for _, problem := range p.List() {
				got = append(got, problem.String())
			}
			compare(t, got, tt.want)
		})
	}
}

func TestProblemsOfARoute(t *testing.T) {
	known := map[string]document.Limit{"daily": bucket(1, 1, "client"), "hourly": bucket(1, 1, "ip")}
	many := map[string]document.Limit{}
	for _, name := range strings.Split("abcdefghij", "") {
		many[name] = bucket(1, 1, "ip")
	}
	rt := func(names ...string) document.Route {
		return document.Route{Name: "r", Path: "/{tenant}", Identities: []string{"x"}, Limits: named(names...)}
	}
	own := func(name string, c document.Cost, others ...string) document.Route {
		r := rt(others...)
		r.Limits = slices.Insert(r.Limits, 0, document.RouteLimit{Name: name, Cost: &c})
		return r
	}
	public := rt("daily", "hourly")
	public.Identities, public.Public = nil, true
	tests := []struct {
		name  string
		defs  map[string]document.Limit
		route document.Route
		want  []string
	}{
		{"all limits are used", known, rt("daily", "hourly"), nil},
		{"an unknown limit", known, rt("daily", "houry", "hourly"), []string{`routes[0].limits[1] names the limit "houry", which is not defined: write one of daily, hourly, or define it`}},
		{"an unknown limit where there are none", nil, rt("daily"), []string{`routes[0].limits[0] names the limit "daily", which is not defined: define it under "limits"`}},
		{"a route's cost fits", known, own("daily", document.Cost{Default: 1}, "hourly"), nil},
		{"a route's cost above the capacity", known, own("daily", document.Cost{Default: 2}, "hourly"), []string{"routes[0].limits[0].cost is 2, more than the capacity 1: no such request could ever pass"}},
		{"a route's cost of a method", known, own("daily", document.Cost{Default: 1, ByMethod: map[string]int64{"POST": 3, "PUT": -1}}, "hourly"), []string{"routes[0].limits[0].cost.POST is 3, more than", "routes[0].limits[0].cost.PUT is -1"}},
		{"a route's cost of nothing", known, own("daily", document.Cost{ByMethod: map[string]int64{"GET": 0}}, "hourly"), []string{"routes[0].limits[0].cost is 0 for every method"}},
		{"many limits", many, rt("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"), []string{`routes[0].limits[10] names the limit "k", which is not defined: write one of a, b, c, d, e, f, g, h, …, or`}},
		{"the same limit twice", known, rt("daily", "hourly", "daily"), []string{`routes[0].limits[2] repeats the limit "daily"`}},
		{"a limit that no route names", known, rt("daily"), []string{"limits.hourly is named by no route"}},
		{"a capture that the path lacks", map[string]document.Limit{"l": bucket(1, 1, "path.order")}, rt("l"), []string{`routes[0].limits[0] names the limit "l", which counts by path.order: write {order} in the path "/{tenant}"`}},
		{"a limit by caller on a public route", known, public, []string{`routes[0].limits[0] names the limit "daily", which counts by caller, but the route knows no callers`}},
		{"a name that no response can hold", map[string]document.Limit{`a"b`: bucket(1, 1, "ip")}, rt(`a"b`), []string{`limits["a\"b"] has a name that cannot stand in a response`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { compare(t, problems(tt.defs, tt.route), tt.want) })
	}
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for i := range got {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("got %q, want %q…", got[i], want[i])
		}
	}
}
