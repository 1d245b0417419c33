// Package webhooks shows, on a real Envoy, that webhooks which the vendors' own libraries sign pass and no others do, and
// that what Sallyport signs is accepted by these libraries.
package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// The listeners: webhooks come in by the first, and go out by the second.
const (
	incoming = "incoming"
	outgoing = "outgoing"
)

type object = map[string]any

// TestWebhooks runs all of a version on one Envoy with two workers.
func TestWebhooks(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			g := start(t, version)
			for _, s := range schemes {
				t.Run(s.name, func(t *testing.T) {
					t.Run("accepted", func(t *testing.T) { g.accepts(t, s) })
					t.Run("refused", func(t *testing.T) { g.refuses(t, s) })
				})
			}
			for _, s := range signing() {
				t.Run(s.name+" signed", func(t *testing.T) { g.signs(t, s) })
			}
			t.Run("signed and too long", g.signsNoMore)
			t.Run("signed by the command", g.commanded)
			t.Run("length", g.lengths)
			t.Run("several secrets", g.several)
			t.Run("address", g.addresses)
			t.Run("delivered again", g.again)
			t.Run("documented", g.documented)
			t.Run("workers", g.workers)
		})
	}
}

// gateway is an Envoy with a route for each scheme.
type gateway struct{ *harness.Envoy }

func start(t *testing.T, version string) gateway {
	t.Helper()
	env := map[string]string{}
	return gateway{harness.Start(t, harness.Config{Version: version, Concurrency: 2, Env: env,
		Listeners: []harness.Listener{{Name: incoming, Policy: receiving(t, env)}, {Name: outgoing, Policy: sending(t, env)}}})}
}

// secretOf names the variable of a secret, and sets it.
func secretOf(env map[string]string, name, value string) object {
	name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	env[name] = value
	return object{"env": name}
}

// receiving is the policy of incoming: for each scheme a route of its name, and some more.
func receiving(t *testing.T, env map[string]string) []byte {
	t.Helper()
	var routes []any
	for _, s := range schemes {
		section := maps.Clone(s.section)
		section["secrets"] = []any{secretOf(env, s.name, s.verifying())}
		routes = append(routes, object{"name": s.name, "path": "/" + s.name, "methods": []string{"POST"}, "webhook": section})
	}
	for name, section := range map[string]object{
		"rotated":    {"scheme": "stripe", "secrets": []any{secretOf(env, "new", "a secret that is new"), secretOf(env, "old", "a secret that is old")}},
		"small":      {"scheme": "github", "secrets": []any{secretOf(env, "small", hmacSecret)}, "max_body": "1KiB"},
		"again":      {"scheme": "stripe", "secrets": []any{secretOf(env, "again", hmacSecret)}, "replay": false},
		"elsewhere":  {"scheme": "square", "secrets": []any{secretOf(env, "elsewhere", squareKey)}, "url": squareURL, "replay": false},
		"github-doc": {"scheme": "github", "secrets": []any{secretOf(env, "github_doc", githubSecret)}, "replay": false},
	} {
		routes = append(routes, object{"name": name, "path": "/" + name, "methods": []string{"POST"}, "webhook": section})
	}
	policy, err := json.Marshal(object{"version": 1, "routes": routes})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

// signed is the request of a delivery.
func (s scheme) signed(t *testing.T, d delivery) scenario.Request {
	t.Helper()
	signature, err := s.sign(d)
	if err != nil {
		t.Fatal(err)
	}
	r := harness.Get(d.target, append(signature, field("content-type", s.kind))...)
	r.Method, r.Body = http.MethodPost, d.body
	return r
}

// send sends a request, and tells what happened to it.
func (g gateway) send(t *testing.T, listener string, s harness.Sending, up scenario.Upstream) scenario.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, err := g.Send(ctx, listener, s, up)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (g gateway) post(t *testing.T, r scenario.Request) scenario.Result {
	t.Helper()
	return g.send(t, incoming, harness.Whole(r), scenario.Upstream{Status: http.StatusOK})
}

// passes checks that a request passes, its body byte for byte.
func (g gateway) passes(t *testing.T, what string, s harness.Sending, body []byte) *scenario.Forwarded {
	t.Helper()
	r := g.send(t, incoming, s, scenario.Upstream{Status: http.StatusOK})
	if r.Status != http.StatusOK || r.Forwarded == nil {
		t.Fatalf("%s: status %d, %s, want it to pass", what, r.Status, r.Details)
	}
	if !bytes.Equal(r.Forwarded.Body, body) {
		t.Errorf("%s: %d bytes arrived, not the %d that were sent", what, len(r.Forwarded.Body), len(body))
	}
	return r.Forwarded
}

// statuses are those of the reasons.
var statuses = map[string]int{"signature-missing": 401, "signature-malformed": 401, "signature-invalid": 401, "webhook-timestamp": 401,
	"webhook-replayed": 409, "body-too-large": 413}

// wantRefused checks that a request was denied for a reason, and that nothing of it reached the upstream; Send has compared
// what arrived there with the access log.
func wantRefused(t *testing.T, what string, r scenario.Result, reason string) {
	t.Helper()
	if r.Status != statuses[reason] || r.Details != "sallyport:"+reason || r.Reason != reason || r.Forwarded != nil {
		t.Errorf("%s: status %d, %s, forwarded %v, want %s", what, r.Status, r.Details, r.Forwarded != nil, reason)
	}
}

// ways are how a body can come.
func ways(r scenario.Request) map[string]harness.Sending {
	two := r
	two.HTTP2 = true
	trailing := harness.Split(two, 2)
	trailing.Trailers = []scenario.Header{field("x-checksum", "1")}
	return map[string]harness.Sending{
		"HTTP/1.1, whole": harness.Whole(r), "HTTP/1.1, in pieces": harness.Split(r, 9),
		"HTTP/2, whole": harness.Whole(two), "HTTP/2, in pieces": harness.Split(two, 9), "HTTP/2 with trailers": trailing,
	}
}

// event is a body as webhooks have it; no two are the same.
func event() []byte {
	return fmt.Appendf(nil, `{"type":"order.paid","at":%d,"text":"café ☕"}`, time.Now().UnixNano())
}
