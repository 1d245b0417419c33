package document

// JWT is an identity whose callers show a signed token.
type JWT struct {
	Issuer        string        `json:"issuer" one:"issuer" doc:"Who issues the tokens; equal to the claim iss."`
	Issuers       []string      `json:"issuers" one:"issuer" doc:"Several issuers, any of them."`
	Audiences     Audiences     `json:"audiences" required:"true" doc:"The claim aud holds one of these; or \"unchecked\"."`
	Algorithms    []string      `json:"algorithms" required:"true" enum:"RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA,HS256,HS384,HS512" doc:"Signature algorithms that are accepted. HS* never beside the others."`
	ClockSkew     Duration      `json:"clock_skew" default:"\"5s\"" min:"0s" max:"10m" doc:"How far clocks may differ."`
	MaxLifetime   Duration      `json:"max_lifetime" doc:"Longest time between the claims iat and exp."`
	Require       []string      `json:"require" doc:"Claims that must be there beside exp."`
	AllowNoExpiry bool          `json:"allow_no_expiry" default:"false" doc:"Accept tokens without exp, which never end."`
	Types         []string      `json:"types" default:"[\"JWT\",\"at+jwt\"]" doc:"Values of the header typ that are accepted. A token without typ passes where JWT is one of them."`
	Keys          TokenKeys     `json:"keys" required:"true" doc:"Keys that verify the tokens."`
	From          []Source      `json:"from" default:"[{\"header\":\"authorization\",\"scheme\":\"Bearer\"}]" doc:"Where a token can stand."`
	Claims        *ClaimNames   `json:"claims" doc:"Where the caller's attributes stand in the token."`
	Revocation    *Revocation   `json:"revocation" doc:"Tokens that are refused before they expire."`
	Bound         []string      `json:"bound" enum:"mtls,dpop" doc:"Refuse a token that is not bound to its sender in one of these ways (RFC 8705, RFC 9449)."`
	DPoP          *DPoP         `json:"dpop" doc:"What is asked of the proofs of tokens that are bound by DPoP."`
	Forward       *TokenForward `json:"forward" doc:"What the upstream is told of the caller."`
}

// TokenKeys is where the keys that verify tokens come from; exactly one source is given.
type TokenKeys struct {
	JWKSURI   string   `json:"jwks_uri" one:"source" doc:"Address of a JSON Web Key Set (RFC 7517)."`
	Discovery string   `json:"discovery" one:"source" doc:"Issuer whose metadata name the key set (OpenID Connect Discovery, RFC 8414)."`
	JWKS      Raw      `json:"jwks" one:"source" secret:"true" doc:"A JSON Web Key Set in the policy."`
	PEM       string   `json:"pem" one:"source" secret:"true" doc:"A public key in PEM."`
	Secret    *Secret  `json:"secret" one:"source" doc:"The shared key of HS256, HS384 and HS512."`
	Cluster   string   `json:"cluster" doc:"The proxy's name for the service behind jwks_uri or discovery."`
	Refresh   Duration `json:"refresh" default:"\"10m\"" min:"1s" max:"1d" doc:"How often a fetched set is fetched anew."`
}

// ClaimNames is where the caller's attributes stand; dots reach nested claims.
type ClaimNames struct {
	Client string `json:"client" doc:"Claim with the client's name; sub where it is absent."`
	Scopes string `json:"scopes" doc:"Claim with the scopes, a string with spaces or a list; scope where it is absent."`
	Roles  string `json:"roles" doc:"Claim with the roles: a string or a list."`
	Tenant string `json:"tenant" doc:"Claim with the tenant."`
}

// Revocation is which tokens are refused before they expire.
type Revocation struct {
	JTI  []string        `json:"jti" doc:"Identifiers (claim jti) of revoked tokens."`
	List *RevocationList `json:"list" doc:"A list that is fetched."`
}

// RevocationList is a fetched list of revoked tokens.
type RevocationList struct {
	URL     string   `json:"url" required:"true" doc:"Address of the list."`
	Cluster string   `json:"cluster" required:"true" doc:"The proxy's name for that service."`
	Refresh Duration `json:"refresh" default:"\"30s\"" min:"1s" max:"1d" doc:"How often the list is fetched anew."`
}

// TokenForward is what the upstream is told of a token's caller.
type TokenForward struct {
	Token   bool              `json:"token" default:"false" doc:"Let the token itself go upstream."`
	Payload string            `json:"payload" doc:"Header that carries the token's claims as they were signed, in base64url."`
	Claims  map[string]string `json:"claims" doc:"Header name to claim."`
}
