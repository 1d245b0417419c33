package harness

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sallyport.dev/sallyport/internal/scenario"
)

// Upstream is a server that records what arrives and answers as it is told,
// over HTTP/1.1 and HTTP/2 without TLS.
type Upstream struct {
	Address string
	Count   atomic.Int64 // all requests that arrived
	mu      sync.Mutex
	answer  scenario.Upstream
	arrived []scenario.Forwarded
	bodies  [][]byte
	drop    bool
	hold    []*Held
}

// NewUpstream starts one that ends with the test.
func NewUpstream(t testing.TB) *Upstream {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &Upstream{Address: listener.Addr().String(), answer: scenario.Upstream{Status: 200}}
	server := &http.Server{Handler: u, Protocols: new(http.Protocols), MaxHeaderBytes: 4 << 20, ReadHeaderTimeout: time.Minute}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("upstream: %v", err)
		}
		if err := errors.Join(server.Close(), <-done); err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("upstream: %v", err)
		}
	})
	return u
}

// CountOnly has the upstream keep no record but Count: for load.
func (u *Upstream) CountOnly() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.drop = true
}

// expect sets the answer and forgets what arrived.
func (u *Upstream) expect(answer scenario.Upstream) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answer, u.arrived, u.bodies = answer, nil, nil
}

// Arrived returns what arrived since the last request was asked.
func (u *Upstream) Arrived() []scenario.Forwarded {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.arrived)
}

// ServeHTTP records and answers.
func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.Count.Add(1)
	answer := u.record(r)
	u.keep(r)
	header := w.Header()
	for _, h := range answer.Headers {
		header.Add(h.Name, h.Value)
	}
	w.WriteHeader(answer.Status)
	if r.Method == http.MethodHead || answer.Status < 200 || answer.Status == 204 || answer.Status == 304 {
		return
	}
	if _, err := w.Write(answer.Body); err != nil {
		return // the client left
	}
}

func (u *Upstream) record(r *http.Request) scenario.Upstream {
	u.mu.Lock()
	answer, drop := u.answer, u.drop
	if !drop {
		u.arrived = append(u.arrived, scenario.Forwarded{Method: r.Method, Target: r.RequestURI, Headers: received(r)})
	}
	at := len(u.arrived) - 1
	u.mu.Unlock()
	if drop {
		return answer
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		return scenario.Upstream{Status: http.StatusBadRequest}
	}
	u.mu.Lock()
	if at < len(u.arrived) {
		u.arrived[at].Body = body
	}
	u.mu.Unlock()
	return answer
}

// received returns the header fields of a request by name, host first.
func received(r *http.Request) []scenario.Header {
	headers := []scenario.Header{{Name: "host", Value: r.Host}}
	for name, values := range r.Header {
		for _, value := range values {
			headers = append(headers, scenario.Header{Name: strings.ToLower(name), Value: value})
		}
	}
	slices.SortStableFunc(headers[1:], func(a, b scenario.Header) int { return strings.Compare(a.Name, b.Name) })
	return headers
}
