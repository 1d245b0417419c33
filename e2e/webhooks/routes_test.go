package webhooks

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// named returns a scheme by its name.
func named(t *testing.T, name string) scheme {
	t.Helper()
	for _, s := range schemes {
		if s.name == name {
			return s
		}
	}
	t.Fatalf("there is no scheme %s", name)
	return scheme{}
}

// lengths: one byte more than a route takes is refused, whether its length is told or not.
func (g gateway) lengths(t *testing.T) {
	s := named(t, "github")
	for _, c := range []struct {
		target string
		max    int
	}{{"/small", 1 << 10}, {"/github", 1 << 20}} {
		for way := range ways(scenario.Request{}) {
			body := append(event(), mebibyte...)[:c.max]
			if way != "HTTP/2 with trailers" { // of Envoy 1.36 alone long ones are reset by the upstream
				g.passes(t, c.target+" "+way, ways(s.signed(t, s.deliver(c.target, body)))[way], body)
			}
			more := ways(s.signed(t, s.deliver(c.target, append(bytes.Clone(body), '!'))))[way]
			wantRefused(t, c.target+" "+way, g.send(t, incoming, more, scenario.Upstream{Status: 200}), "body-too-large")
		}
	}
}

// several: each of several secrets is accepted, a third is not.
func (g gateway) several(t *testing.T) {
	s := named(t, "stripe")
	for _, secret := range []string{"a secret that is new", "a secret that is old"} {
		d := s.deliver("/rotated", event())
		d.secret = secret
		g.passes(t, secret, harness.Whole(s.signed(t, d)), d.body)
	}
	d := s.deliver("/rotated", event())
	wantRefused(t, "a third", g.post(t, s.signed(t, d)), "signature-invalid")
	// While a sender rotates it signs with both, in one header.
	d.secret = "a secret that is new"
	request := s.signed(t, d)
	_, fresh, _ := strings.Cut(scenario.Values(request.Headers, s.header)[0], ",v1=")
	d.secret = "a secret that nobody knows"
	request = s.signed(t, d)
	both := scenario.Values(request.Headers, s.header)[0] + ",v1=" + fresh
	request.Headers = becoming(s.header, both)(request.Headers)
	g.passes(t, "two signatures", harness.Whole(request), d.body)
}

// addressed are the schemes that sign the address too.
var addressed = []string{"square", "twilio", "twilio-form", "custom-everything"}

// addresses: where the address is signed, another one is refused.
func (g gateway) addresses(t *testing.T) {
	for _, name := range addressed {
		s := named(t, name)
		d := s.deliver("/"+s.name, s.body(event()))
		for what, change := range map[string]func(r *scenario.Request){
			"another host":  func(r *scenario.Request) { r.Headers = becoming("host", "evil.example.com")(r.Headers) },
			"another query": func(r *scenario.Request) { r.Target += "&a=b" },
		} {
			request := s.signed(t, d)
			if change(&request); !strings.Contains(request.Target, "?") {
				request.Target = strings.Replace(request.Target, "&", "?", 1)
			}
			wantRefused(t, name+": "+what, g.post(t, request), "signature-invalid")
		}
		g.passes(t, name, harness.Whole(s.signed(t, d)), d.body)
	}
}

// again: a delivery that was not answered with success may come again, as senders do; and where the policy says so, any.
func (g gateway) again(t *testing.T) {
	s := named(t, "stripe")
	d := s.deliver("/stripe", event())
	request := harness.Whole(s.signed(t, d))
	for range 2 {
		if r := g.send(t, incoming, request, scenario.Upstream{Status: 500}); r.Status != 500 || r.Forwarded == nil {
			t.Fatalf("status %d, %s, want the upstream's 500", r.Status, r.Details)
		}
	}
	g.passes(t, "after failures", request, d.body)
	wantRefused(t, "after success", g.post(t, request.Request), "webhook-replayed")
	d.target = "/again"
	for range 3 {
		g.passes(t, "without replay", harness.Whole(s.signed(t, d)), d.body)
	}
}

// workers: of many of the same delivery at once, on connections that two workers share, one passes.
func (g gateway) workers(t *testing.T) {
	for _, name := range []string{"stripe", "github", "discord"} {
		s := named(t, name)
		before := g.Upstream.Count.Load()
		statuses := g.rush(t, s.signed(t, s.deliver("/"+name, event())), 40)
		if statuses[http.StatusOK] != 1 || statuses[http.StatusConflict] != 39 || g.Upstream.Count.Load()-before != 1 {
			t.Errorf("%s: statuses %v, %d arrived, want one", name, statuses, g.Upstream.Count.Load()-before)
		}
	}
	stats, err := g.Stats(t.Context(), `worker_\d\.downstream_cx_total`)
	if err != nil {
		t.Fatal(err)
	}
	busy := 0
	for name, connections := range stats {
		if strings.HasPrefix(name, "listener.127.0.0.1_") && connections > 0 {
			busy++
		}
	}
	if busy < 2 {
		t.Errorf("%d workers were asked, want two: %v", busy, stats)
	}
}

// rush sends a request many times at once, each on a connection of its own.
func (g gateway) rush(t *testing.T, r scenario.Request, times int) map[int]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var wait sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range times {
		wait.Go(func() {
			status, err := ask(ctx, g.Address(incoming), r)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[status]++
		})
	}
	wait.Wait()
	return statuses
}

func ask(ctx context.Context, address string, r scenario.Request) (int, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, "http://"+address+r.Target, bytes.NewReader(r.Body))
	if err != nil {
		return 0, err
	}
	req.Header = http.Header(receivedHeaders(r.Headers))
	req.Host = req.Header.Get("host")
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}
