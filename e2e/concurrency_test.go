package e2e

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
)

const places = 3

// atOnce lets so many requests be in flight.
var atOnce = fmt.Appendf(nil, `{"version": 1,
	"limits": {"at-once": {"by": ["ip"], "concurrency": {"limit": %d}}},
	"routes": [{"name": "all", "path": "/**", "public": true, "limits": ["at-once"]}]}`, places)

// ending is one way in which a stream ends.
type ending struct {
	name   string
	end    func(*inFlight)
	status int // that the client sees; 0: it has left
}

var endings = []ending{
	{"the upstream answers", func(f *inFlight) { f.held.Answer() }, http.StatusOK},
	{"the client leaves", func(f *inFlight) { f.leave() }, 0},
	{"the upstream resets", func(f *inFlight) { f.held.Reset() }, http.StatusServiceUnavailable},
}

// TestPlacesAreReleased fills all places, ends the streams, and finds exactly as
// many places again, however they ended and whichever worker had them.
func TestPlacesAreReleased(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			envoy := harness.Start(t, harness.Config{Version: version, Concurrency: 2, Quiet: true,
				Listeners: []harness.Listener{{Name: "at once", Policy: atOnce}}})
			for _, e := range endings {
				t.Run(e.name, func(t *testing.T) {
					for range 5 {
						fillAndEnd(t, envoy, e)
					}
				})
			}
		})
	}
}

func fillAndEnd(t *testing.T, envoy *harness.Envoy, e ending) {
	t.Helper()
	var all []*inFlight
	for range places {
		all = append(all, begin(t, envoy))
	}
	for range 3 {
		if status, fields := ask(t, envoy); status != http.StatusTooManyRequests || fields.Get("ratelimit") != `"at-once";r=0` {
			t.Fatalf("beside %d: status %d, %v", places, status, fields)
		}
	}
	for _, f := range all {
		e.end(f)
		if got := <-f.done; got != e.status {
			t.Fatalf("the client sees %d, want %d", got, e.status)
		}
	}
	wantFree(t, envoy)
}

// wantFree waits until all places are free: Envoy hears of an end in its own time.
func wantFree(t *testing.T, envoy *harness.Envoy) {
	t.Helper()
	want := fmt.Sprintf(`"at-once";r=%d`, places-1)
	var status int
	var fields http.Header
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if status, fields = ask(t, envoy); status == http.StatusOK && fields.Get("ratelimit") == want {
			return
		}
	}
	t.Fatalf("the places are not free again: status %d, %v", status, fields)
}

// inFlight is a request that the upstream keeps back.
type inFlight struct {
	held  *harness.Held
	leave context.CancelFunc
	done  chan int
}

// begin sends a request on a connection of its own.
func begin(t *testing.T, envoy *harness.Envoy) *inFlight {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &inFlight{held: envoy.Upstream.Hold(), leave: cancel, done: make(chan int, 1)}
	go func() {
		status, _, err := get(ctx, envoy)
		if err != nil && ctx.Err() == nil {
			t.Error(err)
		}
		f.done <- status
	}()
	select {
	case <-f.held.Arrived():
	case status := <-f.done:
		t.Fatalf("a request that should reach the upstream has status %d", status)
	}
	return f
}

func ask(t *testing.T, envoy *harness.Envoy) (int, http.Header) {
	t.Helper()
	status, fields, err := get(t.Context(), envoy)
	if err != nil {
		t.Fatal(err)
	}
	return status, fields
}

// get asks on a connection of its own, so that workers take turns.
func get(ctx context.Context, envoy *harness.Envoy) (int, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+envoy.Address("at once")+"/", nil)
	if err != nil {
		return 0, nil, err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	return resp.StatusCode, resp.Header, resp.Body.Close()
}
