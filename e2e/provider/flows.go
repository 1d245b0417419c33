package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"sallyport.dev/sallyport/e2e/provider/registered"
	"sallyport.dev/sallyport/e2e/stores"
)

// Tokens are what a token endpoint gave.
type Tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Scope   string `json:"scope"`
}

// ClientCredentials fetches an access token for the client registered.Job (RFC 6749 section 4.4). An empty audience is the
// provider's own, registered.Audience; Fosite takes https://other.example.com too, and Zitadel takes none.
func (p *Provider) ClientCredentials(t testing.TB, scope, audience string) string {
	t.Helper()
	return p.credentials(t, registered.Job, scope, audience)
}

// OpaqueToken fetches an access token of Zitadel's for the client registered.Opaque. It is no JWS.
func (p *Provider) OpaqueToken(t testing.TB, scope string) string {
	t.Helper()
	return p.credentials(t, registered.Opaque, scope, "")
}

func (p *Provider) credentials(t testing.TB, client registered.Client, scope, audience string) string {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	for name, value := range map[string]string{"scope": scope, "audience": audience} {
		if value != "" {
			form.Set(name, value)
		}
	}
	return p.tokens(t, client, form).Access
}

// RefreshTokens exchanges a refresh token for new tokens; zitadel takes each once (RFC 9700 section 4.14.2).
func (p *Provider) RefreshTokens(t testing.TB, refresh string) Tokens {
	t.Helper()
	return p.tokens(t, registered.App, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
}

func (p *Provider) tokens(t testing.TB, client registered.Client, form url.Values) Tokens {
	t.Helper()
	answer, err := p.post(t.Context(), p.Token, client.ID, client.Secret, form)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := parse(answer)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func parse(answer stores.Answer) (tokens Tokens, err error) {
	if answer.Status != http.StatusOK {
		return tokens, fmt.Errorf("the token endpoint answered %+v", answer)
	}
	if err := json.Unmarshal([]byte(answer.Body), &tokens); err != nil {
		return tokens, err
	}
	if tokens.Access == "" {
		return tokens, fmt.Errorf("no access token in %s", answer.Body)
	}
	return tokens, nil
}

// Introspection asks as the client registered.Gateway what a token is (RFC 7662).
func (p *Provider) Introspection(t testing.TB, token string) map[string]any {
	t.Helper()
	c := registered.Gateway
	answer, err := p.post(t.Context(), p.Introspect, c.ID, c.Secret, url.Values{"token": {token}})
	if err != nil || answer.Status != http.StatusOK {
		t.Fatalf("introspection answered %+v, error %v", answer, err)
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(answer.Body), &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// TakeBack takes a token back, as the client that fetched it (RFC 7009).
func (p *Provider) TakeBack(t testing.TB, client registered.Client, token string) {
	t.Helper()
	answer, err := p.post(t.Context(), p.Revoke, client.ID, client.Secret, url.Values{"token": {token}})
	if err != nil || answer.Status != http.StatusOK {
		t.Fatalf("revocation answered %+v, error %v", answer, err)
	}
}
