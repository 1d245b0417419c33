package document

// Introspection is an identity whose callers show a token that the
// authorization server is asked about (RFC 7662).
type Introspection struct {
	URL                  string        `json:"url" required:"true" doc:"Address of the introspection endpoint."`
	Cluster              string        `json:"cluster" required:"true" doc:"The proxy's name for that service."`
	Timeout              Duration      `json:"timeout" default:"\"1s\"" min:"1ms" max:"1m" doc:"How long to wait for an answer."`
	ClientID             string        `json:"client_id" required:"true" doc:"Name by which the endpoint knows the gateway."`
	ClientSecret         Secret        `json:"client_secret" required:"true" doc:"The gateway's secret at the endpoint."`
	ClientAuthentication string        `json:"client_authentication" default:"\"client_secret_basic\"" enum:"client_secret_basic,client_secret_post" doc:"How the gateway shows the secret: in the header Authorization, or in the form."`
	Issuer               string        `json:"issuer" doc:"The answer's iss must be this. Absent: it is not looked at."`
	Audiences            Audiences     `json:"audiences" required:"true" doc:"The answer's aud holds one of these; or \"unchecked\"."`
	ClockSkew            Duration      `json:"clock_skew" default:"\"5s\"" min:"0s" max:"10m" doc:"How far clocks may differ."`
	Cache                Duration      `json:"cache" default:"\"1m\"" min:"0s" max:"1d" doc:"How long an answer serves, never past the token's expiry. A token that is revoked goes on for as long. 0s: every request asks."`
	NegativeCache        Duration      `json:"negative_cache" default:"\"10s\"" min:"1s" max:"1d" doc:"How long the answer that a token is not active serves."`
	Bound                []string      `json:"bound" enum:"mtls,dpop" doc:"Refuse a token that is not bound to its sender in one of these ways (RFC 8705, RFC 9449)."`
	DPoP                 *DPoP         `json:"dpop" doc:"What is asked of the proofs of tokens that are bound by DPoP."`
	From                 []Source      `json:"from" default:"[{\"header\":\"authorization\",\"scheme\":\"Bearer\"}]" doc:"Where a token can stand."`
	Claims               *ClaimNames   `json:"claims" doc:"Where the caller's attributes stand in the answer."`
	Forward              *TokenForward `json:"forward" doc:"What the upstream is told of the caller."`
}
