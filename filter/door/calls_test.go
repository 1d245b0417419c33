//go:build sallyport_faults

package door_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/internal/scenario"
)

// The guard of the module with faults calls the cluster "service" when a header
// asks for it: what is tested here holds for every guard that calls out.

const open = `{"version": 1, "headers": {"response": {"preset": "api"}}, "routes": [{"name": "all", "path": "/**", "public": true}]}`

var upstream = scenario.Upstream{Status: 200}

// calling is a proxy with the native door, and a service that echoes the path.
func calling(t *testing.T) *hosttest.Proxy {
	t.Helper()
	h := hosttest.NewHost([]byte(open), nil)
	h.Serve = func(c proxywasm.HTTPCall) hosttest.Served {
		return hosttest.Served{Status: 200, Body: "said " + c.Headers[1][1]}
	}
	p, err := hosttest.NewProxy(h, door.New(h))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func fetching(kind, path string, more ...string) scenario.Request {
	return get("/a", append([]string{"x-sallyport-fault", kind, "x-fault-path", path}, more...)...)
}

// fetched is what the upstream was told of the answer.
func fetched(r scenario.Result) string {
	if r.Forwarded == nil {
		return ""
	}
	for _, h := range r.Forwarded.Headers {
		if h.Name == "x-fetched" {
			return h.Value
		}
	}
	return ""
}

func TestFetchAllows(t *testing.T) {
	p := calling(t)
	for _, kind := range []string{"fetch", "fetch-twice", "fetch-post"} {
		r := do(t, p, fetching(kind, "/1"))
		if r.Status != 200 || fetched(r) != "said /1" {
			t.Errorf("%s: status %d, upstream was told %q", kind, r.Status, fetched(r))
		}
	}
}

// TestFetchWaits: nothing goes on before the answer, neither headers nor body.
func TestFetchWaits(t *testing.T) {
	p := calling(t)
	f := p.Begin(fetching("fetch", "/1"))
	if !f.Waits() || f.Body() != proxywasm.Pause {
		t.Fatal("the request, or its body, goes on without a verdict")
	}
	p.Deliver()
	if f.Waits() || f.Body() != proxywasm.Continue {
		t.Error("the request, or its body, does not go on after the verdict")
	}
	if r := f.Finish(upstream); fetched(r) != "said /1" {
		t.Errorf("upstream was told %q", fetched(r))
	}
}

// TestFetchDenies: whatever a service answers, or the host, no request passes
// on anything but a sound answer.
func TestFetchDenies(t *testing.T) {
	cases := map[string]struct {
		kind, path string
		served     hosttest.Served
		fail       string
		code       string
	}{
		"an error status":           {"fetch", "/1", hosttest.Served{Status: 503}, "", "limit-unavailable"},
		"an answer that was cut":    {"fetch", "/1", hosttest.Served{}, "", "limit-unavailable"},
		"an answer that is too big": {"fetch", "/1", hosttest.Served{Status: 200, Body: strings.Repeat("x", 1001)}, "", "limit-unavailable"},
		"a line feed in the path":   {"fetch", "/1\n", hosttest.Served{Status: 200}, "", "bad-header"},
		"a guard that panics":       {"fetch-panic", "/1", hosttest.Served{Status: 200}, "", "internal-error"},
		"a guard without an answer": {"fetch-zero", "/1", hosttest.Served{Status: 200}, "", "unjudged"},
		"a call not sent":           {"fetch", "/1", hosttest.Served{Status: 200}, "DispatchCall", "limit-unavailable"},
		"a context not changed":     {"fetch", "/1", hosttest.Served{Status: 200}, "SetEffectiveContext", "limit-unavailable"},
		"a body not read":           {"fetch", "/1", hosttest.Served{Status: 200, Body: "x"}, "CallBody", "limit-unavailable"},
		"a request not continued":   {"fetch", "/1", hosttest.Served{Status: 200, Body: "x"}, "ContinueStream", "host-error"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := calling(t)
			p.Host.Serve = func(proxywasm.HTTPCall) hosttest.Served { return c.served }
			p.Host.Fail = func(call string) error {
				if call == c.fail {
					return errors.New("injected")
				}
				return nil
			}
			r := do(t, p, fetching(c.kind, c.path))
			if r.Forwarded != nil || code(r) != c.code || r.Status < 400 {
				t.Errorf("status %d, code %s, forwarded %v; want %s", r.Status, code(r), r.Forwarded, c.code)
			}
		})
	}
}

