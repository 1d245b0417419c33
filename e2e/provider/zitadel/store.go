package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"sallyport.dev/sallyport/e2e/provider/keys"
	"sallyport.dev/sallyport/e2e/provider/registered"
)

var (
	errClient = errors.New("no such client, or another secret")
	errToken  = errors.New("no such token")
)

// store is the example's, which keeps users, logins, codes and refresh tokens, with clients, keys and access tokens of its own.
type store struct {
	*storage.Storage
	ring     *keys.Ring
	lifetime time.Duration
	clients  map[string]*client
	mu       sync.Mutex
	tokens   map[string]issued // by id; forgotten when the provider ends
}

// issued is an access token that was given out.
type issued struct {
	client, subject string
	audience        []string
	scopes          []string
	at, expires     time.Time
}

func newStore(example *storage.Storage, ring *keys.Ring, lifetime time.Duration) *store {
	return &store{Storage: example, ring: ring, lifetime: lifetime, clients: clients(), tokens: map[string]issued{}}
}

// Clients.

func (s *store) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if c, ok := s.clients[id]; ok {
		return c, nil
	}
	return nil, errClient
}

func (s *store) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	c, ok := s.clients[id]
	if !ok || c.secret == "" || subtle.ConstantTimeCompare([]byte(c.secret), []byte(secret)) != 1 {
		return errClient
	}
	return nil
}

func (s *store) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if err := s.AuthorizeClientIDSecret(ctx, id, secret); err != nil {
		return nil, err
	}
	return s.clients[id], nil
}

func (s *store) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	for _, scope := range scopes {
		if !slices.Contains(registered.Scopes, scope) {
			return nil, oidc.ErrInvalidScope().WithDescription("no such scope")
		}
	}
	return &oidc.JWTTokenRequest{Subject: id, Audience: []string{registered.Audience}, Scopes: scopes}, nil
}

// Logins: the example's tokens are for the client that fetched them; these are for an API.

type login struct{ *storage.AuthRequest }

func (login) GetAudience() []string { return []string{registered.Audience} }

func (s *store) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	request, err := s.Storage.AuthRequestByCode(ctx, code)
	if example, ok := request.(*storage.AuthRequest); ok {
		return login{example}, err
	}
	return request, err
}

type refresh struct{ *storage.RefreshTokenRequest }

func (refresh) GetAudience() []string { return []string{registered.Audience} }

func (s *store) TokenRequestByRefreshToken(ctx context.Context, token string) (op.RefreshTokenRequest, error) {
	request, err := s.Storage.TokenRequestByRefreshToken(ctx, token)
	if example, ok := request.(*storage.RefreshTokenRequest); ok {
		return refresh{example}, err
	}
	return request, err
}

// Access tokens.

func (s *store) CreateAccessToken(_ context.Context, request op.TokenRequest) (string, time.Time, error) {
	id := uuid.NewString()
	return id, s.keep(id, request), nil
}

// CreateAccessAndRefreshTokens has the example rotate the refresh token.
func (s *store) CreateAccessAndRefreshTokens(ctx context.Context, request op.TokenRequest, current string) (string, string, time.Time, error) {
	example := request
	switch r := request.(type) {
	case login:
		example = r.AuthRequest
	case refresh:
		example = r.RefreshTokenRequest
	}
	id, next, _, err := s.Storage.CreateAccessAndRefreshTokens(ctx, example, current)
	if err != nil {
		return "", "", time.Time{}, err
	}
	return id, next, s.keep(id, request), nil
}

func (s *store) keep(id string, request op.TokenRequest) time.Time {
	client := request.GetSubject() // of client credentials
	if of, ok := request.(interface{ GetClientID() string }); ok {
		client = of.GetClientID()
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[id] = issued{client, request.GetSubject(), request.GetAudience(), request.GetScopes(), now, now.Add(s.lifetime)}
	return now.Add(s.lifetime)
}

// GetPrivateClaimsFromScopes is what a JWT says beside what zitadel writes.
func (s *store) GetPrivateClaimsFromScopes(_ context.Context, user, client string, scopes []string) (map[string]any, error) {
	claims := map[string]any{"scope": strings.Join(scopes, " ")}
	if user != client {
		claims["realm_access"], claims["tenant_id"] = registered.Roles, registered.Tenant
	}
	return claims, nil
}

func (s *store) SetIntrospectionFromToken(ctx context.Context, answer *oidc.IntrospectionResponse, id, _, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok := s.tokens[id]
	if !ok || !time.Now().Before(token.expires) {
		return errToken
	}
	answer.Scope, answer.ClientID, answer.Subject, answer.Audience = token.scopes, token.client, token.subject, token.audience
	answer.IssuedAt, answer.Expiration = oidc.FromTime(token.at), oidc.FromTime(token.expires)
	answer.Issuer, answer.JWTID, answer.TokenType = op.IssuerFromContext(ctx), id, oidc.BearerToken
	if token.subject != token.client {
		answer.Claims = map[string]any{"realm_access": registered.Roles, "tenant_id": registered.Tenant}
	}
	return nil
}

func (s *store) RevokeToken(ctx context.Context, id, user, client string) *oidc.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok := s.tokens[id]
	if !ok {
		return s.Storage.RevokeToken(ctx, id, user, client)
	}
	if token.client != client {
		return oidc.ErrInvalidClient().WithDescription("token was not issued for this client")
	}
	delete(s.tokens, id)
	return nil
}

// Keys.

// key is a key as zitadel signs with it, and published is one as its key set has it.
type key struct{ of keys.Key }

func (k key) ID() string { return k.of.ID }
func (k key) SignatureAlgorithm() jose.SignatureAlgorithm {
	return jose.SignatureAlgorithm(k.of.Algorithm)
}
func (k key) Key() any { return k.of.Private }

type published struct{ of keys.Key }

func (k published) ID() string { return k.of.ID }
func (k published) Algorithm() jose.SignatureAlgorithm {
	return jose.SignatureAlgorithm(k.of.Algorithm)
}
func (k published) Use() string { return "sig" }
func (k published) Key() any    { return k.of.Private.Public() }

func (s *store) SigningKey(context.Context) (op.SigningKey, error) { return key{s.ring.All()[0]}, nil }

func (s *store) KeySet(context.Context) ([]op.Key, error) {
	var list []op.Key
	for _, k := range s.ring.All() {
		list = append(list, published{k})
	}
	return list, nil
}

func (s *store) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.RS256, jose.ES256}, nil
}
