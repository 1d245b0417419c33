package main

import (
	"slices"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"sallyport.dev/sallyport/e2e/provider/registered"
)

// client is one of the example's, with what a client of these tests may do.
type client struct {
	op.Client
	secret string
	kind   op.AccessTokenType
	grants []oidc.GrantType
}

func (c *client) AccessTokenType() op.AccessTokenType { return c.kind }
func (c *client) GrantTypes() []oidc.GrantType        { return c.grants }
func (c *client) IsScopeAllowed(scope string) bool    { return slices.Contains(registered.Scopes, scope) }

func clients() map[string]*client {
	list := map[string]*client{}
	for _, c := range []struct {
		registered.Client
		kind   op.AccessTokenType
		grants []oidc.GrantType
	}{
		{registered.Job, op.AccessTokenTypeJWT, []oidc.GrantType{oidc.GrantTypeClientCredentials}},
		{registered.Opaque, op.AccessTokenTypeBearer, []oidc.GrantType{oidc.GrantTypeClientCredentials}},
		{registered.Gateway, op.AccessTokenTypeJWT, nil},
		{registered.App, op.AccessTokenTypeJWT, []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}},
	} {
		example := storage.NativeClient(c.ID, registered.Callback)
		if c.Secret != "" {
			example = storage.WebClient(c.ID, c.Secret)
		}
		list[c.ID] = &client{example, c.Secret, c.kind, c.grants}
	}
	return list
}
