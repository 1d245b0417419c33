package document

// Identity is one way to know a caller; exactly one member is given.
type Identity struct {
	JWT           *JWT           `json:"jwt" one:"kind" doc:"Signed tokens (RFC 7519)."`
	Introspection *Introspection `json:"introspection" one:"kind" doc:"Opaque tokens that the authorization server is asked about (RFC 7662)."`
	APIKey        *APIKey        `json:"api_key" one:"kind" doc:"API keys: hashed, rotating."`
	MTLS          *MTLS          `json:"mtls" one:"kind" later:"true" doc:"Client certificates."`
}

// APIKey is an identity whose callers show a key.
type APIKey struct {
	From          []Source       `json:"from" default:"[{\"header\":\"x-api-key\"}]" doc:"Where a key can stand. More than one key in a request is a denial."`
	Prefix        string         `json:"prefix" doc:"Prefix of keys made by sallyport key new; anything else is refused before hashing."`
	Pepper        *Secret        `json:"pepper" doc:"With a pepper digests are HMAC-SHA-256, without SHA-256."`
	Clients       []Client       `json:"clients" doc:"Who holds keys. Needed without a directory."`
	BcryptRate    int            `json:"bcrypt_rate" default:"1" min:"1" max:"10" doc:"How many bcrypt digests of cost 10 a worker checks in a second, at most; one of cost 12 counts as four."`
	ExpiryWarning Duration       `json:"expiry_warning" default:"\"14d\"" min:"0s" doc:"How long before a key expires its holder is warned, in the response header x-api-key-expires. 0s: never."`
	Directory     *Directory     `json:"directory" doc:"Where to ask for keys that are not in the policy."`
	Forward       *APIKeyForward `json:"forward" doc:"What the upstream is told of the caller."`
}

// Source is where a credential can stand; exactly one of header, cookie and query is given.
type Source struct {
	Header string `json:"header" one:"place" doc:"Name of a header."`
	Scheme string `json:"scheme" with:"header" doc:"Authentication scheme before the credential (RFC 9110 section 11.1); only with header."`
	Cookie string `json:"cookie" one:"place" doc:"Name of a cookie."`
	Query  string `json:"query" one:"place" doc:"Name of a query parameter."`
}

// Client is one holder of API keys.
type Client struct {
	ID     string            `json:"id" required:"true" doc:"The client's name, unique in the identity."`
	Status string            `json:"status" default:"\"active\"" enum:"active,suspended" doc:"active or suspended."`
	Tenant string            `json:"tenant" doc:"The tenant whose objects the client may reach."`
	Plan   string            `json:"plan" doc:"Selects the plan of a limit."`
	Scopes []string          `json:"scopes" doc:"Scopes that the client has."`
	Roles  []string          `json:"roles" doc:"Roles that the client has."`
	Claims map[string]string `json:"claims" keys:"claim" doc:"What else is known of the client, such as {\"department\": \"sales\"}. A limit can count by it: claim.department."`
	Keys   []Key             `json:"keys" required:"true" doc:"The client's keys. Several live keys rotate without a gap."`
}

// Key is the digest of one API key.
type Key struct {
	ID         string `json:"id" required:"true" doc:"The key's name, unique in the client."`
	SHA256     string `json:"sha256" one:"digest" form:"sha256" secret:"true" doc:"64 hexadecimal digits: SHA-256 of the key, or HMAC-SHA-256 with the pepper."`
	Bcrypt     string `json:"bcrypt" one:"digest" form:"bcrypt" secret:"true" doc:"A bcrypt digest of another system, $2a$, $2b$ or $2y$, never peppered. Only for moving to keys of sallyport key new."`
	StartsWith string `json:"starts_with" with:"bcrypt" form:"start" doc:"How the key begins, up to 32 characters that are no secret: other keys are not checked against the bcrypt digest."`
	NotBefore  Time   `json:"not_before" doc:"The key is refused before this time (RFC 3339)."`
	Expires    Time   `json:"expires" doc:"The key is refused from this time on (RFC 3339)."`
}

// APIKeyForward is what the upstream is told.
type APIKeyForward struct {
	Key     bool              `json:"key" default:"false" doc:"Let the key itself go upstream."`
	Headers map[string]string `json:"headers" doc:"Header name to attribute: client, tenant, plan, key, identity, scopes or roles."`
}

// Directory is a service that knows keys which are not in the policy.
type Directory struct {
	URL           string   `json:"url" required:"true" doc:"Address with {key_id} where the key's id goes; the secret never leaves."`
	Cluster       string   `json:"cluster" required:"true" doc:"The proxy's name for that service."`
	Authorization *Secret  `json:"authorization" doc:"Value of the header Authorization by which the directory knows the gateway."`
	Timeout       Duration `json:"timeout" default:"\"500ms\"" min:"1ms" max:"1m" doc:"How long to wait for an answer."`
	Cache         Duration `json:"cache" default:"\"1h\"" min:"1s" max:"30d" doc:"How long an answer serves. A key that is revoked at the directory goes on for as long."`
	NegativeCache Duration `json:"negative_cache" default:"\"30s\"" min:"1s" max:"1d" doc:"How long the answer that there is no such key serves."`
	Stale         Duration `json:"stale" max:"30d" doc:"How old an answer may be that serves while the directory is down; longer than cache. Absent: none does."`
}

// MTLS is an identity whose callers show a client certificate.
type MTLS struct {
	URISANs   []string `json:"uri_sans" doc:"URI names of the certificate; * stands for one segment."`
	DNSSANs   []string `json:"dns_sans" doc:"DNS names of the certificate, or *.example.com."`
	Forwarded string   `json:"forwarded" doc:"Header with the certificate that a trusted front proxy saw."`
	Scopes    []string `json:"scopes" doc:"Scopes that such a caller has."`
	Roles     []string `json:"roles" doc:"Roles that such a caller has."`
	Tenant    string   `json:"tenant" doc:"The tenant whose objects such a caller may reach."`
}
