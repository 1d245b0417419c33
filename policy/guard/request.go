package guard

import "net/netip"

// Header is one header field of the request as the proxy gave it: the name in
// lower case, pseudo-headers left out, repeated fields as separate entries
// (Envoy joins some of them with a comma before a filter sees them).
type Header struct{ Name, Value string }

// MaxCaptures bounds the {name} segments of one path pattern.
const MaxCaptures = 16

// Request is one request on its way through the guards. The door fills the
// first part; each guard reads what earlier guards wrote and writes its own
// part. It is used again for later streams: see Reset.
type Request struct {
	// From the proxy, before anything was judged.
	Method    string // :method
	Scheme    string // :scheme
	Authority string // :authority, or Host
	Target    string // :path as received, query included; empty for CONNECT
	Headers   []Header
	Now       int64 // Unix time in nanoseconds, read once for this request, and again when its body is complete

	// From hygiene.
	Host  string // lower-case, without port
	Path  string // normalised; starts with '/'
	Query string // without '?', as it goes upstream

	// From routes. Route is an index into the policy's routes; -1 before a match.
	Route    int
	Captures [MaxCaptures]string // values of the route's {name} segments, in the normalised (encoded) form

	// From authentication.
	Caller Caller

	// From limits.
	Limit Limit

	// From cors.
	Page Page

	// From headers: the nonce of this response's content security policy, kept in
	// Scratch. Empty: none was drawn yet.
	Nonce string

	// Who is told how the stream goes on, from the guard that allowed it.
	Followers []Follower
	// Who reads the body before the verdict, from guards of a route that said so
	// when it was compiled.
	Readers []BodyReader

	// What the door carries out when the verdict is known.
	Upstream Edits // request headers that go upstream
	Response Edits // response headers that go to the client, denials included
	// What the response itself asks for, made anew for each one that stands in for
	// another. It is carried out before Response.
	Hardening Edits

	Scratch Scratch
	World   World
}

// Page is the page of another origin that may read the response. Its texts are
// the policy's, or stand in Scratch.
type Page struct {
	Origin    string // as the response names it; empty: none may
	Preflight bool   // the request asks for leave to send another, and the filter answers it

	// What the answer to a preflight allows.
	Method  string
	Headers string
	Private bool // to ask from inside a private network
}

// Caller is who is calling, as far as an identity vouches for it. The zero
// value is nobody.
type Caller struct {
	Identity string // the identity's name in the policy; empty: nobody was recognised
	Client   string
	Tenant   string
	Plan     string
	Key      string // id of the credential, for the audit line; never the credential
	Scopes   []string
	Roles    []string
	Claims   Claims // nil: none
	// KeyExpires is when the credential ends (RFC 3339), in the days before. It
	// is empty while the end is not near.
	KeyExpires string
}

// reset makes c nobody. A literal of this size is cleared by a call to the host.
func (c *Caller) reset() {
	c.Identity, c.Client, c.Tenant, c.Plan, c.Key, c.KeyExpires = "", "", "", "", "", ""
	c.Scopes, c.Roles, c.Claims = nil, nil, nil
}

// Reset makes r ready for another stream; it keeps the memory. It clears member by
// member: what is set aside, cleared as a whole and put back is more work.
func (r *Request) Reset() {
	r.Forget()
	r.Now, r.Route = 0, -1
	r.Caller.reset()
	r.Limit = Limit{}
	r.Page = Page{}
	r.Nonce, r.World = "", nil
	if len(r.Followers)+len(r.Readers) > 0 {
		clear(r.Followers)
		clear(r.Readers)
		r.Followers, r.Readers = r.Followers[:0], r.Readers[:0]
	}
	r.Response, r.Hardening = r.Response[:0], r.Hardening[:0]
	r.Scratch.Reset()
}

// Forget drops what stands in the proxy's memory, which is valid only until the
// callback ends. Route, Caller and Response stay for the response. It is one
// function for the two that call it in every request.
//
//go:noinline
func (r *Request) Forget() {
	r.Method, r.Scheme, r.Authority, r.Target = "", "", "", ""
	r.Host, r.Path, r.Query = "", "", ""
	r.Headers, r.Upstream = r.Headers[:0], r.Upstream[:0]
	for i := range r.Captures {
		if r.Captures[i] != "" { // few routes have any
			r.Captures[i] = ""
		}
	}
}

// Get returns the first value of a header and how many fields have its name.
func (r *Request) Get(name string) (value string, count int) {
	for i := range r.Headers {
		if r.Headers[i].Name == name {
			if count == 0 {
				value = r.Headers[i].Value
			}
			count++
		}
	}
	return value, count
}

// Follower is told how a stream goes on after its request was judged. Forget
// has been called: of the request Route, Caller, Response, Scratch and World
// are left, and Now.
type Follower interface {
	// Respond is asked when the response's headers are there, once, also for a
	// denial of the filter's own. It may record edits in r.Response; r.Now is the
	// time of the response.
	Respond(r *Request) error
	// End is asked when the stream is over, once, however it ended.
	End(r *Request) error
}

// World is what a guard may ask of the proxy. It belongs to one request.
type World interface {
	SharedData
	Fetcher
	Crypto
	// PeerCertificate returns the SHA-256 of the client's certificate (of its
	// DER), whether or not it is valid: that is the proxy's to check. ok is false
	// where the client showed none.
	PeerCertificate() (sha256 [32]byte, ok bool, err error)
	// ResponseHeader returns the first value of a header of the response, or of
	// :status, and how many fields have its name. Followers may ask in Respond; at any other
	// time there is none.
	ResponseHeader(name string) (value string, count int, err error)
	// ResponseHeaders returns all headers of the response, pseudo-headers left
	// out, as the upstream or the proxy gave them. The texts are valid until the
	// edits of this response have been carried out; only then, and in Respond.
	ResponseHeaders() ([]Header, error)
	// Body returns the whole body of the request. A BodyReader may ask in Judge,
	// before it fetches anything; it is valid until then.
	Body() ([]byte, error)
	// Random fills b from the system's source of randomness.
	Random(b []byte) error
	// Count adds one to a counter.
	Count(m Metric)
	// Warn writes a line to the proxy's log. It holds nothing secret, and is not
	// for what a client can cause: that would fill the log.
	Warn(line string)
	// SourceAddress returns the client's address as the proxy trusts it (with
	// Envoy: source.address, after its rules for X-Forwarded-For).
	SourceAddress() (netip.Addr, error)
}
