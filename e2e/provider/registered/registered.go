// Package registered is who the identity providers of the tests know.
package registered

// Client is a client of an identity provider.
type Client struct {
	ID     string
	Secret string // empty: it is public, and proves itself by PKCE alone
}

// The clients. Their secrets open nothing but providers on the loopback.
var (
	Job     = Client{"orders-job", "job-secret"}         // fetches tokens for itself, by client credentials
	Opaque  = Client{"orders-opaque", "opaque-secret"}   // the same, and its tokens are no JWTs; zitadel's knows it
	App     = Client{"orders-app", ""}                   // fetches tokens for a user, by authorization code; zitadel's knows it
	Gateway = Client{"orders-gateway", "gateway-secret"} // asks whether tokens are active
)

// Callback is the App's redirect URI. Nothing listens there.
const Callback = "http://127.0.0.1/callback"

// Audience is the API that tokens are for, where no other is asked for.
const Audience = "https://orders.example.com"

// Scopes are what a client may ask for.
var Scopes = []string{"orders:read", "orders:write"}

// What tokens say of every user, as providers with realms and tenants do.
var (
	Roles  = map[string]any{"roles": []string{"buyer"}} // in the claim realm_access
	Tenant = "t-acme"                                   // in the claim tenant_id
)
