package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

const all = `{"version": 1, "routes": [{"name": "all", "path": "/**", "public": true}]}`

// TestCalls has a guard of the module with faults call a service that answers
// well, slowly, not at all, too much, or breaks the connection.
func TestCalls(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			service := newService(t)
			envoy := harness.Start(t, harness.Config{Version: version, Artefact: harness.Faulty, Concurrency: 2,
				Clusters:  map[string]string{"service": service.address},
				Listeners: []harness.Listener{{Name: "calls", Policy: []byte(all)}, {Name: "bodies come early", Policy: []byte(all), StopIteration: true}}})
			t.Run("bodies come early", calling{"bodies come early", envoy, service}.one)
			t.Run("bodies come early and are judged", judging{"bodies come early", envoy}.early)
			c := calling{"calls", envoy, service}
			t.Run("one by one", c.one)
			t.Run("shared", c.shared)
			t.Run("clients that leave", c.leaving)
			t.Run("many at once", c.many)
			t.Run("without a request", c.task)
		})
	}
}

// service is what the guard calls.
type service struct {
	address string
	asked   atomic.Int64
	tasks   atomic.Int64
}

func newService(t *testing.T) *service {
	s := &service{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.address = server.Listener.Addr().String()
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/task" {
		s.tasks.Add(1)
		return
	}
	s.asked.Add(1)
	body := "said " + r.URL.Path
	switch r.URL.Path {
	case "/slow":
		time.Sleep(100 * time.Millisecond)
	case "/hang": // longer than the guard waits
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	case "/big":
		body = strings.Repeat("x", 1001)
	case "/error":
		w.WriteHeader(http.StatusInternalServerError)
	case "/reset":
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
		return
	}
	if _, err := w.Write([]byte(body)); err != nil {
		return // the proxy does not wait any more
	}
}

type calling struct {
	listener string
	envoy    *harness.Envoy
	service  *service
}

func fetching(kind, path string, more ...scenario.Header) scenario.Request {
	return harness.Get("/a", append(more, scenario.Header{Name: "x-sallyport-fault", Value: kind}, scenario.Header{Name: "x-fault-path", Value: path})...)
}

func (c calling) one(t *testing.T) {
	cases := []struct {
		kind, path string
		status     int
		code       string
	}{
		{"fetch", "/a", 200, ""}, {"fetch-twice", "/a", 200, ""}, {"fetch-post", "/a", 200, ""}, {"fetch", "/slow", 200, ""},
		{"fetch", "/hang", 503, "limit-unavailable"}, {"fetch", "/big", 503, "limit-unavailable"},
		{"fetch", "/error", 503, "limit-unavailable"}, {"fetch", "/reset", 503, "limit-unavailable"},
		{"fetch-nowhere", "/a", 503, "limit-unavailable"}, {"fetch-panic", "/a", 503, "internal-error"}, {"fetch-zero", "/a", 503, "unjudged"},
	}
	for _, k := range cases {
		for _, http2 := range []bool{false, true} {
			req := fetching(k.kind, k.path)
			req.HTTP2, req.Method, req.Body = http2, "POST", []byte("a body that must not go upstream without a verdict")
			got := c.ask(t, req)
			told := ""
			if got.Forwarded != nil {
				told, _ = header(got.Forwarded.Headers, "x-fetched")
			}
			if got.Status != k.status || (got.Forwarded != nil) != (k.status == 200) || !strings.Contains(string(got.Body), k.code) ||
				k.status == 200 && told != "said "+k.path {
				t.Errorf("%s %s, HTTP/2 %t: status %d, body %s, upstream was told %q", k.kind, k.path, http2, got.Status, got.Body, told)
			}
		}
	}
}

func (c calling) ask(t *testing.T, req scenario.Request) scenario.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got, err := c.envoy.Runner(c.listener).Do(ctx, req, scenario.Upstream{Status: 200})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func header(headers []scenario.Header, name string) (string, bool) {
	for _, h := range headers {
		if h.Name == name {
			return h.Value, true
		}
	}
	return "", false
}

// shared: 50 requests that wait at once for the same answer ask no more than
// once for each worker.
func (c calling) shared(t *testing.T) {
	before := c.service.asked.Load()
	statuses := c.load(t, 50, 50, func(int64) scenario.Request {
		return fetching("fetch", "/slow", scenario.Header{Name: "x-fault-share", Value: "s"})
	})
	// A connection that comes late finds the call of the first over.
	if asked := c.service.asked.Load() - before; statuses[200] != 50 || asked > 10 {
		t.Errorf("statuses %v, the service was asked %d times", statuses, asked)
	}
}

// leaving: clients that do not wait for the answer take nobody along.
func (c calling) leaving(t *testing.T) {
	for i := range 200 {
		conn, err := net.Dial("tcp", c.envoy.Address(c.listener))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /a HTTP/1.1\r\nhost: a.example\r\nx-sallyport-fault: fetch\r\nx-fault-path: /slow\r\nx-fault-share: %d\r\n\r\n", i%3)
		if i%2 == 0 {
			time.Sleep(time.Millisecond) // some leave while they wait, some before
		}
		conn.Close()
	}
	statuses := c.load(t, 20, 20, func(int64) scenario.Request {
		return fetching("fetch", "/slow", scenario.Header{Name: "x-fault-share", Value: "0"})
	})
	if statuses[200] != 20 {
		t.Errorf("statuses %v, want 20 times 200", statuses)
	}
}

// many: each request gets the answer to its own call, and no other.
func (c calling) many(t *testing.T) {
	paths := []string{"/a", "/b", "/slow", "/error", "/reset"}
	statuses := c.load(t, 3000, 60, func(n int64) scenario.Request {
		return fetching("fetch-twice", paths[n%int64(len(paths))])
	})
	if statuses[200] != 1800 || statuses[503] != 1200 {
		t.Errorf("statuses %v, want 1800 times 200 and 1200 times 503", statuses)
	}
}

// task: each worker's plugin asks by itself, again and again.
func (c calling) task(t *testing.T) {
	before := c.service.tasks.Load()
	for deadline := time.Now().Add(30 * time.Second); c.service.tasks.Load() < before+4; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the tasks asked %d times in 30 s", c.service.tasks.Load()-before)
		}
	}
}

func (c calling) load(t *testing.T, requests int64, connections int, next func(int64) scenario.Request) map[int]int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	statuses, err := harness.Load{Address: c.envoy.Address(c.listener), Connections: connections, Requests: requests, Next: next}.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return statuses
}
