package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

const (
	limit    = 500
	requests = 2000
	workers  = 4
)

// oneLimit lets so many requests of an address pass by each algorithm, and then
// none for hours.
var oneLimit = fmt.Appendf(nil, `{"version": 1,
	"limits": {
		"bucket": {"by": ["ip"], "token_bucket": {"capacity": %[1]d, "refill_per_second": 0.0001}},
		"window": {"by": ["ip"], "sliding_window": {"limit": %[1]d, "window": "366d"}},
		"quota": {"by": ["ip"], "quota": {"limit": %[1]d, "per": "month"}}
	},
	"routes": [
		{"name": "bucket", "path": "/bucket", "public": true, "limits": ["bucket"]},
		{"name": "window", "path": "/window", "public": true, "limits": ["window"]},
		{"name": "quota", "path": "/quota", "public": true, "limits": ["quota"]}
	]}`, limit)

// TestLimitsAcrossWorkers shows that four workers share one limit, exactly.
func TestLimitsAcrossWorkers(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			envoy := harness.Start(t, harness.Config{Version: version, Concurrency: workers, Quiet: true,
				Listeners: []harness.Listener{{Name: "limits", Policy: oneLimit}}})
			envoy.Upstream.CountOnly()
			for round := range int64(3) {
				for _, algorithm := range []string{"bucket", "window", "quota"} {
					wantLimit(t, envoy, algorithm, fmt.Sprintf("10.0.0.%d", round))
				}
			}
			wantAllWorkers(t, envoy)
		})
	}
}

func wantLimit(t *testing.T, envoy *harness.Envoy, algorithm, address string) {
	t.Helper()
	before := envoy.Upstream.Count.Load()
	load := harness.Load{Address: envoy.Address("limits"), Connections: 1000, Requests: requests,
		Next: func(int64) scenario.Request {
			return harness.Get("/"+algorithm, scenario.Header{Name: "x-forwarded-for", Value: address})
		}}
	statuses, err := load.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if statuses[http.StatusOK] != limit || statuses[http.StatusTooManyRequests] != requests-limit {
		t.Errorf("%s of %s: statuses %v, want %d times 200 and %d times 429", algorithm, address, statuses, limit, requests-limit)
	}
	if arrived := envoy.Upstream.Count.Load() - before; arrived != limit {
		t.Errorf("%s of %s: %d requests arrived upstream, want %d", algorithm, address, arrived, limit)
	}
}

// wantAllWorkers checks that the test tested something.
func wantAllWorkers(t *testing.T, envoy *harness.Envoy) {
	t.Helper()
	stats, err := envoy.Stats(t.Context(), `worker_[0-3]\.downstream_cx_total$`)
	if err != nil {
		t.Fatal(err)
	}
	busy := 0
	for name, value := range stats {
		if strings.HasPrefix(name, "listener.127.0.0.1") && value > 0 {
			busy++
		}
	}
	if busy != workers {
		t.Errorf("%d of %d workers had connections: %v", busy, workers, stats)
	}
}
