package limits_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// settled is a limit whose responses say in x-cost what they have cost.
func settled(l document.Limit, charged, most int64) document.Limit {
	l.Cost = document.Cost{Default: charged, ResponseHeader: "X-Cost", Max: most}
	return l
}

// respond answers a request with values of x-cost.
func (b *bench) respond(r *guard.Request, values ...string) {
	b.t.Helper()
	b.world.Response = []guard.Header{{Name: "content-type", Value: "text/plain"}}
	for _, v := range values {
		b.world.Response = append(b.world.Response, guard.Header{Name: "x-cost", Value: v})
	}
	r.Forget()
	for _, f := range r.Followers {
		if err := f.Respond(r); err != nil {
			b.t.Fatal(err)
		}
	}
}

// left is r of RateLimit.
func left(t testing.TB, r *guard.Request) string {
	t.Helper()
	_, rest, _ := strings.Cut(response(t, r, "ratelimit"), ";r=")
	n, _, _ := strings.Cut(rest, ";")
	return n
}

var saidCosts = []struct {
	name   string
	values []string
	left   string // of 10, of which 2 were charged
}{
	{"more", []string{"5"}, "5"},
	{"less", []string{"1"}, "9"},
	{"nothing", []string{"0"}, "10"},
	{"as much", []string{"2"}, "8"},
	{"leading zeros", []string{"0005"}, "5"},
	{"the most", []string{"8"}, "2"},
	{"above the most", []string{"9"}, "2"},
	{"beyond every number", []string{strings.Repeat("9", 100)}, "2"},
	{"absent", nil, "8"},
	{"empty", []string{""}, "8"},
	{"repeated", []string{"5", "5"}, "8"},
	{"joined", []string{"5, 5"}, "8"},
	{"negative", []string{"-5"}, "8"},
	{"a sign", []string{"+5"}, "8"},
	{"a fraction", []string{"5.0"}, "8"},
	{"hexadecimal", []string{"0x5"}, "8"},
	{"a space", []string{"5 "}, "8"},
	{"other digits", []string{"٥"}, "8"},
	{"words", []string{"five"}, "8"},
}

func TestAResponseSaysItsCost(t *testing.T) {
	for name, l := range map[string]document.Limit{"bucket": bucket(10, 0.001, "client"), "window": window(10, time.Hour, "client"), "quota": quota(10, "day", "client")} {
		for _, tt := range saidCosts {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				for _, remote := range []bool{false, true} {
					l, b := settled(l, 2, 8), (*bench)(nil)
					if remote {
						b = share(t, map[string]document.Limit{"l": in("r", l)}, "l").bench
					} else {
						b = set(t, map[string]document.Limit{"l": l}, "l")
					}
					r := b.wants(guard.Allowed)
					if got := left(t, r); got != "8" {
						t.Fatalf("before the response %s are left", got)
					}
					b.now += int64(time.Second)
					r.Now = b.now
					if b.respond(r, tt.values...); left(t, r) != tt.left {
						t.Errorf("the response tells of %s, want %s", left(t, r), tt.left)
					}
					b.end(r)
					after := b.wants(guard.Allowed, method("GET")) // it costs 2 again
					b.respond(after, "0")
					if got := left(t, after); got != tt.left {
						t.Errorf("in a store %v: %s are left, want %s", remote, got, tt.left)
					}
				}
			})
		}
	}
}

// Who has little left is charged all of it, and owes nothing.
func TestACounterIsNeverBelowEmpty(t *testing.T) {
	for name, tt := range map[string]struct {
		limit document.Limit
		back  time.Duration // until all of it is there again
	}{
		"bucket": {bucket(10, 1, "client"), 10 * time.Second},
		"window": {window(10, time.Minute, "client"), 2 * time.Minute},
		"quota":  {quota(10, "day", "client"), day},
	} {
		t.Run(name, func(t *testing.T) {
			b := set(t, map[string]document.Limit{"l": settled(tt.limit, 4, 10)}, "l")
			first, second := b.wants(guard.Allowed), b.wants(guard.Allowed)
			if b.respond(first, "10"); left(t, first) != "0" {
				t.Errorf("%s are left", left(t, first))
			}
			if b.respond(second, "10"); left(t, second) != "0" {
				t.Errorf("%s are left", left(t, second))
			}
			if v, _ := b.send(); !limited(v.Reason) {
				t.Errorf("got %v", v.Reason)
			}
			b.now += int64(tt.back)
			if n := b.admits(); n != 2 {
				t.Errorf("then %d are admitted, want 2", n)
			}
		})
	}
}

