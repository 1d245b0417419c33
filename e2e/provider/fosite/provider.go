package main

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/storage"
	"github.com/ory/fosite/token/jwt"
	"golang.org/x/crypto/bcrypt"

	"sallyport.dev/sallyport/e2e/provider/keys"
	"sallyport.dev/sallyport/e2e/provider/registered"
)

// provider is fosite's handlers before its store in memory.
type provider struct {
	fosite.OAuth2Provider
	issuer string
	ring   *keys.Ring
}

func newProvider(issuer string, ring *keys.Ring, lifetime time.Duration) (*provider, error) {
	config := &fosite.Config{
		AccessTokenIssuer:   issuer,
		AccessTokenLifespan: lifetime,
		JWTScopeClaimKey:    jwt.JWTScopeFieldString,
		GlobalSecret:        []byte("opens nothing: JWTs need no more"),
	}
	strategy := &oauth2.DefaultJWTStrategy{Signer: signer{ring}, HMACSHAStrategy: compose.NewOAuth2HMACStrategy(config), Config: config}
	store := storage.NewMemoryStore()
	for _, c := range []registered.Client{registered.Job, registered.Gateway} {
		secret, err := bcrypt.GenerateFromPassword([]byte(c.Secret), bcrypt.MinCost)
		if err != nil {
			return nil, err
		}
		store.Clients[c.ID] = &fosite.DefaultClient{ID: c.ID, Secret: secret, GrantTypes: []string{"client_credentials"},
			Scopes: registered.Scopes, Audience: []string{registered.Audience, "https://other.example.com"}}
	}
	return &provider{compose.Compose(config, store, strategy, compose.OAuth2ClientCredentialsGrantFactory,
		compose.OAuth2TokenIntrospectionFactory, compose.OAuth2TokenRevocationFactory), issuer, ring}, nil
}

func (p *provider) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(keys.Rotation, p.ring)
	mux.HandleFunc("POST /oauth2/token", p.token)
	mux.HandleFunc("POST /oauth2/introspect", p.introspect)
	mux.HandleFunc("POST /oauth2/revoke", p.revoke)
	mux.HandleFunc("GET /jwks.json", p.keySet)
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", p.metadata)
	return mux
}

// token grants what fosite found that the client may have.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	session := &oauth2.JWTSession{JWTHeader: &jwt.Headers{Extra: map[string]any{"typ": "at+jwt"}}}
	request, err := p.NewAccessRequest(ctx, r, session)
	if err != nil {
		p.WriteAccessError(ctx, w, request, err)
		return
	}
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	for _, audience := range request.GetRequestedAudience() {
		request.GrantAudience(audience)
	}
	if len(request.GetRequestedAudience()) == 0 {
		request.GrantAudience(registered.Audience)
	}
	client := request.GetClient().GetID()
	session.Subject = client
	session.JWTClaims = &jwt.JWTClaims{Subject: client, Extra: map[string]any{"client_id": client}}
	response, err := p.NewAccessResponse(ctx, request)
	if err != nil {
		p.WriteAccessError(ctx, w, request, err)
		return
	}
	p.WriteAccessResponse(ctx, w, request, response)
}

func (p *provider) introspect(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	answer, err := p.NewIntrospectionRequest(ctx, r, &oauth2.JWTSession{})
	if err != nil {
		p.WriteIntrospectionError(ctx, w, err)
		return
	}
	p.WriteIntrospectionResponse(ctx, w, answer)
}

func (p *provider) revoke(w http.ResponseWriter, r *http.Request) {
	p.WriteRevocationResponse(r.Context(), w, p.NewRevocationRequest(r.Context(), r))
}

func (p *provider) keySet(w http.ResponseWriter, _ *http.Request) {
	set := jose.JSONWebKeySet{}
	for _, k := range p.ring.All() {
		set.Keys = append(set.Keys, jose.JSONWebKey{KeyID: k.ID, Algorithm: k.Algorithm, Use: "sig", Key: k.Private.Public()})
	}
	answer(w, set)
}

func (p *provider) metadata(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{
		"issuer":                 p.issuer,
		"token_endpoint":         p.issuer + "/oauth2/token",
		"introspection_endpoint": p.issuer + "/oauth2/introspect",
		"revocation_endpoint":    p.issuer + "/oauth2/revoke",
		"jwks_uri":               p.issuer + "/jwks.json",
		"grant_types_supported":  []string{"client_credentials"},
		"scopes_supported":       registered.Scopes,
		// RFC 8414 section 2 requires it, though nothing here answers a login.
		"response_types_supported": []string{},
	})
}

func answer(w http.ResponseWriter, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("content-type", "application/json")
	if _, err := w.Write(text); err != nil {
		return // the client left
	}
}
