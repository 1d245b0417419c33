package provider

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"sallyport.dev/sallyport/e2e/provider/registered"
	"sallyport.dev/sallyport/e2e/stores"
)

// claims are those of an access token that these tests look at.
type claims struct {
	jwt.Claims
	Client string         `json:"client_id"`
	Scope  string         `json:"scope"`
	Realm  map[string]any `json:"realm_access"`
	Tenant string         `json:"tenant_id"`
}

// verified verifies a token with the key set as the provider publishes it now; a token that does not verify is an error.
func verified(t *testing.T, p *Provider, token string) (c claims, typ any, err error) {
	t.Helper()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil {
		return c, nil, err
	}
	if err := parsed.Claims(keySet(t, p), &c); err != nil {
		return c, nil, err
	}
	return c, parsed.Headers[0].ExtraHeaders[jose.HeaderType], c.Validate(jwt.Expected{Issuer: p.Issuer, Time: time.Now()})
}

func keySet(t *testing.T, p *Provider) *jose.JSONWebKeySet {
	t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(p.Fetch(t, p.KeySet)), &set); err != nil {
		t.Fatal(err)
	}
	return &set
}

func want(t *testing.T, name string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s is %v, want %v", name, got, want)
	}
}

func TestClientCredentials(t *testing.T) {
	const other = "https://other.example.com"
	for _, c := range []struct {
		kind                   Kind
		algorithm, asked, for_ string
		typ                    string
	}{
		{Zitadel, "", "", registered.Audience, "JWT"},
		{Fosite, "", "", registered.Audience, "at+jwt"},
		{Fosite, "ES256", other, other, "at+jwt"},
	} {
		t.Run(c.kind.Name+" "+c.algorithm, func(t *testing.T) {
			p := Start(t, c.kind, Settings{Algorithm: c.algorithm, Lifetime: time.Minute})
			got, typ, err := verified(t, p, p.ClientCredentials(t, "orders:read", c.asked))
			if err != nil {
				t.Fatal(err)
			}
			want(t, "typ", typ, any(c.typ))
			want(t, "aud", got.Audience, jwt.Audience{c.for_})
			want(t, "sub", got.Subject, registered.Job.ID)
			want(t, "client_id", got.Client, registered.Job.ID)
			want(t, "scope", got.Scope, "orders:read")
			want(t, "the lifetime", got.Expiry.Time().Sub(got.IssuedAt.Time()), time.Minute)
			if got.ID == "" {
				t.Error("no jti")
			}
		})
	}
}

