// Package limits shows what limits do that count beyond one Envoy, with the real
// servers: Redis behind webdis, and Envoy's rate limit service.
package limits

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/e2e/stores"
	"sallyport.dev/sallyport/internal/scenario"
)

const (
	listener = "limits"
	workers  = 2 // of each Envoy
	bound    = 10 * time.Second
)

// remote is two Envoys that share servers, of which each has a Redis of its own.
type remote struct {
	envoys   [2]*harness.Envoy
	upstream *harness.Upstream
	redis    *stores.Server
	webdis   *stores.Server
	way      *stores.Slow // to webdis
	front    *front       // before webdis
	service  *stores.Server
	counts   *stores.Server // the service's Redis
	clients  atomic.Int64
}

// TestRemote has the parts follow each other on the same servers: what one
// breaks it mends.
func TestRemote(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			r := start(t, version)
			t.Run("two envoys", r.across)
			t.Run("several limits", r.several)
			t.Run("script flushed", r.flushed)
			t.Run("flood", r.flood)
			t.Run("keys", r.keys)
			t.Run("clients that leave", r.leaving)
			t.Run("clients that leave when they are denied", r.fleeing)
			t.Run("failures", r.failures)
			t.Run("a dead store is left alone", r.leftAlone)
		})
	}
}

func start(t *testing.T, version string) *remote {
	t.Helper()
	r := &remote{upstream: harness.NewUpstream(t), redis: stores.StartRedis(t), counts: stores.StartRedis(t)}
	r.upstream.CountOnly()
	r.webdis = stores.StartWebdis(t, r.redis.Address)
	r.way = stores.NewSlow(t, r.webdis.Address)
	r.front = newFront(t, r.webdis.Address)
	r.service = stores.StartRatelimit(t, r.counts.Address, rules)
	for i := range r.envoys {
		r.envoys[i] = harness.Start(t, harness.Config{Version: version, Concurrency: workers, Quiet: true, Upstream: r.upstream,
			Listeners: []harness.Listener{{Name: listener, Policy: policy()}},
			Clusters: map[string]string{
				"webdis": r.webdis.Address, "way": r.way.Address, "front": r.front.address, "service": r.service.Address,
			}})
	}
	return r
}

// address is that of a client who never asked before.
func (r *remote) address() string {
	n := r.clients.Add(1)
	return fmt.Sprintf("10.1.%d.%d", n>>8&255, n&255)
}

// volley is many requests of one client at once.
type volley struct {
	path        string
	from        string // address
	headers     []scenario.Header
	requests    int64
	connections int
	answered    func(n int64) // optional
}

// on asks one Envoy. Every answer must come within the bound.
func (v volley) on(t *testing.T, envoy *harness.Envoy) map[int]int64 {
	t.Helper()
	asked := make([]time.Time, v.requests)
	var late atomic.Int64
	load := harness.Load{Address: envoy.Address(listener), Connections: v.connections, Requests: v.requests,
		Next: func(n int64) scenario.Request {
			asked[n] = time.Now()
			return harness.Get(v.path, append(slices.Clip(v.headers), scenario.Header{Name: "x-forwarded-for", Value: v.from})...)
		},
		Answered: func(n int64, _ *http.Response, _ []byte) {
			if time.Since(asked[n]) > bound {
				late.Add(1)
			}
			if v.answered != nil {
				v.answered(n)
			}
		}}
	statuses, err := load.Run(t.Context())
	if err != nil {
		t.Errorf("%s: %v", v.path, err)
	}
	if late.Load() > 0 {
		t.Errorf("%s: %d answers took longer than %s", v.path, late.Load(), bound)
	}
	return statuses
}

// onBoth asks half of the requests of each Envoy, at the same time.
func (v volley) onBoth(t *testing.T, r *remote) map[int]int64 {
	t.Helper()
	v.requests, v.connections = v.requests/2, v.connections/2
	var parts [2]map[int]int64
	var both sync.WaitGroup
	for i, envoy := range r.envoys {
		both.Go(func() { parts[i] = v.on(t, envoy) })
	}
	both.Wait()
	sum := maps.Clone(parts[0])
	for status, n := range parts[1] {
		sum[status] += n
	}
	return sum
}

// want compares statuses, and what arrived upstream since before.
func (r *remote) want(t *testing.T, what string, statuses map[int]int64, before int64, want map[int]int64) {
	t.Helper()
	if !maps.Equal(statuses, want) {
		t.Errorf("%s: statuses %v, want %v", what, statuses, want)
	}
	if arrived := r.upstream.Count.Load() - before; arrived != want[http.StatusOK] {
		t.Errorf("%s: %d requests arrived upstream, want %d", what, arrived, want[http.StatusOK])
	}
}

// notAtMidnight waits until a quota of a day does not end within the test.
func notAtMidnight(t *testing.T) {
	t.Helper()
	const enough = 30 * time.Second
	left := 24*time.Hour - time.Since(time.Now().UTC().Truncate(24*time.Hour))
	if left < enough {
		t.Logf("waiting %s for midnight", left)
		time.Sleep(left + time.Second)
	}
}

// events are what the first Envoy counted of a store.
func (r *remote) events(t *testing.T, store string) map[string]int64 {
	t.Helper()
	prefix := "wasmcustom.sallyport.stores.store." + store + ".event."
	stats, err := r.envoys[0].Stats(t.Context(), "^"+prefix)
	if err != nil {
		t.Fatal(err)
	}
	events := map[string]int64{}
	for name, n := range stats {
		events[name[len(prefix):]] = n
	}
	return events
}
