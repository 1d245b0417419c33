package guard

// Reason says why a request was refused, or that it was not. Its name is the same word in the
// response, the metric, the access log, the audit line, the manual and the
// tests. Values are not stable between versions; names are.
type Reason uint8

// The reasons. Unjudged comes first because the zero value must deny.
const (
	Unjudged                 Reason = iota // nobody decided
	Allowed                                // every guard agreed
	Served                                 // a guard answered in the upstream's place
	InternalError                          // a panic, recovered
	HostError                              // the proxy refused a call that the verdict needs
	BadPath                                // hygiene: the path means different things to different decoders
	BadHost                                // hygiene: the authority is not one host name
	BadMethod                              // hygiene: the method is not an upper-case token
	BadHeader                              // hygiene: a header that cannot be read as one
	TooManyHeaders                         // hygiene
	HeadersTooLarge                        // hygiene
	NoRoute                                // routes: deny by default
	CredentialMissing                      // authentication
	CredentialDuplicated                   // authentication: more than one credential
	KeyMalformed                           // api_key: prefix, form or checksum
	KeyUnknown                             // api_key
	KeyNotYetValid                         // api_key: not_before
	KeyExpired                             // api_key: expires
	KeyCheckBusy                           // api_key: too many bcrypt digests were checked
	DirectoryUnavailable                   // api_key: the directory did not answer, or not soundly
	TokenMalformed                         // jwt: no signed token, or not in the one form of it
	TokenAlgorithm                         // jwt: signed by an algorithm that the policy or the key does not take
	TokenIssuer                            // jwt: no identity takes tokens of its issuer
	TokenKeyUnknown                        // jwt: no key that it names
	TokenSignature                         // jwt: the signature fits no key
	TokenType                              // jwt: typ
	TokenAudience                          // jwt: aud
	TokenClaim                             // jwt: a claim is missing or of no use
	TokenExpired                           // jwt: exp
	TokenNotYetValid                       // jwt: nbf and iat
	TokenRevoked                           // jwt: revocation
	KeysUnavailable                        // jwt: the keys were not fetched
	RevocationUnavailable                  // jwt: the list of revoked tokens was not fetched
	TokenInactive                          // introspection: active
	IntrospectionUnavailable               // introspection: the authorization server did not answer, or not soundly
	TokenNotBound                          // bound: to nobody, to another sender, or in a way that is not checked
	ProofInvalid                           // bound: no proof of possession, or not one of this request
	ProofReplayed                          // bound: the proof was used before
	ProofNonce                             // bound: the proof lacks a nonce of late
	ReplayUnavailable                      // bound: whether the proof was used before cannot be known
	ClientInactive                         // api_key: status
	ScopeMissing                           // authorization
	RoleMissing                            // authorization
	RateLimited                            // limits
	QuotaExceeded                          // limits: nothing is left until the period ends
	ConcurrencyExceeded                    // limits: too many requests are in flight
	LimitUnavailable                       // limits: the store did not answer, or not soundly
	BodyTooLarge                           // body: longer than the route takes
	SignatureMissing                       // webhook: no signature, or not one
	SignatureMalformed                     // webhook: what it needs is doubled, or cannot be read
	SignatureInvalid                       // webhook: fits no secret
	WebhookTimestamp                       // webhook: too old, or from the future
	WebhookReplayed                        // webhook: was delivered before
	WebhookUnavailable                     // webhook: whether it was delivered before cannot be known
	PreflightDenied                        // cors: a preflight for what is not allowed
	CrossSite                              // csrf: made by another site's page
	OriginMissing                          // csrf: cookies, and nothing that says whose page
	CSRFTokenMissing                       // csrf: no token, or no session for one
	CSRFTokenInvalid                       // csrf: not signed by us, of another session, too old, or not that of the cookie
	VersionRetired                         // version: after the sunset
	VersionBrownOut                        // version: a planned time without it
	reasonCount
)

// Reasons is the number of reasons: every Reason is below it.
const Reasons = int(reasonCount)

// Public is what the world sees of a Reason.
type Public struct {
	Name   string // kebab-case, stable
	Status int    // HTTP status code, RFC 9110
	GRPC   int    // grpc-status, never 0 for a denial
	Title  string // RFC 9457 section 3.1.3: the same for every occurrence
}