// TestFetchFailedHostCalls fails each host call of a request that waits, in
// turn: none lets it pass unjudged.
func TestFetchFailedHostCalls(t *testing.T) {
	var calls []string
	p := calling(t)
	p.Host.Fail = func(call string) error { calls = append(calls, call); return nil }
	if r := do(t, p, fetching("fetch-twice", "/1")); fetched(r) != "said /1" {
		t.Fatalf("not forwarded: %d", r.Status)
	}
	for i, failing := range calls {
		p, n := calling(t), 0
		p.Host.Fail = func(string) error {
			if n++; n == i+1 {
				return errors.New("injected")
			}
			return nil
		}
		if r := do(t, p, fetching("fetch-twice", "/1")); r.Status == 200 {
			t.Errorf("call %d, %s: the answer is 200", i, failing)
		}
	}
}

// TestFetchShares: of calls that say that they are the same one is sent, and
// all who wait get its answer; whoever leaves takes nobody along.
func TestFetchShares(t *testing.T) {
	for name, leaving := range map[string]int{"the first leaves": 0, "one leaves": 3, "the last leaves": 9, "nobody leaves": -1} {
		t.Run(name, func(t *testing.T) {
			p := calling(t)
			var flights []*hosttest.Flight
			for range 10 {
				flights = append(flights, p.Begin(fetching("fetch", "/shared", "x-fault-share", "s")))
			}
			if n := len(p.Host.Calls); n != 1 {
				t.Fatalf("%d calls, want 1", n)
			}
			if leaving >= 0 {
				flights[leaving].Leave()
			}
			p.Deliver()
			for i, f := range flights {
				if i == leaving {
					continue
				}
				if r := f.Finish(upstream); fetched(r) != "said /shared" {
					t.Errorf("request %d: status %d, upstream was told %q", i, r.Status, fetched(r))
				}
			}
			if r := do(t, p, fetching("fetch", "/later", "x-fault-share", "s")); fetched(r) != "said /later" {
				t.Errorf("a later call: upstream was told %q", fetched(r))
			}
		})
	}
}

// TestFetchInterleaved: requests that wait at once, whose answers come in
// another order, each get their own.
func TestFetchInterleaved(t *testing.T) {
	p := calling(t)
	var flights []*hosttest.Flight
	for i := range 50 {
		flights = append(flights, p.Begin(fetching("fetch-twice", fmt.Sprintf("/%d", i))))
	}
	for len(p.Host.Calls) > 0 {
		last := len(p.Host.Calls) - 1
		c := p.Host.Calls[last]
		p.Host.Calls = p.Host.Calls[:last]
		p.Answer(c, p.Host.Serve(c.Call))
	}
	for i, f := range flights {
		if r := f.Finish(upstream); fetched(r) != fmt.Sprintf("said /%d", i) {
			t.Errorf("request %d: upstream was told %q", i, fetched(r))
		}
	}
}

// TestFetchAnsweredByTheProxy: the proxy's own timeout ends a request that
// waits; the answer that comes later changes nothing.
func TestFetchAnsweredByTheProxy(t *testing.T) {
	p := calling(t)
	f := p.Begin(fetching("fetch", "/1"))
	f.TimeOut()
	p.Deliver()
	if !f.Waits() {
		t.Error("a request that the proxy had answered was continued, or answered again")
	}
	f.Leave()
	if r := do(t, p, fetching("fetch", "/2")); fetched(r) != "said /2" {
		t.Errorf("the next request: upstream was told %q", fetched(r))
	}
}

// TestFetchAnswersNobody: answers that nobody waits for, and tokens that were
// never given, do nothing.
func TestFetchAnswersNobody(t *testing.T) {
	p := calling(t)
	p.Answer(hosttest.Pending{Context: 1, Token: 77}, hosttest.Served{Status: 200})
	p.Answer(hosttest.Pending{Context: 99, Token: 1}, hosttest.Served{Status: 200})
	f := p.Begin(fetching("fetch", "/1"))
	c := p.Host.Calls[0]
	p.Deliver()
	p.Answer(c, hosttest.Served{Status: 200, Body: "again"})
	if r := f.Finish(upstream); fetched(r) != "said /1" {
		t.Errorf("upstream was told %q", fetched(r))
	}
}

