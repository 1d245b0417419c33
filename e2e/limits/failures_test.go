package limits

import (
	"bufio"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/stores"
)

// failure breaks a store and mends it.
type failure struct {
	name         string
	store        string
	breaks, ends func(t *testing.T)
}

func (r *remote) allFailures() []failure {
	redis := func(words ...string) func(*testing.T) {
		return func(t *testing.T) { stores.Redis(t, r.redis.Address, "+OK", words...) }
	}
	kill := func(s *stores.Server) func(*testing.T) { return func(*testing.T) { s.Kill() } }
	signal := func(s syscall.Signal) func(*testing.T) {
		return func(t *testing.T) {
			if err := syscall.Kill(r.redis.PID(), s); err != nil {
				t.Fatal(err)
			}
		}
	}
	list := []failure{
		{"redis is a replica", "webdis", redis("REPLICAOF", "127.0.0.1", "1"), redis("REPLICAOF", "NO", "ONE")},
		{"redis lets nobody write", "webdis", redis("ACL", "SETUSER", "default", "-set"), redis("ACL", "SETUSER", "default", "+set")},
		{"redis lets nobody run scripts", "webdis", redis("ACL", "SETUSER", "default", "-@scripting"), redis("ACL", "SETUSER", "default", "+@scripting")},
		{"redis is out of memory", "webdis", redis("CONFIG", "SET", "maxmemory", "1"), redis("CONFIG", "SET", "maxmemory", "0")},
		{"redis hangs", "webdis", signal(syscall.SIGSTOP), signal(syscall.SIGCONT)},
		{"redis is killed", "webdis", kill(r.redis), func(t *testing.T) { r.redis.Restart(t) }},
		{"webdis is killed", "webdis", kill(r.webdis), func(t *testing.T) { r.webdis.Restart(t) }},
		{"webdis is slow", "way", func(*testing.T) { r.way.Delay(100 * time.Millisecond) }, func(*testing.T) { r.way.Delay(0) }},
		{"webdis refuses", "way", func(t *testing.T) { r.way.Refuse(t, true) }, func(t *testing.T) { r.way.Refuse(t, false) }},
		{"the service's redis is killed", "service", kill(r.counts), func(t *testing.T) { r.counts.Restart(t) }},
		{"the service is killed", "service", kill(r.service), func(t *testing.T) { r.service.Restart(t) }},
	}
	for _, name := range slices.Sorted(maps.Keys(garbage)) {
		list = append(list, failure{name, "front", func(*testing.T) { r.front.spoil(garbage[name]) }, func(*testing.T) { r.front.spoil(nil) }})
	}
	return list
}

// How many requests each mode is asked at once while a store fails, and what
// becomes of them.
const asked, together = 40, 16

var outcomes = map[string]map[int]int64{
	"deny":  {http.StatusServiceUnavailable: asked},
	"allow": {http.StatusOK: asked},
	"local": {http.StatusOK: rest, http.StatusTooManyRequests: asked - rest},
}

// failures: each mode does what it says while a store fails, the circuit opens,
// and all count again when the store is back, without a restart of Envoy.
func (r *remote) failures(t *testing.T) {
	notAtMidnight(t)
	for _, f := range r.allFailures() {
		t.Run(f.name, func(t *testing.T) {
			r.allHealthy(t, f.store, "before")
			f.breaks(t)
			for _, mode := range modes {
				opened := r.events(t, f.store+"-"+mode)["open"]
				before := r.upstream.Count.Load()
				statuses := r.few(t, f.store, mode)
				r.want(t, mode, statuses, before, outcomes[mode])
				if r.events(t, f.store+"-"+mode)["open"] == opened {
					t.Errorf("%s: no circuit opened", mode)
				}
			}
			f.ends(t)
			r.allHealthy(t, f.store, "after")
		})
	}
}

func (r *remote) allHealthy(t *testing.T, store, when string) {
	t.Helper()
	for _, mode := range modes {
		r.healthy(t, store, mode, when)
	}
}

func (r *remote) few(t *testing.T, store, mode string) map[int]int64 {
	t.Helper()
	return volley{path: "/" + store + "/" + mode, from: r.address(), requests: asked, connections: together}.on(t, r.envoys[0])
}

