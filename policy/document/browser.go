package document

// CORS is which foreign web pages may read responses.
type CORS struct {
	Origins        []string `json:"origins" required:"true" doc:"Origins that may read: https://app.example.com, https://*.example.com, or null."`
	Methods        []string `json:"methods" form:"method" doc:"Methods that such pages may use."`
	RequestHeaders []string `json:"request_headers" doc:"Headers that such pages may send."`
	Expose         []string `json:"expose" doc:"Response headers that such pages may read."`
	Credentials    bool     `json:"credentials" default:"false" doc:"Let such pages send cookies and read the answer."`
	MaxAge         Duration `json:"max_age" doc:"How long a browser remembers the answer to a preflight."`
}

// CSRF is which web pages may make a browser send requests that change something.
type CSRF struct {
	TrustedOrigins []string   `json:"trusted_origins" doc:"Other origins that may."`
	Token          *CSRFToken `json:"token" doc:"A signed double-submit token, bound to the session."`
}

// CSRFToken is a signed double-submit token.
type CSRFToken struct {
	Secret        Secret `json:"secret" required:"true" doc:"Signs the tokens."`
	Cookie        string `json:"cookie" default:"\"__Host-csrf\"" doc:"Cookie that carries the token."`
	Header        string `json:"header" default:"\"x-csrf-token\"" doc:"Header in which the page repeats it."`
	Endpoint      string `json:"endpoint" default:"\"/csrf-token\"" doc:"Path that hands out a token."`
	SessionCookie string `json:"session_cookie" required:"true" doc:"Cookie of the session that the token is bound to."`
}
