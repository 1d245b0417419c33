package tokens

import (
	"net/http"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/e2e/provider"
	"sallyport.dev/sallyport/e2e/provider/registered"
	"sallyport.dev/sallyport/e2e/stores"
	"sallyport.dev/sallyport/internal/scenario"
)

// secretVariable holds the gateway's secret at the providers.
const secretVariable = "INTROSPECTION_SECRET"

// asking is an introspection identity for the tokens of a provider.
func asking(p *provider.Provider, cluster, cache string) object {
	return object{"introspection": object{
		"url": p.Issuer + p.Introspect, "cluster": cluster, "timeout": "10s", "cache": cache, "negative_cache": "1s",
		"client_id": registered.Gateway.ID, "client_secret": object{"env": secretVariable},
		"issuer": p.Issuer, "audiences": []string{registered.Audience},
		"claims":  object{"client": "client_id"},
		"forward": object{"claims": object{"x-client": "client_id"}},
	}}
}

// introspected: what the provider calls active passes, for as long as its answer serves; what it took back, and what it never
// gave, does not. A token goes to the identity that can judge it.
func (v envoy) introspected(t *testing.T) {
	zitadel, fosite := provider.Start(t, provider.Zitadel, provider.Settings{}), provider.Start(t, provider.Fosite, provider.Settings{})
	g := v.start(t, object{
		"identities": object{
			"zitadel": asking(zitadel, "zitadel", "1s"), "fosite": asking(fosite, "fosite", "1s"),
			"signed": tokensOf(zitadel, object{"discovery": zitadel.Issuer, "cluster": "zitadel"}, nil),
		},
		"routes": []object{route("zitadel", "zitadel"), route("fosite", "fosite"), route("either", "signed", "zitadel")},
	}, map[string]string{"zitadel": zitadel.Address, "fosite": fosite.Address}, 1)
	for _, c := range []struct {
		target string
		p      *provider.Provider
		token  string
		client registered.Client
	}{
		{"/zitadel", zitadel, zitadel.OpaqueToken(t, "orders:read"), registered.Opaque},
		{"/zitadel", zitadel, zitadel.ClientCredentials(t, "orders:read", ""), registered.Job},
		{"/fosite", fosite, fosite.ClientCredentials(t, "orders:read", ""), registered.Job},
		{"/either", zitadel, zitadel.OpaqueToken(t, "orders:read"), registered.Opaque},
	} {
		t.Run(c.target+" "+c.client.ID, func(t *testing.T) {
			wantHeader(t, g.passes(t, c.target, c.token), "x-client", c.client.ID)
			c.p.TakeBack(t, c.client, c.token)
			r := g.becomes(t, c.target, c.token, http.StatusOK, http.StatusUnauthorized)
			wantRefused(t, "taken back", r, http.StatusUnauthorized, "token-inactive")
			g.refuses(t, c.target, "mF_9.B5f-4.1JqM", http.StatusUnauthorized, "token-inactive")
			g.refuses(t, c.target, `not"one`, http.StatusUnauthorized, "token-malformed")
		})
	}
	g.passes(t, "/either", zitadel.ClientCredentials(t, "orders:read", ""))
	g.refuses(t, "/fosite", fosite.ClientCredentials(t, "orders:read", "https://other.example.com"), http.StatusUnauthorized, "token-audience")
}

// many are clients that come at once with one token.
const many = 200

// unasked: many that wait for one answer are one question, and a provider that does not answer soundly lets nobody in, but for
// those of whom it has said before that they may.
func (v envoy) unasked(t *testing.T) {
	p := provider.Start(t, provider.Zitadel, provider.Settings{})
	way := stores.NewSlow(t, p.Address)
	g := v.start(t, object{
		"identities": object{"users": asking(p, "way", "1h")},
		"routes":     []object{route("orders", "users")},
	}, map[string]string{"way": way.Address}, 1)
	known := p.OpaqueToken(t, "orders:read")
	const asked = "sallyport.introspection.identity.users.event.asked"
	before := g.calls(t)
	way.Delay(time.Second)
	statuses, err := harness.Load{Address: g.Address(listener), Connections: many, Requests: many,
		Next: func(int64) scenario.Request { return harness.Get("/orders", bearer(known)) }}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	way.Delay(0)
	wantStatuses(t, "many at once", statuses, http.StatusOK)
	if calls := g.calls(t) - before; calls != 1 {
		t.Errorf("the provider was called %d times for %d clients, of whom %d had to wait", calls, many, g.count(t, asked))
	}

	for _, f := range []failure{
		{"rubbish", "", func(*testing.T) { way.Answer(answer("200 OK", "rubbish")) }, func(*testing.T) { way.Answer("") }},
		{"active, and more", "", func(*testing.T) { way.Answer(answer("200 OK", `{"active":true}x`)) }, func(*testing.T) { way.Answer("") }},
		{"an error", "", func(*testing.T) { way.Answer(answer("500 No", "")) }, func(*testing.T) { way.Answer("") }},
		{"killed", "", func(*testing.T) { p.Kill() }, func(t *testing.T) { p.Restart(t) }},
	} {
		t.Run(f.name, func(t *testing.T) {
			token := p.OpaqueToken(t, "orders:read")
			f.breaks(t)
			r := g.refuses(t, "/orders", token, http.StatusServiceUnavailable, "introspection-unavailable")
			if again := scenario.Values(r.Headers, "retry-after"); len(again) != 1 {
				t.Errorf("retry-after is %q", again)
			}
			g.passes(t, "/orders", known)
			f.ends(t)
			token = p.OpaqueToken(t, "orders:read") // a provider that starts anew does not know the other
			g.becomes(t, "/orders", token, http.StatusServiceUnavailable, http.StatusOK)
		})
	}
}

// calls are the requests to the provider.
func (g *gateway) calls(t *testing.T) int64 {
	t.Helper()
	return g.events(t, `^cluster\.way\.upstream_rq_total$`)["cluster.way.upstream_rq_total"]
}