func TestWhatTheClientSeesOfCosts(t *testing.T) {
	fixed := bucket(7, 0.001, "tenant")
	early := before(settled(bucket(10, 0.001, "ip"), 1, 10))
	tests := []struct {
		name  string
		defs  map[string]document.Limit
		on    string
		value string
		want  string
	}{
		{"what was tightest is not any more", map[string]document.Limit{"l": settled(bucket(8, 0.001, "client"), 3, 8), "f": fixed}, "l f", "0", `"f";r=6;t=1000`},
		{"what was not is now", map[string]document.Limit{"l": settled(bucket(10, 0.001, "client"), 1, 8), "f": fixed}, "f l", "8", `"l";r=2;t=1000`},
		{"before authentication", map[string]document.Limit{"l": early, "f": fixed}, "l f", "8", `"l";r=2;t=1000`},
		{"before authentication, and no more the tightest", map[string]document.Limit{"l": before(settled(bucket(10, 0.001, "ip"), 5, 10)), "f": fixed}, "l f", "1", `"f";r=6;t=1000`},
		{"the fixed one before authentication", map[string]document.Limit{"l": settled(bucket(10, 0.001, "client"), 5, 10), "f": before(bucket(7, 0.001, "ip"))}, "l f", "1", `"f";r=6;t=1000`},
		{"at both stops", map[string]document.Limit{"l": early, "m": settled(bucket(10, 0.001, "client"), 1, 4)}, "l m", "9", `"l";r=1;t=1000`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := set(t, tt.defs, strings.Fields(tt.on)...)
			r := b.wants(guard.Allowed)
			b.respond(r, tt.value)
			if got := response(t, r, "ratelimit"); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if got := fields(r); strings.Count(got, "no x-cost\n") == 0 {
				t.Errorf("x-cost leaves:\n%s", got)
			}
		})
	}
	for how, want := range map[string]string{"legacy": "x-ratelimit-limit: 9\nx-ratelimit-remaining: 4\nx-ratelimit-reset: 1000\nno x-cost\n", "none": "no x-cost\n"} {
		b := told(t, how, map[string]document.Limit{"l": settled(bucket(9, 0.001, "client"), 1, 9)}, "l")
		r := b.wants(guard.Allowed)
		if b.respond(r, "5"); sortedFields(r) != sortedText(want) {
			t.Errorf("%s: got\n%s", how, fields(r))
		}
	}
}

func TestWhatIsNotSettled(t *testing.T) {
	l := settled(bucket(9, 0.001, "client"), 1, 9)
	l.Cost.ByMethod = map[string]int64{"OPTIONS": 0}
	t.Run("a free request", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": l}, "l")
		r := b.wants(guard.Allowed, method("OPTIONS"))
		if b.respond(r, "9"); len(r.Followers) != 0 || !strings.Contains(fields(r), "no x-cost") {
			t.Errorf("%d followers, and %s", len(r.Followers), fields(r))
		}
		if next := b.wants(guard.Allowed); left(t, next) != "8" {
			t.Errorf("%s are left", left(t, next))
		}
	})
	t.Run("what was refused", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": l, "m": bucket(1, 0.001, "client")}, "l", "m")
		b.wants(guard.Allowed)
		r := b.wants(guard.RateLimited)
		b.respond(r, "9") // in report mode it goes upstream
		b.end(r)
		if got := strings.Count(snapshot(b.world.Shared), "/l/"); got != 1 {
			t.Errorf("%d counters of l", got)
		}
	})
	t.Run("the proxy does not say", func(t *testing.T) {
		b := set(t, map[string]document.Limit{"l": l}, "l")
		for _, failing := range []string{guardtest.ResponseHeader, guardtest.Get, guardtest.Set} {
			b.world.Before = nil
			r := b.wants(guard.Allowed)
			b.world.Response = []guard.Header{{Name: "x-cost", Value: "5"}}
			b.world.Before = func(call, _ string) error {
				if call == failing {
					return errStore
				}
				return nil
			}
			if err := r.Followers[0].Respond(r); !errors.Is(err, errStore) {
				t.Errorf("%s: got %v", failing, err)
			}
		}
	})
}