// TestFetchBound: no more than so many requests wait at once; the next is
// denied, and when some have gone there is room again.
func TestFetchBound(t *testing.T) {
	p := calling(t)
	var flights []*hosttest.Flight
	for range 4096 {
		flights = append(flights, p.Begin(fetching("fetch", "/1")))
	}
	if r := p.Begin(fetching("fetch", "/1")).Finish(upstream); code(r) != "limit-unavailable" {
		t.Errorf("one more: status %d, code %q", r.Status, code(r))
	}
	flights[7].Leave()
	f := p.Begin(fetching("fetch", "/again"))
	if !f.Waits() {
		t.Error("there is no room when one has left")
	}
	for len(p.Host.Calls) > 0 {
		p.Deliver()
	}
	if r := f.Finish(upstream); fetched(r) != "said /again" {
		t.Errorf("upstream was told %q", fetched(r))
	}
}

// TestFetchBoundsBytes: requests that wait hold no more than 64 MiB of headers,
// however many they are, and give back what they held.
func TestFetchBoundsBytes(t *testing.T) {
	p := calling(t)
	large := func() *hosttest.Flight {
		x := strings.Repeat("x", 8000)
		return p.Begin(fetching("fetch", "/1", "x-1", x, "x-2", x, "x-3", x, "x-4", x, "x-5", x, "x-6", x, "x-7", x))
	}
	for range 3 {
		var flights []*hosttest.Flight
		for range 1300 {
			flights = append(flights, large())
		}
		waiting := 0
		for i, f := range flights {
			if f.Waits() {
				waiting++
			}
			if i%2 == 0 {
				f.Leave()
			}
		}
		if waiting < 1150 || waiting > 64<<20/56_000 {
			t.Fatalf("%d requests of 56 KB wait at once", waiting)
		}
		for len(p.Host.Calls) > 0 {
			p.Deliver()
		}
		for i, f := range flights {
			if i%2 == 1 {
				f.Finish(upstream)
			}
		}
	}
	if !p.Begin(fetching("fetch", "/1")).Waits() {
		t.Error("there is no room when all have gone")
	}
}

// TestFetchBoundsCallsOfClientsThatLeave: their calls go on, and count.
func TestFetchBoundsCallsOfClientsThatLeave(t *testing.T) {
	p := calling(t)
	for range 9000 {
		p.Begin(fetching("fetch", "/1")).Leave()
	}
	if n := len(p.Host.Calls); n != 8192 {
		t.Errorf("%d calls are under way, want 8192", n)
	}
	p.Deliver()
	f := p.Begin(fetching("fetch", "/2"))
	for len(p.Host.Calls) > 0 {
		p.Deliver()
	}
	if r := f.Finish(upstream); fetched(r) != "said /2" {
		t.Errorf("when one is over: status %d, upstream was told %q", r.Status, fetched(r))
	}
}

// TestTrailersOfARequestThatWasNotLetGo: the proxy has answered a request that
// waited, so nothing of it goes on.
func TestTrailersOfARequestThatWasNotLetGo(t *testing.T) {
	p := calling(t)
	f := p.Begin(fetching("fetch", "/1"))
	if f.Trailers() != proxywasm.Pause {
		t.Error("the trailers of a request that waits go on")
	}
	f.TimeOut()
	if f.Trailers() != proxywasm.Pause {
		t.Error("the trailers of a request without a verdict go on")
	}
}

// TestFetchLeavesNothing: requests that end while they wait leave no coroutine.
func TestFetchLeavesNothing(t *testing.T) {
	p := calling(t)
	do(t, p, fetching("fetch", "/1"))
	before := runtime.NumGoroutine()
	for range 500 {
		p.Begin(fetching("fetch-twice", "/1")).Leave()
	}
	for len(p.Host.Calls) > 0 {
		p.Deliver()
	}
	if after := runtime.NumGoroutine(); after > before+1 {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}
