// Package tokens shows what the module makes of the tokens of identity providers that others wrote, in a real Envoy: which
// pass, which do not, and what happens while a provider changes its keys, is down, or answers anything but what it should.
package tokens

import (
	"encoding/json"
	"maps"
	"net/http"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/e2e/provider"
	"sallyport.dev/sallyport/e2e/provider/registered"
	"sallyport.dev/sallyport/internal/scenario"
)

const listener = "tokens"

// patience is how long a part waits for what must come.
const patience = 40 * time.Second

type object = map[string]any

// TestTokens runs each part on an Envoy of its own with providers of its own.
func TestTokens(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			v := envoy(version)
			t.Run("accepted and refused", v.judged)
			t.Run("challenges and metadata", v.told)
			t.Run("keys change under load", v.rotated)
			t.Run("provider that fails", v.failing)
			t.Run("provider that is down first", v.late)
			t.Run("revoked", v.revoked)
			t.Run("introspection", v.introspected)
			t.Run("introspection that fails", v.unasked)
			t.Run("bound by DPoP", v.proved)
			t.Run("bound by mutual TLS", v.certified)
		})
	}
}

// envoy is a version of Envoy.
type envoy string

// start starts an Envoy with a policy and the services that it calls.
func (v envoy) start(t *testing.T, policy object, clusters map[string]string, workers int) *gateway {
	t.Helper()
	return &gateway{harness.Start(t, harness.Config{Version: string(v), Concurrency: workers, Clusters: clusters,
		Env: map[string]string{secretVariable: registered.Gateway.Secret}, Listeners: []harness.Listener{{Name: listener, Policy: written(t, policy)}}})}
}

// written is a policy as text.
func written(t *testing.T, policy object) []byte {
	t.Helper()
	policy["version"] = 1
	return []byte(encode(t, policy))
}

func encode(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tokensOf is a jwt identity for the tokens of a provider.
func tokensOf(p *provider.Provider, keys, more object) object {
	d := object{"issuer": p.Issuer, "audiences": []string{registered.Audience}, "algorithms": []string{"RS256", "ES256"}, "keys": keys,
		"claims":  object{"client": "client_id", "tenant": "tenant_id", "roles": "realm_access.roles"},
		"forward": object{"claims": object{"x-client": "client_id", "x-user": "sub", "x-roles": "realm_access.roles"}}}
	maps.Copy(d, more)
	return object{"jwt": d}
}

func route(name string, identities ...string) object {
	return object{"name": name, "path": "/" + name, "identities": identities}
}

// gateway is an Envoy that is asked with tokens.
type gateway struct{ *harness.Envoy }

func bearer(token string) scenario.Header {
	return scenario.Header{Name: "authorization", Value: "Bearer " + token}
}

// ask asks with a token; none where it is empty.
func (g *gateway) ask(t *testing.T, target, token string, more ...scenario.Header) scenario.Result {
	t.Helper()
	if token != "" {
		more = append(more, bearer(token))
	}
	return g.send(t, harness.Get(target, more...))
}

func (g *gateway) send(t *testing.T, req scenario.Request) scenario.Result {
	t.Helper()
	result, err := g.Runner(listener).Do(t.Context(), req, scenario.Upstream{Status: http.StatusOK})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// passes checks that a token passes, is taken out of the request, and returns what arrived.
func (g *gateway) passes(t *testing.T, target, token string) *scenario.Forwarded {
	t.Helper()
	return wantPassed(t, target, g.ask(t, target, token))
}

func wantPassed(t *testing.T, what string, r scenario.Result) *scenario.Forwarded {
	t.Helper()
	if r.Status != http.StatusOK || r.Forwarded == nil {
		t.Fatalf("%s: status %d, %s, want it to pass", what, r.Status, r.Details)
	}
	if sent := scenario.Values(r.Forwarded.Headers, "authorization"); len(sent) > 0 {
		t.Errorf("%s: the token went upstream", what)
	}
	return r.Forwarded
}

// refuses checks that a token does not pass, with a reason.
func (g *gateway) refuses(t *testing.T, target, token string, status int, reason string) scenario.Result {
	t.Helper()
	r := g.ask(t, target, token)
	wantRefused(t, target, r, status, reason)
	return r
}

func wantRefused(t *testing.T, what string, r scenario.Result, status int, reason string) {
	t.Helper()
	if r.Status != status || r.Details != "sallyport:"+reason || r.Forwarded != nil {
		t.Errorf("%s: status %d, %s, forwarded %v, want %d, %s", what, r.Status, r.Details, r.Forwarded != nil, status, reason)
	}
}

// becomes asks until a token is answered with a status, and returns the last answer; each before has the status that stands
// until then.
func (g *gateway) becomes(t *testing.T, target, token string, until, status int) scenario.Result {
	t.Helper()
	var r scenario.Result
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		switch r = g.ask(t, target, token); r.Status {
		case status:
			return r
		case until:
			continue
		}
		break
	}
	t.Fatalf("%s: status %d, %s, want %d", target, r.Status, r.Details, status)
	return r
}

// events are the counters of a document that is fetched, or of an identity.
func (g *gateway) events(t *testing.T, filter string) map[string]int64 {
	t.Helper()
	stats, err := g.Stats(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

// grows waits until a counter is greater than before.
func (g *gateway) grows(t *testing.T, name string, than int64) {
	t.Helper()
	var n int64
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if n = g.events(t, name)["wasmcustom."+name]; n > than {
			return
		}
	}
	t.Fatalf("%s is %d still, want more than %d", name, n, than)
}

func (g *gateway) count(t *testing.T, name string) int64 {
	t.Helper()
	return g.events(t, name)["wasmcustom."+name]
}