func TestAuthorizationCode(t *testing.T) {
	p := Start(t, Zitadel, Settings{})
	first := p.AuthorizationCode(t)
	second := p.RefreshTokens(t, first.Refresh)
	for _, tokens := range []Tokens{first, second} {
		got, typ, err := verified(t, p, tokens.Access)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "typ", typ, any("JWT"))
		want(t, "aud", got.Audience, jwt.Audience{registered.Audience})
		want(t, "sub", got.Subject, User)
		want(t, "client_id", got.Client, registered.App.ID)
		want(t, "scope", strings.Contains(got.Scope, "orders:read orders:write"), true)
		want(t, "realm_access", got.Realm, map[string]any{"roles": []any{"buyer"}})
		want(t, "tenant_id", got.Tenant, registered.Tenant)
		want(t, "active", p.Introspection(t, tokens.Access)["active"], any(true))
		if _, _, err := verified(t, p, tokens.ID); err != nil {
			t.Errorf("the ID token: %v", err)
		}
	}
	if first.Access == second.Access || first.Refresh == second.Refresh {
		t.Error("the refresh token gave the same tokens")
	}
	used, err := p.post(t.Context(), p.Token, registered.App.ID, "", map[string][]string{"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}})
	wantRefused(t, "a refresh token that was used", used, err)
}

// TestRefusedLogins shows that the provider holds what it is to hold: tests of who gets in rely on it.
func TestRefusedLogins(t *testing.T) {
	p := Start(t, Zitadel, Settings{})
	if code, err := newLogin(p).code(t.Context(), "wrong"); err == nil {
		t.Errorf("a wrong password gave the code %q", code)
	}
	for _, verifier := range []string{"", strings.Repeat("x", 52)} {
		l := newLogin(p)
		code, err := l.code(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := l.exchange(t.Context(), code, verifier)
		wantRefused(t, "the verifier "+verifier, answer, err)
	}
	wrong := registered.Client{ID: registered.Job.ID, Secret: "wrong"}
	answer, err := p.post(t.Context(), p.Token, wrong.ID, wrong.Secret, map[string][]string{"grant_type": {"client_credentials"}})
	wantRefused(t, "a wrong secret", answer, err)
}

func wantRefused(t *testing.T, name string, answer stores.Answer, err error) {
	t.Helper()
	if err != nil || answer.Status != http.StatusBadRequest && answer.Status != http.StatusUnauthorized {
		t.Errorf("%s is answered %+v, error %v; want 400 or 401", name, answer, err)
	}
}

func TestIntrospection(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   Kind
		client registered.Client
		fetch  func(p *Provider, t *testing.T) string
	}{
		{"zitadel, JWT", Zitadel, registered.Job, func(p *Provider, t *testing.T) string { return p.ClientCredentials(t, "orders:read", "") }},
		{"zitadel, opaque", Zitadel, registered.Opaque, func(p *Provider, t *testing.T) string { return p.OpaqueToken(t, "orders:read") }},
		{"fosite, JWT", Fosite, registered.Job, func(p *Provider, t *testing.T) string { return p.ClientCredentials(t, "orders:read", "") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Start(t, c.kind, Settings{})
			token, another := c.fetch(p, t), c.fetch(p, t)
			got := p.Introspection(t, token)
			want(t, "active", got["active"], any(true))
			want(t, "client_id", got["client_id"], any(c.client.ID))
			want(t, "scope", got["scope"], any("orders:read"))
			want(t, "aud", got["aud"], any([]any{registered.Audience}))
			want(t, "iss", got["iss"], any(p.Issuer))
			p.TakeBack(t, c.client, token)
			inactive := map[string]any{"active": false}
			want(t, "the answer for a token that was taken back", p.Introspection(t, token), inactive)
			want(t, "the answer for rubbish", p.Introspection(t, "rubbish"), inactive)
			want(t, "active of another token", p.Introspection(t, another)["active"], any(true))
		})
	}
}

func TestRotation(t *testing.T) {
	for _, kind := range []Kind{Zitadel, Fosite} {
		t.Run(kind.Name, func(t *testing.T) {
			p := Start(t, kind, Settings{})
			first := p.ClientCredentials(t, "", "")
			wantKeys(t, p, "RS256")
			p.Rotate(t, "ES256", Keep)
			wantKeys(t, p, "ES256", "RS256")
			second := p.ClientCredentials(t, "", "")
			wantVerified(t, p, true, first, second)
			p.Restart(t)
			wantKeys(t, p, "ES256", "RS256")
			wantVerified(t, p, true, first, second)
			want(t, "active after a restart", p.Introspection(t, first)["active"], any(false))
			p.Rotate(t, "RS256", Drop)
			wantKeys(t, p, "RS256")
			wantVerified(t, p, false, first, second)
			wantVerified(t, p, true, p.ClientCredentials(t, "", ""))
		})
	}
}

// wantKeys compares the algorithms of the key set.
func wantKeys(t *testing.T, p *Provider, algorithms ...string) {
	t.Helper()
	var got []string
	for _, k := range keySet(t, p).Keys {
		got = append(got, k.Algorithm)
	}
	want(t, "the key set", got, algorithms)
}

func wantVerified(t *testing.T, p *Provider, good bool, tokens ...string) {
	t.Helper()
	for i, token := range tokens {
		if _, _, err := verified(t, p, token); (err == nil) != good {
			t.Errorf("token %d: %v; want it good: %t", i, err, good)
		}
	}
}

func TestMetadata(t *testing.T) {
	for _, kind := range []Kind{Zitadel, Fosite} {
		p := Start(t, kind, Settings{})
		var got map[string]any
		if err := json.Unmarshal([]byte(p.Fetch(t, p.Metadata)), &got); err != nil {
			t.Fatal(err)
		}
		for member, value := range map[string]string{"issuer": p.Issuer, "jwks_uri": p.Issuer + p.KeySet, "token_endpoint": p.Issuer + p.Token,
			"introspection_endpoint": p.Issuer + p.Introspect, "revocation_endpoint": p.Issuer + p.Revoke} {
			want(t, kind.Name+"'s "+member, got[member], any(value))
		}
		p.Kill()
		if answer, err := get(t.Context(), p.Issuer+p.KeySet); err == nil {
			t.Errorf("%s answers %+v after its end", kind.Name, answer)
		}
	}
}
