//go:build sallyport_faults

package door_test

import (
	"runtime"
	"testing"
	"time"

	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/filter/proxywasm"
)

// The module with faults has a task that asks the service for /task once a
// second: what is tested here holds for every task.

// tick lets time pass, and the plugin do what is due.
func tick(p *hosttest.Proxy) { p.Host.Time += int64(time.Second); p.Tick() }

func TestTaskAsksWithoutARequest(t *testing.T) {
	p := calling(t)
	if p.Host.TickPeriod != 1000 {
		t.Fatalf("the proxy ticks every %d ms, want 1000", p.Host.TickPeriod)
	}
	for n := range 3 {
		tick(p)
		if len(p.Host.Calls) != 1 || p.Host.Calls[0].Call.Headers[1][1] != "/task" || p.Host.Calls[0].Context != 1 {
			t.Fatalf("tick %d: the calls are %+v", n, p.Host.Calls)
		}
		p.Deliver()
	}
}

// TestTaskWaitsForItself: a task that waits is not run again, and does not keep
// requests.
func TestTaskWaitsForItself(t *testing.T) {
	p := calling(t)
	for range 5 {
		tick(p)
	}
	if n := len(p.Host.Calls); n != 1 {
		t.Fatalf("%d calls, want 1", n)
	}
	f := p.Begin(fetching("fetch", "/1"))
	p.Answer(p.Host.Calls[1], p.Host.Serve(p.Host.Calls[1].Call))
	if r := f.Finish(upstream); fetched(r) != "said /1" {
		t.Errorf("beside a task that waits: status %d, upstream was told %q", r.Status, fetched(r))
	}
}

// TestTaskIsNotDue: nothing is done before its time.
func TestTaskIsNotDue(t *testing.T) {
	p := calling(t)
	tick(p)
	p.Deliver()
	p.Tick()
	if n := len(p.Host.Calls); n != 0 {
		t.Errorf("%d calls before it is due", n)
	}
}

// TestTaskPanics: it is run again, and nobody is answered.
func TestTaskPanics(t *testing.T) {
	p := calling(t)
	p.Host.Serve = func(proxywasm.HTTPCall) hosttest.Served { return hosttest.Served{Status: 200, Body: "panic"} }
	for range 4 {
		tick(p)
		for len(p.Host.Calls) > 0 {
			p.Deliver()
		}
	}
	tick(p)
	if n := len(p.Host.Calls); n != 1 {
		t.Errorf("%d calls after panics, want 1", n)
	}
	if r := do(t, p, get("/a")); r.Forwarded == nil {
		t.Errorf("a request after panics: status %d", r.Status)
	}
}

// TestTaskEndsWithItsPlugin: it leaves no coroutine, and its answer does nothing.
func TestTaskEndsWithItsPlugin(t *testing.T) {
	before := runtime.NumGoroutine()
	p := calling(t)
	tick(p)
	p.EndPlugin()
	p.Deliver()
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

// TestTaskIsNotKeptFromItsWork: as many requests as may wait do so.
func TestTaskIsNotKeptFromItsWork(t *testing.T) {
	p := calling(t)
	for range 4097 {
		p.Begin(fetching("fetch", "/1"))
	}
	before := len(p.Host.Calls)
	tick(p)
	if n := len(p.Host.Calls) - before; n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}
