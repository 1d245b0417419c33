package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// How long the soaks are. SOAK_REQUESTS and SOAK_TIME make them shorter while
// one works on them.
const (
	soakRequests = 100_000
	soakTime     = 2 * time.Minute
)

// TestSurvives runs on the oldest Envoy, whose runtime kills a VM that polls:
// garbage, randomness and forced collections in 100,000 requests, and the VM
// lives. golang/go#78513 says when the cure in build/overlay can go.
func TestSurvives(t *testing.T) {
	requests := int64(fromEnv(t, "SOAK_REQUESTS", soakRequests))
	version := harness.Versions()[0]
	envoy := harness.Start(t, harness.Config{Version: version, Artefact: harness.Faulty, Concurrency: 2, Quiet: true,
		Listeners: []harness.Listener{{Name: "soak", Policy: []byte(limited)}}})
	envoy.Upstream.CountOnly()
	load := harness.Load{Address: envoy.Address("soak"), Connections: 8, Requests: requests,
		Next: func(n int64) scenario.Request {
			return harness.Get("/a", scenario.Header{Name: "x-sallyport-fault", Value: faultOf(n)})
		}}
	start := time.Now()
	statuses, err := load.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if statuses[http.StatusOK] != requests || envoy.Upstream.Count.Load() != requests {
		t.Errorf("statuses %v, %d arrived upstream, want %d times 200", statuses, envoy.Upstream.Count.Load(), requests)
	}
	wantQuietLog(t, envoy)
	t.Logf("Envoy %s: %d requests with garbage, randomness and collections in %v; RSS %d MiB",
		version, requests, time.Since(start).Round(time.Second), rss(t, envoy.PID())>>20)
}

// faultOf spreads the kinds over the requests: one in ten forces a collection.
func faultOf(n int64) string {
	switch {
	case n%10 == 0:
		return "gc"
	case n%2 == 0:
		return "garbage"
	}
	return "random"
}

// wantQuietLog finds what a VM says when it dies.
func wantQuietLog(t *testing.T, envoy *harness.Envoy) {
	t.Helper()
	text, err := envoy.Log()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, "][error]") || strings.Contains(line, "][critical]") {
			t.Fatalf("Envoy logged an error: %s", line)
		}
	}
}

// TestMemoryFlat loads each Envoy as fast as it goes: callers that are known,
// callers that are not, ever new addresses, limits that are reached.
func TestMemoryFlat(t *testing.T) {
	all, duration := load(t), soakTime
	if text := os.Getenv("SOAK_TIME"); text != "" {
		var err error
		if duration, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := listeners(t, version, all)
			c.Quiet, c.Concurrency = true, 2
			envoy := harness.Start(t, c)
			envoy.Upstream.CountOnly()
			soak(t, version, envoy, duration)
		})
	}
}

func soak(t *testing.T, version string, envoy *harness.Envoy, duration time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), duration)
	defer cancel()
	samples := make(chan []int64, 1)
	go func() { samples <- sampleRSS(ctx, t, envoy.PID(), duration/60) }()
	load := harness.Load{Address: envoy.Address("limits-address"), Connections: 8, Next: mixed}
	statuses, err := load.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	memory := <-samples
	total := int64(0)
	for status, n := range statuses {
		total += n
		if status != 200 && status != 401 && status != 429 && status != 404 && status != 400 {
			t.Errorf("%d answers with status %d", n, status)
		}
	}
	growth := flat(memory)
	t.Logf("Envoy %s: %d requests in %v, statuses %v; RSS %d MiB at a quarter, %d MiB at the end, trend %+.1f MiB",
		version, total, duration, statuses, memory[len(memory)/4]>>20, memory[len(memory)-1]>>20, growth)
	if growth > flatMiB {
		t.Errorf("RSS grew by %.1f MiB in the last three quarters, want at most %d; MiB: %s", growth, flatMiB, mib(memory))
	}
	wantQuietLog(t, envoy)
}

// mixed is the load: each request has an address of its own.
func mixed(n int64) scenario.Request {
	address := scenario.Header{Name: "x-forwarded-for", Value: fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)}
	switch n % 6 {
	case 0:
		return harness.Get("/a%2fb?x="+strconv.FormatInt(n, 10), address)
	case 1:
		return harness.Get("/nowhere/"+strconv.FormatInt(n, 10), address)
	case 2, 3:
		return harness.Get("/catalog?n="+strconv.FormatInt(n, 10), address)
	}
	req := harness.Get("/login", address, scenario.Header{Name: "x-api-key", Value: "acme-key-0123456789"})
	if n%6 == 5 {
		req.Headers[len(req.Headers)-1].Value = "guess-" + strconv.FormatInt(n, 10)
	}
	req.Method = http.MethodPost
	return req
}

func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