// A rate-limit service is charged the rest, and gives nothing back.
func TestCostsInARateLimitService(t *testing.T) {
	f := share(t, map[string]document.Limit{"l": settled(in("rs", quota(10, "hour", "client")), 2, 9)}, "l")
	f.service = func(*guard.Call) (guard.Answer, error) {
		return guard.Answer{Status: 200, Body: []byte(`{"overallCode":"OK","statuses":[{"code":"OK","currentLimit":{"requestsPerUnit":10,"unit":"HOUR"},"limitRemaining":8,"durationUntilReset":"400s"}]}`)}, nil
	}
	for value, calls := range map[string]int{"5": 2, "1": 1, "2": 1} {
		f.calls = nil
		r := f.wants(guard.Allowed)
		f.respond(r, value)
		if len(f.calls) != calls {
			t.Errorf("%s: %d calls, want %d", value, len(f.calls), calls)
		}
	}
}

func TestSettlingAllocatesNothing(t *testing.T) {
	for name, l := range map[string]document.Limit{"bucket": bucket(1e9, 1e6, "client"), "window": window(1e9, time.Hour, "client"), "quota": quota(1e9, "day", "client")} {
		b := set(t, map[string]document.Limit{"l": settled(l, 2, 9), "m": before(settled(bucket(1e9, 1e6, "ip"), 1, 9))}, "l", "m")
		b.world.Calls = nil
		r, n := b.request(), 0
		values := [...]string{"0", "5", "9", "2"}
		b.world.Response = []guard.Header{{Name: "x-cost"}}
		allocations := testing.AllocsPerRun(1000, func() {
			again(r)
			r.Method, r.Now = "GET", r.Now+1000
			if n++; !b.check(r).Allows() {
				t.Fatal("denied")
			}
			b.world.Response[0].Value = values[n%len(values)]
			b.end(r) // responds first
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations", name, allocations)
		}
	}
}

func TestProblemsOfResponseCosts(t *testing.T) {
	header := func(name string) document.Limit {
		l := settled(bucket(9, 1, "client"), 1, 9)
		l.Cost.ResponseHeader = name
		return l
	}
	plans := settled(bucket(9, 1, "client"), 1, 9)
	plans.Plans = map[string]document.TokenBucket{"gold": {Capacity: 5, RefillPerSecond: 1}}
	tests := []struct {
		name  string
		limit document.Limit
		want  []string
	}{
		{"sound", header("x-cost"), nil},
		{"no header's name", header("x cost"), []string{`limits.l.cost.response_header is "x cost", which is not the name of a header`}},
		{"a header of the connection", header("Content-Length"), []string{`limits.l.cost.response_header is "content-length", a header of the connection`}},
		{"one that we set", header("RateLimit"), []string{`limits.l.cost.response_header is "ratelimit", which tells clients of limits`}},
		{"more than the capacity", settled(bucket(9, 1, "client"), 1, 10), []string{"limits.l.cost.max is 10, more than the capacity 9"}},
		{"more than a plan's", plans, []string{`limits.l.cost.max is 9, more than the capacity 5 of the plan "gold"`}},
		{"less than what is charged before", settled(bucket(9, 1, "client"), 5, 4), []string{"limits.l.cost.max is 4, less than the 5 that is charged before the response: write 5 or more"}},
		{"the default above the capacity", settled(bucket(9, 1, "client"), 10, 10), []string{"limits.l.cost.default is 10, more than", "limits.l.cost.max is 10, more than"}},
		{"requests in flight", settled(concurrency(9, hour, "client"), 1, 9), []string{`limits.l.cost.response_header stands beside "concurrency"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			compare(t, problems(map[string]document.Limit{"l": tt.limit}, document.Route{Name: "r", Path: "/", Identities: []string{"x"}, Limits: named("l")}), tt.want)
		})
	}
	of := document.RouteLimit{Name: "l", Cost: &document.Cost{Default: 1, ResponseHeader: "x-cost", Max: 10}}
	compare(t, problems(map[string]document.Limit{"l": bucket(9, 1, "client")}, document.Route{Name: "r", Path: "/", Identities: []string{"x"}, Limits: []document.RouteLimit{of}}),
		[]string{"routes[0].limits[0].cost.max is 10, more than the capacity 9"})
}

func sortedText(text string) string {
	return fmt.Sprint(strings.Fields(strings.ReplaceAll(text, "no x-cost\n", "")))
}

func sortedFields(r *guard.Request) string { return sortedText(fields(r)) }