// healthy returns when all workers count in the store.
func (r *remote) healthy(t *testing.T, store, mode, when string) {
	t.Helper()
	var statuses map[int]int64
	var before, after map[string]int64
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		before = r.events(t, store+"-"+mode)
		statuses = r.few(t, store, mode)
		after = r.events(t, store+"-"+mode)
		if statuses[http.StatusOK] == few && statuses[http.StatusTooManyRequests] == asked-few &&
			after["error"] == before["error"] && after["rejected"] == before["rejected"] {
			return
		}
	}
	t.Fatalf("%s: %s with %s does not count: statuses %v, events %v, then %v", when, store, mode, statuses, before, after)
}

// leftAlone: a store that fails is asked far less than once a request.
func (r *remote) leftAlone(t *testing.T) {
	const requests = 1000
	r.healthy(t, "front", "deny", "before")
	r.front.spoil(says(500, ""))
	defer r.front.spoil(nil)
	before, asked := r.upstream.Count.Load(), r.front.asked.Load()
	statuses := volley{path: "/front/deny", from: r.address(), requests: requests, connections: together}.on(t, r.envoys[0])
	r.want(t, "a dead store", statuses, before, map[int]int64{http.StatusServiceUnavailable: requests})
	if n := r.front.asked.Load() - asked; n == 0 || n > requests/10 {
		t.Errorf("the store was asked %d times about %d requests", n, requests)
	}
	stats, err := r.envoys[0].Stats(t.Context(), `^cluster\.front\.upstream_rq_500$`)
	if err != nil || stats["cluster.front.upstream_rq_500"] == 0 { // where the manual says that the reason can be seen
		t.Errorf("Envoy counts %v, error %v", stats, err)
	}
}

// leaving: clients that leave while a store is slow leave nothing behind, no place
// either, and are no failure of the store.
func (r *remote) leaving(t *testing.T) {
	envoy := r.envoys[0]
	r.front.spoil(r.front.late)
	defer r.front.spoil(nil)
	const path, store = "/waiting", "waiting"
	opened := r.events(t, store)["open"]
	for i := range places {
		conn, err := net.Dial("tcp", envoy.Address(listener))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nhost: a.example\r\nx-forwarded-for: %s\r\n\r\n", path, r.address())
		if i%3 == 0 { // others leave before the request is read
			time.Sleep(2 * time.Millisecond)
		}
		if i%50 == 0 { // a few wait for their answers
			if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		}
		conn.Close()
	}
	r.idle(t)
	if n := r.events(t, store)["open"] - opened; n != 0 {
		t.Errorf("circuits opened %d times because clients left", n)
	}
	before := r.upstream.Count.Load()
	statuses := volley{path: path, from: r.address(), requests: places, connections: places}.on(t, envoy)
	r.want(t, "after clients left", statuses, before, map[int]int64{http.StatusOK: places})
}

// fleeing: a client that is denied, and leaves each time before the answer is
// there, is remembered all the same.
func (r *remote) fleeing(t *testing.T) {
	envoy, from, requests := r.envoys[0], r.address(), int64(200)
	volley{path: "/front/deny", from: from, requests: asked, connections: together}.on(t, envoy)
	r.front.spoil(r.front.late)
	defer r.front.spoil(nil)
	before := r.front.asked.Load()
	for range requests {
		conn, err := net.Dial("tcp", envoy.Address(listener))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /front/deny HTTP/1.1\r\nhost: a.example\r\nx-forwarded-for: %s\r\n\r\n", from)
		time.Sleep(10 * time.Millisecond)
		conn.Close()
	}
	r.idle(t)
	if n := r.front.asked.Load() - before; n == 0 || n > requests*3/4 {
		t.Errorf("the store was asked %d times about %d requests of one who is denied", n, requests)
	}
}

// idle returns when the first Envoy has no request under way.
func (r *remote) idle(t *testing.T) {
	t.Helper()
	var stats map[string]int64
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var err error
		if stats, err = r.envoys[0].Stats(t.Context(), `(^http\.limits\.downstream_rq_active|^cluster\..*\.upstream_rq_active)$`); err != nil {
			t.Fatal(err)
		}
		active := int64(0)
		for _, n := range stats {
			active += n
		}
		if len(stats) > 1 && active == 0 {
			return
		}
	}
	t.Errorf("requests are still under way: %v", stats)
}
