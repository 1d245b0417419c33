package document

// CORS is which foreign web pages may read responses.
type CORS struct {
	Origins        []string `json:"origins" required:"true" doc:"Origins that may read: https://app.example.com, https://*.example.com, null, or * for any."`
	Methods        []string `json:"methods" form:"method" doc:"Methods that such pages may use. Absent: those of the route, or GET, HEAD and POST."`
	RequestHeaders []string `json:"request_headers" doc:"Headers that such pages may send, beside those that every page may (Fetch standard)."`
	Expose         []string `json:"expose" doc:"Response headers that such pages may read, beside those that every page may."`
	Credentials    bool     `json:"credentials" default:"false" doc:"Let such pages send cookies and read the answer. Never with the origin *."`
	MaxAge         Duration `json:"max_age" default:"\"5s\"" min:"0s" max:"24h" doc:"How long a browser remembers the answer to a preflight."`
	PrivateNetwork bool     `json:"private_network" default:"false" doc:"Let such pages of public sites ask from inside a private network (Access-Control-Allow-Private-Network)."`
}

// RouteCORS is the CORS of one route: a section of its own, or none.
type RouteCORS struct {
	None bool
	CORS
}

// CSRF is which web pages may make a browser send requests that change something.
type CSRF struct {
	TrustedOrigins []string   `json:"trusted_origins" doc:"Other origins that may: scheme, host and port; and own, the request's, which may always."`
	Token          *CSRFToken `json:"token" doc:"A signed double-submit token, bound to the session."`
}

// RouteCSRF is the CSRF of one route: a section of its own, or none.
type RouteCSRF struct {
	None bool
	CSRF
}

// CSRFToken is a signed double-submit token.
type CSRFToken struct {
	Secret         Secret   `json:"secret" required:"true" doc:"Signs the tokens; at least 32 bytes."`
	PreviousSecret *Secret  `json:"previous_secret" doc:"Signed them before; still accepted, so that the secret rotates without a gap."`
	Cookie         string   `json:"cookie" default:"\"__Host-csrf\"" doc:"Cookie that carries the token; its name begins with __Host- or __Secure-."`
	Header         string   `json:"header" default:"\"x-csrf-token\"" doc:"Header in which the page repeats it."`
	Endpoint       string   `json:"endpoint" default:"\"/csrf-token\"" doc:"Path that hands out a token, to GET; no route has it."`
	SessionCookie  string   `json:"session_cookie" required:"true" doc:"Cookie of the session that the token is bound to."`
	Lifetime       Duration `json:"lifetime" default:"\"12h\"" min:"1m" max:"30d" doc:"How long a token is accepted."`
}
