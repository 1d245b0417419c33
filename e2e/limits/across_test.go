package limits

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/e2e/stores"
	"sallyport.dev/sallyport/internal/scenario"
)

const (
	requests    = 2000
	connections = 1000 // at once, over both Envoys
)

// across: two Envoys let pass together what the limit is, and not one more.
func (r *remote) across(t *testing.T) {
	notAtMidnight(t)
	for _, name := range []string{"bucket", "window", "quota", "service"} {
		before := r.upstream.Count.Load()
		statuses := volley{path: "/exact/" + name, from: r.address(), requests: requests, connections: connections}.onBoth(t, r)
		r.want(t, name, statuses, before, exact)
	}
	for i, envoy := range r.envoys {
		wantAllWorkers(t, i, envoy)
	}
}

// several: of two limits of a request none keeps a charge when the other refuses,
// whether both are in Redis or one is in shared data, with 500 requests at once.
func (r *remote) several(t *testing.T) {
	for _, c := range []struct{ both, left string }{{"pair", "larger"}, {"mixed", "nearby"}} {
		from, before := r.address(), r.upstream.Count.Load()
		both := volley{path: "/several/" + c.both, from: from, requests: requests, connections: connections / 2}
		r.want(t, c.both, both.on(t, r.envoys[0]), before, exact)
		before = r.upstream.Count.Load()
		left := volley{path: "/several/" + c.left, from: from, requests: requests, connections: 40}
		r.want(t, c.left, left.on(t, r.envoys[0]), before,
			map[int]int64{http.StatusOK: larger - most, http.StatusTooManyRequests: requests - larger + most})
	}
}

var exact = map[int]int64{http.StatusOK: most, http.StatusTooManyRequests: requests - most}

// wantAllWorkers checks that the test tested something.
func wantAllWorkers(t *testing.T, i int, envoy *harness.Envoy) {
	t.Helper()
	stats, err := envoy.Stats(t.Context(), `worker_[0-9]\.downstream_cx_total$`)
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
		t.Errorf("%d of %d workers of Envoy %d had connections: %v", busy, workers, i, stats)
	}
}

// flushed: a Redis that forgets the script again and again is told it again and
// again, and counts each request once.
func (r *remote) flushed(t *testing.T) {
	for _, name := range []string{"bucket", "window", "quota"} {
		before := r.upstream.Count.Load()
		statuses := volley{path: "/exact/" + name, from: r.address(), requests: requests, connections: 40,
			answered: func(n int64) {
				if n%50 == 0 {
					stores.Redis(t, r.redis.Address, "+OK", "SCRIPT", "FLUSH")
				}
			}}.onBoth(t, r)
		r.want(t, name, statuses, before, exact)
	}
}

// flood: a client that is over its limit and asks on is refused without asking
// the store.
func (r *remote) flood(t *testing.T) {
	const requests, enough = 1000, 100 // each worker asks again after a second
	for _, path := range []string{"/front/deny", "/front/allow", "/front/local"} {
		before, asked := r.upstream.Count.Load(), r.front.asked.Load()
		statuses := volley{path: path, from: r.address(), requests: requests, connections: 8}.on(t, r.envoys[0])
		r.want(t, path, statuses, before, map[int]int64{http.StatusOK: few, http.StatusTooManyRequests: requests - few})
		if asked := r.front.asked.Load() - asked; asked < few || asked > enough {
			t.Errorf("%s: the store was asked %d times about %d requests, want %d to %d", path, asked, requests, few, enough)
		}
	}
}

// keys: nothing of a client can be read from Redis, and nothing stays there.
func (r *remote) keys(t *testing.T) {
	from := r.address()
	before := r.upstream.Count.Load()
	statuses := volley{path: "/tenants/" + tenant, from: from, requests: few, connections: 1,
		headers: []scenario.Header{{Name: "x-api-key", Value: apiKey}, {Name: "x-team", Value: team}}}.on(t, r.envoys[0])
	r.want(t, "all that a client says", statuses, before, map[int]int64{http.StatusOK: few})
	found := false
	for _, key := range stores.List(t, r.redis.Address, "KEYS", "*") {
		found = found || strings.Contains(key, "telling")
		if !strings.HasPrefix(key, "{sallyport}:") {
			t.Errorf("key %q does not begin with the hash tag", key)
		}
		for _, secret := range []string{clientID, "acme", apiKey, tenant, "tenants", team, from, "10.1.", "/"} {
			if strings.Contains(key, secret) {
				t.Errorf("key %q shows %q", key, secret)
			}
		}
		if expiry := stores.List(t, r.redis.Address, "PTTL", key); len(expiry) != 1 || strings.HasPrefix(expiry[0], "-") {
			t.Errorf("key %q expires in %q ms", key, expiry)
		}
	}
	if !found {
		t.Error("no key of the limit that was asked")
	}
}

func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
