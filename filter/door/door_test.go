package door_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/internal/scenario"
)

// liveKey is shown by the callers of these tests; its SHA-256 stands in the policy.
const liveKey = "live-key-of-acme"

const policy = `{
	"version": 1,
	"identities": {"partners": {"api_key": {
		"clients": [{"id": "acme", "scopes": ["read"], "keys": [{"id": "a", "sha256": "5b9dc6f3c2bcb8ecf5a5ab1f1b0b9b3a0f7b2c1a6e4d7fd0dd6f9d9d1f0f4d5e"}]}],
		"forward": {"headers": {"x-client-id": "client"}}}}},
	"limits": {"each": {"by": ["client"], "token_bucket": {"capacity": 1000000, "refill_per_second": 1000000}}},
	"headers": {"response": {"preset": "api"}},
	"routes": [
		{"name": "health", "path": "/health", "public": true},
		{"name": "orders", "path": "/orders/{id}", "identities": ["partners"], "scopes": ["read"], "limits": ["each"], "timeout": "5s"}]
}`

func newProxy(t *testing.T, text string) *hosttest.Proxy {
	t.Helper()
	h := hosttest.NewHost([]byte(text), nil)
	p, err := hosttest.NewProxy(h, door.New(h))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func get(target string, headers ...string) scenario.Request {
	r := scenario.Request{Method: "GET", Target: target, From: netip.MustParseAddr("192.0.2.1"),
		Headers: []scenario.Header{{Name: "host", Value: scenario.DefaultHost}}}
	for i := 0; i < len(headers); i += 2 {
		r.Headers = append(r.Headers, scenario.Header{Name: headers[i], Value: headers[i+1]})
	}
	return r
}

func do(t *testing.T, p *hosttest.Proxy, r scenario.Request) scenario.Result {
	t.Helper()
	result, err := p.Do(t.Context(), r, scenario.Upstream{Status: 200})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func code(r scenario.Result) string {
	var body struct{ Code string }
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return ""
	}
	return body.Code
}

// TestFailedHostCalls fails every host call in turn, of an allowed request: no
// failure lets the request pass unjudged or an answer pass unhardened.
func TestFailedHostCalls(t *testing.T) {
	var calls []string
	p := newProxy(t, policyWithKey())
	p.Host.Fail = func(call string) error { calls = append(calls, call); return nil }
	allowed := get("/orders//7", "x-api-key", liveKey, "x-client-id", "spoofed")
	if r := do(t, p, allowed); r.Forwarded == nil {
		t.Fatalf("not forwarded: %d %s", r.Status, r.Body)
	}
	if len(calls) < 15 {
		t.Fatalf("only %d host calls: %q", len(calls), calls)
	}
	errHost := errors.New("injected")
	own := slices.Index(calls, "DefineCounter") // the key's, and the call after it; the decision's come later
	for i, failing := range calls {
		p := newProxy(t, policyWithKey())
		n := 0
		p.Host.Fail = func(string) error {
			n++
			if n == i+1 {
				return errHost
			}
			return nil
		}
		r := do(t, p, allowed)
		if i == own || i == own+1 { // what a guard counts decides nothing
			if r.Status != 200 || r.Forwarded == nil {
				t.Errorf("call %d, %s, of the key's counter: status %d", i, failing, r.Status)
			}
			continue
		}
		response := r.Forwarded != nil // the call that failed was about the response
		if r.Status != 503 || r.Details == "via_upstream" || code(r) != "host-error" && code(r) != "limit-unavailable" {
			t.Errorf("call %d, %s: status %d, details %s, body %s, forwarded %t", i, failing, r.Status, r.Details, r.Body, response)
		}
	}
}

// TestFailedDenial fails every host call of a denial: the stream is answered,
// or stays paused, and is never forwarded.
func TestFailedDenial(t *testing.T) {
	for i := range 12 {
		p := newProxy(t, policyWithKey())
		n := 0
		p.Host.Fail = func(string) error {
			n++
			if n == i+1 {
				return errors.New("injected")
			}
			return nil
		}
		if r := do(t, p, get("/orders/7")); r.Forwarded != nil || r.Status < 400 {
			t.Errorf("call %d failed: status %d, forwarded %v", i, r.Status, r.Forwarded)
		}
	}
}

// TestUnanswerable: a stream whose denial cannot be sent is reset, also when
// sending it panics.
func TestUnanswerable(t *testing.T) {
	for name, fail := range map[string]func() error{
		"fails":  func() error { return errors.New("injected") },
		"panics": func() error { panic("injected") },
	} {
		p := newProxy(t, policyWithKey())
		p.Host.Fail = func(call string) error {
			if call == "SendLocalResponse" {
				return fail()
			}
			return nil
		}
		if r := do(t, p, get("/orders/7")); r.Details != "reset" || r.Forwarded != nil {
			t.Errorf("sending %s: status %d, details %s, forwarded %v", name, r.Status, r.Details, r.Forwarded)
		}
	}
}

// TestPanic panics in every host call of an allowed request.
func TestPanic(t *testing.T) {
	for i := range 20 {
		p := newProxy(t, policyWithKey())
		n := 0
		p.Host.Fail = func(string) error {
			n++
			if n == i+1 {
				panic("injected")
			}
			return nil
		}
		r := do(t, p, get("/orders/7", "x-api-key", liveKey))
		if n <= i {
			break
		}
		if r.Status != 503 || code(r) != "internal-error" {
			t.Errorf("call %d: status %d, body %s, forwarded %v", i, r.Status, r.Body, r.Forwarded)
		}
		p.Host.Fail = nil
		if r := do(t, p, get("/orders/7", "x-api-key", liveKey)); r.Status != 200 {
			t.Errorf("after the panic in call %d: status %d", i, r.Status)
		}
	}
}

// TestUnconfigured sends a request to a plugin whose policy was refused.
func TestUnconfigured(t *testing.T) {
	h := hosttest.NewHost([]byte(`{"version": 1}`), nil)
	d := door.New(h)
	if _, err := hosttest.NewProxy(h, d); err == nil || !strings.Contains(err.Error(), "sallyport: policy: 1:1: routes is missing") {
		t.Fatalf("got %v, want the problem", err)
	}
	h.Configuration = []byte(policyWithKey())
	p, err := hosttest.NewProxy(h, d)
	if err != nil {
		t.Fatal(err)
	}
	d.OnContextCreate(1, 0) // a plugin context that was never configured takes the place
	if r := do(t, p, get("/health")); r.Status != 503 || code(r) != "unjudged" || r.Forwarded != nil {
		t.Errorf("status %d, body %s, forwarded %v", r.Status, r.Body, r.Forwarded)
	}
}

// TestConfiguration refuses what is no policy, and says why.
func TestConfiguration(t *testing.T) {
	for name, c := range map[string]struct {
		text *string
		want string
	}{
		"absent":    {nil, "the document is empty: give the policy as a StringValue"},
		"empty":     {new(string), "the document is empty"},
		"malformed": {ref(`{"version": 1,`), "sallyport: policy: 1:"},
	} {
		h := hosttest.NewHost(nil, nil)
		if c.text != nil {
			h.Configuration = []byte(*c.text)
		}
		if _, err := hosttest.NewProxy(h, door.New(h)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	h := hosttest.NewHost([]byte(policyWithKey()), nil)
	h.Fail = func(call string) error {
		if call == "SharedData" {
			return errors.New("injected")
		}
		return nil
	}
	if _, err := hosttest.NewProxy(h, door.New(h)); err == nil {
		t.Error("a plugin without a seed starts")
	}
	h.Fail = func(string) error { panic("injected") }
	if _, err := hosttest.NewProxy(h, door.New(h)); err == nil || !strings.Contains(err.Error(), "panic while the policy was compiled") {
		t.Errorf("a panic at the start: got %v", err)
	}
}

func ref(s string) *string { return &s }

// TestTarget: the path and query that were judged are those that go upstream.
func TestTarget(t *testing.T) {
	for target, want := range map[string]string{
		"/health": "/health", "/health?": "/health", "/health?a": "/health?a", "//health?a=/../b": "/health?a=/../b", "/%68ealth?": "/health",
	} {
		if r := do(t, newProxy(t, policyWithKey()), get(target)); r.Forwarded == nil || r.Forwarded.Target != want {
			t.Errorf("%s: status %d, forwarded %+v, want %s", target, r.Status, r.Forwarded, want)
		}
	}
}

// TestTrailers: what a guard reads from headers does not come to the upstream
// behind them.
func TestTrailers(t *testing.T) {
	p := newProxy(t, policyWithKey())
	p.Trailers = [][2]string{{"x-client-id", "root"}, {"x_client_id", "root"}, {"x-api-key", "forged"}, {"x-checksum", "1"}}
	r := do(t, p, get("/orders/7", "x-api-key", liveKey))
	if r.Forwarded == nil {
		t.Fatalf("not forwarded: %d %s", r.Status, r.Body)
	}
	got := map[string][]string{}
	for _, h := range r.Forwarded.Headers {
		got[h.Name] = append(got[h.Name], h.Value)
	}
	if len(got["x-client-id"]) != 1 || got["x-client-id"][0] != "acme" || got["x_client_id"] != nil || got["x-api-key"] != nil || got["x-checksum"] == nil {
		t.Errorf("the upstream received %v", got)
	}
	for _, failing := range []string{"HeaderPairs", "RemoveHeader x-client-id"} {
		n := 0
		p.Host.Fail = func(call string) error {
			if call == "HeaderPairs" {
				n++
			}
			if n == 2 && call == failing {
				return errors.New("injected")
			}
			return nil
		}
		if r := do(t, p, get("/orders/7", "x-api-key", liveKey)); r.Forwarded != nil || r.Status != 503 {
			t.Errorf("%s failed: status %d, forwarded %v", failing, r.Status, r.Forwarded)
		}
	}
}
