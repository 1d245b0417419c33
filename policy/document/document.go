package document

// Document is a whole policy.
type Document struct {
	Schema     string              `json:"$schema" doc:"Where editors find the JSON Schema. Not read."`
	Version    int                 `json:"version" required:"true" min:"1" max:"1" doc:"Version of this format."`
	Host       Host                `json:"host" doc:"What the policy is told of the proxy that runs it."`
	Mode       Mode                `json:"mode" default:"\"enforce\"" enum:"enforce,report" doc:"enforce, or report: decide, log and count, but let pass."`
	Hygiene    Hygiene             `json:"hygiene" doc:"What every request must be before it is judged."`
	Identities map[string]Identity `json:"identities" doc:"Who can be calling. A route names one or more."`
	Limits     map[string]Limit    `json:"limits" doc:"How often. A route names the limits that apply to it."`
	Headers    *Headers            `json:"headers" doc:"Headers of requests and responses."`
	Audit      Audit               `json:"audit" doc:"Which decisions are logged."`
	Routes     []Route             `json:"routes" required:"true" doc:"What may be called. The first match wins; no match is 404."`
}

// Mode is what a denial does.
type Mode string

// The modes.
const (
	Enforce Mode = "enforce"
	Report  Mode = "report"
)

// Host is what the policy is told of the proxy.
type Host struct {
	HeadersStopIteration bool `json:"headers_stop_iteration" default:"false" doc:"true where the plugin is loaded with allow_on_headers_stop_iteration (Envoy 1.35 and later)."`
}

// Hygiene bounds what a client can make grow, and settles what is ambiguous.
type Hygiene struct {
	MaxHeaders          int  `json:"max_headers" default:"100" min:"1" max:"1000" doc:"Header fields of a request, pseudo-headers included."`
	MaxHeaderSize       Size `json:"max_header_size" default:"\"16KiB\"" doc:"Name and value of one header field."`
	MaxHeadersSize      Size `json:"max_headers_size" default:"\"60KiB\"" doc:"Names and values of all header fields together."`
	MaxPathSize         Size `json:"max_path_size" default:"\"8KiB\"" doc:"Path and query."`
	AllowPathParameters bool `json:"allow_path_parameters" default:"false" doc:"Let ';' stand in a path. Some servers cut a segment there, others do not."`
}

// Audit is which decisions are logged.
type Audit struct {
	Log string `json:"log" default:"\"denied\"" enum:"all,denied,none" doc:"all, denied or none."`
}

// Identity is one way to know a caller; exactly one member is given.
type Identity struct {
	APIKey *APIKey `json:"api_key" doc:"API keys: hashed, rotating."`
}

// APIKey is an identity whose callers show a key.
type APIKey struct {
	From    []Source       `json:"from" default:"[{\"header\":\"x-api-key\"}]" doc:"Where a key can stand. More than one key in a request is a denial."`
	Prefix  string         `json:"prefix" doc:"Prefix of keys made by sallyport key new; anything else is refused before hashing."`
	Pepper  *Secret        `json:"pepper" doc:"With a pepper digests are HMAC-SHA-256, without SHA-256."`
	Clients []Client       `json:"clients" required:"true" doc:"Who holds keys."`
	Forward *APIKeyForward `json:"forward" doc:"What the upstream is told of the caller."`
}

// Source is where a credential can stand; exactly one of header, cookie and query is given.
type Source struct {
	Header string `json:"header" doc:"Name of a header."`
	Scheme string `json:"scheme" doc:"Authentication scheme before the credential (RFC 9110 section 11.1); only with header."`
	Cookie string `json:"cookie" later:"true" doc:"Name of a cookie."`
	Query  string `json:"query" doc:"Name of a query parameter."`
}

// Client is one holder of API keys.
type Client struct {
	ID     string   `json:"id" required:"true" doc:"The client's name, unique in the identity."`
	Status string   `json:"status" default:"\"active\"" enum:"active,suspended" doc:"active or suspended."`
	Tenant string   `json:"tenant" doc:"The tenant whose objects the client may reach."`
	Plan   string   `json:"plan" doc:"Selects the plan of a limit."`
	Scopes []string `json:"scopes" doc:"Scopes that the client has."`
	Roles  []string `json:"roles" doc:"Roles that the client has."`
	Keys   []Key    `json:"keys" required:"true" doc:"The client's keys. Several live keys rotate without a gap."`
}

