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
	bucket   = 500
	requests = 2000
)

// oneBucket lets so many requests of an address pass, and then none for hours.
var oneBucket = fmt.Appendf(nil, `{"version": 1,
	"limits": {"bucket": {"by": ["ip"], "token_bucket": {"capacity": %d, "refill_per_second": 0.0001}}},
	"routes": [{"name": "all", "path": "/**", "public": true, "limits": ["bucket"]}]}`, bucket)

// TestLimitsAcrossWorkers shows that two workers share one bucket, exactly.
func TestLimitsAcrossWorkers(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			envoy := harness.Start(t, harness.Config{Version: version, Concurrency: 2, Quiet: true,
				Listeners: []harness.Listener{{Name: "bucket", Policy: oneBucket}}})
			envoy.Upstream.CountOnly()
			for round := range int64(3) {
				wantBucket(t, envoy, fmt.Sprintf("10.0.0.%d", round))
			}
			wantBothWorkers(t, envoy)
		})
	}
}

func wantBucket(t *testing.T, envoy *harness.Envoy, address string) {
	t.Helper()
	before := envoy.Upstream.Count.Load()
	load := harness.Load{Address: envoy.Address("bucket"), Connections: 20, Requests: requests,
		Next: func(int64) scenario.Request {
			return harness.Get("/", scenario.Header{Name: "x-forwarded-for", Value: address})
		}}
	statuses, err := load.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if statuses[http.StatusOK] != bucket || statuses[http.StatusTooManyRequests] != requests-bucket {
		t.Errorf("%s: statuses %v, want %d times 200 and %d times 429", address, statuses, bucket, requests-bucket)
	}
	if arrived := envoy.Upstream.Count.Load() - before; arrived != bucket {
		t.Errorf("%s: %d requests arrived upstream, want %d", address, arrived, bucket)
	}
}

// wantBothWorkers checks that the test tested something.
func wantBothWorkers(t *testing.T, envoy *harness.Envoy) {
	t.Helper()
	stats, err := envoy.Stats(t.Context(), `worker_[01]\.downstream_cx_total$`)
	if err != nil {
		t.Fatal(err)
	}
	busy := 0
	for name, value := range stats {
		if strings.HasPrefix(name, "listener.127.0.0.1") && value > 0 {
			busy++
		}
	}
	if busy != 2 {
		t.Errorf("%d of two workers had connections: %v", busy, stats)
	}
}
