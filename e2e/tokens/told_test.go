package tokens

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/e2e/provider"
	"sallyport.dev/sallyport/e2e/provider/registered"
	"sallyport.dev/sallyport/internal/scenario"
)

// wellKnown is where the metadata of the API are (RFC 9728 section 3).
const wellKnown = "/.well-known/oauth-protected-resource"

// told: clients are told what is wrong with their tokens (RFC 6750 section 3), and where to get better ones (RFC 9728). A
// client that knows nothing but the API finds the provider so, and a token that passes.
func (v envoy) told(t *testing.T) {
	p := provider.Start(t, provider.Fosite, provider.Settings{})
	orders := route("orders", "users")
	orders["scopes"] = []string{"orders:write"}
	g := v.start(t, object{
		"identities": object{"users": tokensOf(p, object{"discovery": p.Issuer, "cluster": "idp"}, nil)},
		"resource":   object{"identifier": registered.Audience, "scopes_supported": registered.Scopes},
		"routes":     []object{orders},
	}, map[string]string{"idp": p.Address}, 1)
	read, write := p.ClientCredentials(t, "orders:read", ""), p.ClientCredentials(t, "orders:read orders:write", "")
	const where = `, resource_metadata="` + registered.Audience + wellKnown + `"`
	for _, c := range []struct {
		name, token string
		status      int
		reason      string
		challenge   string
	}{
		{"no token", "", http.StatusUnauthorized, "credential-missing", `Bearer realm="sallyport"` + where},
		{"a bad token", read + "x", http.StatusUnauthorized, "token-malformed", `Bearer realm="sallyport", error="invalid_token"` + where},
		{"too few scopes", read, http.StatusForbidden, "scope-missing", `Bearer realm="sallyport", error="insufficient_scope", scope="orders:write"` + where},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := g.refuses(t, "/orders", c.token, c.status, c.reason)
			if got := scenario.Values(r.Headers, "www-authenticate"); !slices.Equal(got, []string{c.challenge}) {
				t.Errorf("the challenge is %q, want %q", got, c.challenge)
			}
		})
	}
	g.passes(t, "/orders", write)
	t.Run("metadata", func(t *testing.T) { g.metadata(t, p) })
}

func (g *gateway) metadata(t *testing.T, p *provider.Provider) {
	req := harness.Get(wellKnown)
	req.Headers = []scenario.Header{{Name: "host", Value: strings.TrimPrefix(registered.Audience, "https://")}}
	r := g.send(t, req)
	var got object
	if err := json.Unmarshal(r.Body, &got); err != nil || r.Status != http.StatusOK || r.Forwarded != nil {
		t.Fatalf("status %d, forwarded %v, %s: %v", r.Status, r.Forwarded != nil, r.Body, err)
	}
	want := object{"resource": registered.Audience, "authorization_servers": []any{p.Issuer},
		"scopes_supported": []any{"orders:read", "orders:write"}, "bearer_methods_supported": []any{"header"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the metadata are %v, want %v", got, want)
	}
	if kind := scenario.Values(r.Headers, "content-type"); !slices.Equal(kind, []string{"application/json"}) {
		t.Errorf("content-type is %q", kind)
	}
}
