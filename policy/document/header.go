package document

// Headers is what is done to headers.
type Headers struct {
	Response *ResponseHeaders `json:"response" doc:"Headers of every response that passes the filter."`
	Request  *RequestHeaders  `json:"request" doc:"Headers of every request that goes upstream."`
}

// ResponseHeaders hardens responses.
type ResponseHeaders struct {
	Preset                     string                   `json:"preset" default:"\"api\"" enum:"api,web,none" doc:"api, web (Helmet's set) or none."`
	Set                        map[string]string        `json:"set" doc:"Headers to set; they win over the preset's."`
	ContentSecurityPolicy      map[string]Sources       `json:"content_security_policy" doc:"Directive to sources; replaces the preset's."`
	StrictTransportSecurity    *StrictTransportSecurity `json:"strict_transport_security" doc:"Browsers use TLS from now on (RFC 6797); replaces the preset's."`
	Remove                     []string                 `json:"remove" doc:"Headers to take out."`
	RateLimit                  string                   `json:"rate_limit" default:"\"standard\"" enum:"standard,legacy,none" doc:"How clients are told of limits: standard (RateLimit, RateLimit-Policy), legacy (X-RateLimit-*) or none."`
	ContentSecurityPolicyNonce *CSPNonce                `json:"content_security_policy_nonce" doc:"A fresh nonce for each response, where a source is 'nonce'."`
	CacheControl               string                   `json:"cache_control" enum:"authenticated,all,none" doc:"Which responses get Cache-Control: no-store unless the upstream says otherwise: those to requests of routes that are not public, all, or none. Absent: authenticated, and none with the preset none."`
	Cookies                    *Cookies                 `json:"cookies" doc:"Attributes that cookies of the upstream get on the way out."`
}

// CSPNonce tells the upstream the nonce of a response.
type CSPNonce struct {
	RequestHeader string `json:"request_header" default:"\"x-csp-nonce\"" doc:"Header in which the upstream finds it, to write it into its page."`
}

// StrictTransportSecurity is the header of that name (RFC 6797).
type StrictTransportSecurity struct {
	MaxAge            Duration `json:"max_age" required:"true" min:"0s" doc:"How long browsers remember it."`
	IncludeSubdomains bool     `json:"include_subdomains" default:"false" doc:"For every subdomain too."`
	Preload           bool     `json:"preload" default:"false" doc:"Agree to be built into browsers."`
}

// Cookies is which attributes the upstream's cookies get.
type Cookies struct {
	Secure   bool     `json:"secure" default:"false" doc:"Sent over TLS only."`
	HTTPOnly bool     `json:"http_only" default:"false" doc:"Hidden from scripts."`
	SameSite string   `json:"same_site" enum:"lax,strict,none" doc:"When other sites' requests carry it: lax, strict or none."`
	Readable []string `json:"readable" doc:"Names of cookies that scripts read: they are not given http_only."`
}

// RequestHeaders changes the headers that go upstream.
type RequestHeaders struct {
	Remove []string `json:"remove" doc:"Headers that never go upstream; * at the end matches any rest."`
}