// Key is the digest of one API key.
type Key struct {
	ID        string `json:"id" required:"true" doc:"The key's name, unique in the client."`
	SHA256    string `json:"sha256" required:"true" doc:"64 hexadecimal digits: SHA-256 of the key, or HMAC-SHA-256 with the pepper."`
	NotBefore Time   `json:"not_before" doc:"The key is refused before this time (RFC 3339)."`
	Expires   Time   `json:"expires" doc:"The key is refused from this time on (RFC 3339)."`
}

// APIKeyForward is what the upstream is told.
type APIKeyForward struct {
	Key     bool              `json:"key" default:"false" doc:"Let the key itself go upstream."`
	Headers map[string]string `json:"headers" doc:"Header name to attribute: client, tenant, plan, key, identity, scopes or roles."`
}

// Limit is how often. Exactly one algorithm is given.
type Limit struct {
	By          []string               `json:"by" required:"true" doc:"What is counted apart: client, tenant, ip, ip/N, route, method, path.NAME, header.NAME."`
	TokenBucket *TokenBucket           `json:"token_bucket" doc:"A bucket that refills at a steady rate."`
	Plans       map[string]TokenBucket `json:"plans" doc:"Other sizes, by the caller's plan."`
	Cost        Cost                   `json:"cost" default:"1" doc:"Tokens that a request takes: a number, or numbers by method with a default."`
	Before      string                 `json:"before" enum:"authentication" doc:"authentication: charge before anybody was recognised."`
}

// TokenBucket is a bucket that holds capacity tokens and refills steadily.
type TokenBucket struct {
	Capacity        int64   `json:"capacity" required:"true" min:"1" max:"1000000000" doc:"Tokens of a full bucket: the burst."`
	RefillPerSecond float64 `json:"refill_per_second" required:"true" doc:"Tokens that come back each second; more than 0, up to 1000000."`
}

// Headers is what is done to headers.
type Headers struct {
	Response *ResponseHeaders `json:"response" doc:"Headers of every response that passes the filter."`
	Request  *RequestHeaders  `json:"request" later:"true" doc:"Headers of every request that goes upstream."`
}

// ResponseHeaders hardens responses.
type ResponseHeaders struct {
	Preset string            `json:"preset" default:"\"api\"" enum:"api,web,none" doc:"api, web (Helmet's set) or none."`
	Set    map[string]string `json:"set" doc:"Headers to set; they win over the preset's."`
	Remove []string          `json:"remove" doc:"Headers to take out."`
}

// Route is one thing that may be called.
type Route struct {
	Name       string       `json:"name" required:"true" doc:"Unique; lower-case letters, digits, '-' and '_'. Stands in metrics, logs and denials."`
	Hosts      []string     `json:"hosts" doc:"Host names, or *.example.com for any subdomain. Absent: any host."`
	Path       string       `json:"path" required:"true" doc:"Literal segments, {name}, * (one segment), ** (the rest, last only)."`
	Methods    []string     `json:"methods" doc:"Absent: any method. GET includes HEAD."`
	Mode       Mode         `json:"mode" enum:"enforce,report" doc:"Overrides the document's mode."`
	Public     bool         `json:"public" default:"false" doc:"Let anybody call. A route is public, or names identities."`
	Identities []string     `json:"identities" doc:"Who may call: any of these."`
	Anonymous  bool         `json:"anonymous" default:"false" doc:"Beside identities: a request without a credential passes too, one with a bad credential never."`
	Scopes     *Requirement `json:"scopes" doc:"Scopes that the caller needs: a list (all of them), {\"any\": [...]}, or either by method."`
	Roles      *Requirement `json:"roles" doc:"Roles that the caller needs, in the same forms."`
	Limits     []string     `json:"limits" doc:"Limits that apply, by name."`
	Timeout    Duration     `json:"timeout" doc:"How long the upstream may take (x-envoy-upstream-rq-timeout-ms)."`
}

// RequestHeaders changes the headers that go upstream.
type RequestHeaders struct {
	Remove []string `json:"remove" doc:"Headers that never go upstream; * at the end matches any rest."`
}