var publics = [Reasons]Public{
	Unjudged:                 {"unjudged", 503, 14, "The request could not be judged"},
	Allowed:                  {"allowed", 200, 0, "Allowed"},
	Served:                   {"served", 200, 0, "Served"},
	InternalError:            {"internal-error", 503, 14, "The request could not be judged"},
	HostError:                {"host-error", 503, 14, "The request could not be judged"},
	BadPath:                  {"bad-path", 400, 13, "The path is ambiguous or malformed"},
	BadHost:                  {"bad-host", 400, 13, "The host is ambiguous or malformed"},
	BadMethod:                {"bad-method", 400, 13, "The method is malformed"},
	BadHeader:                {"bad-header", 400, 13, "A header is malformed"},
	TooManyHeaders:           {"too-many-headers", 431, 8, "Too many headers"},
	HeadersTooLarge:          {"headers-too-large", 431, 8, "The headers are too large"},
	NoRoute:                  {"no-route", 404, 12, "No such route"},
	CredentialMissing:        {"credential-missing", 401, 16, "A credential is needed"},
	CredentialDuplicated:     {"credential-duplicated", 400, 16, "More than one credential was sent"},
	KeyMalformed:             {"key-malformed", 401, 16, "The API key is not valid"},
	KeyUnknown:               {"key-unknown", 401, 16, "The API key is not valid"},
	KeyNotYetValid:           {"key-not-yet-valid", 401, 16, "The API key is not valid yet"},
	KeyExpired:               {"key-expired", 401, 16, "The API key has expired"},
	KeyCheckBusy:             {"key-check-busy", 503, 14, "The API key could not be checked"},
	DirectoryUnavailable:     {"key-directory-unavailable", 503, 14, "The API key could not be checked"},
	TokenMalformed:           {"token-malformed", 401, 16, "The token is not valid"},
	TokenAlgorithm:           {"token-algorithm", 401, 16, "The token is not valid"},
	TokenIssuer:              {"token-issuer", 401, 16, "The token is not valid"},
	TokenKeyUnknown:          {"token-key-unknown", 401, 16, "The token is not valid"},
	TokenSignature:           {"token-signature", 401, 16, "The token is not valid"},
	TokenType:                {"token-type", 401, 16, "The token is not valid"},
	TokenAudience:            {"token-audience", 401, 16, "The token is not valid"},
	TokenClaim:               {"token-claim", 401, 16, "The token is not valid"},
	TokenExpired:             {"token-expired", 401, 16, "The token has expired"},
	TokenNotYetValid:         {"token-not-yet-valid", 401, 16, "The token is not valid yet"},
	TokenRevoked:             {"token-revoked", 401, 16, "The token is not valid"},
	KeysUnavailable:          {"keys-unavailable", 503, 14, "The token could not be checked"},
	RevocationUnavailable:    {"revocation-unavailable", 503, 14, "The token could not be checked"},
	TokenInactive:            {"token-inactive", 401, 16, "The token is not valid"},
	IntrospectionUnavailable: {"introspection-unavailable", 503, 14, "The token could not be checked"},
	TokenNotBound:            {"token-not-bound", 401, 16, "The token is not valid for this sender"},
	ProofInvalid:             {"proof-invalid", 401, 16, "The proof of possession is not valid"},
	ProofReplayed:            {"proof-replayed", 401, 16, "The proof of possession was used before"},
	ProofNonce:               {"proof-nonce", 401, 16, "The proof of possession needs a nonce"},
	ReplayUnavailable:        {"replay-unavailable", 503, 14, "The proof of possession could not be checked"},
	ClientInactive:           {"client-inactive", 403, 7, "The client is not active"},
	ScopeMissing:             {"scope-missing", 403, 7, "A scope is missing"},
	RoleMissing:              {"role-missing", 403, 7, "A role is missing"},
	RateLimited:              {"rate-limited", 429, 8, "Too many requests"},
	QuotaExceeded:            {"quota-exceeded", 429, 8, "The quota is used up"},
	ConcurrencyExceeded:      {"concurrency-exceeded", 429, 8, "Too many requests at once"},
	LimitUnavailable:         {"limit-unavailable", 503, 14, "The limit could not be checked"},
	BodyTooLarge:             {"body-too-large", 413, 8, "The body is too large"},
	SignatureMissing:         {"signature-missing", 401, 16, "A signature is needed"},
	SignatureMalformed:       {"signature-malformed", 401, 16, "The signature is not valid"},
	SignatureInvalid:         {"signature-invalid", 401, 16, "The signature is not valid"},
	WebhookTimestamp:         {"webhook-timestamp", 401, 16, "The signature is too old, or from the future"},
	WebhookReplayed:          {"webhook-replayed", 409, 6, "The webhook was delivered before"},
	WebhookUnavailable:       {"webhook-unavailable", 503, 14, "The webhook could not be checked"},
	PreflightDenied:          {"preflight-denied", 403, 7, "The page may not send this request"},
	CrossSite:                {"cross-site", 403, 7, "The page of another site may not send this request"},
	OriginMissing:            {"origin-missing", 403, 7, "The request does not say whose page sent it"},
	CSRFTokenMissing:         {"csrf-token-missing", 403, 7, "A CSRF token is needed"},
	CSRFTokenInvalid:         {"csrf-token-invalid", 403, 7, "The CSRF token is not valid"},
	VersionRetired:           {"version-retired", 410, 5, "This version is gone"},
	VersionBrownOut:          {"version-brown-out", 410, 14, "This version is switched off for a while"},
}

// Public returns what the world sees of r. A value outside the enumeration is
// shown as Unjudged.
func (r Reason) Public() Public {
	if int(r) >= Reasons {
		return publics[Unjudged]
	}
	return publics[r]
}

// Denies tells whether r is why a request is refused. All are but two.
func (r Reason) Denies() bool { return r != Allowed && r != Served }

// String returns the stable kebab-case name of r.
func (r Reason) String() string { return r.Public().Name }
