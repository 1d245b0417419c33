package introspection

import (
	"time"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/fetched"
	"sallyport.dev/sallyport/policy/guard"
)

// Identity is one introspection identity. It is immutable.
type Identity struct {
	name       string
	place      document.Path
	sources    []credential.Source
	cluster    string
	address    fetched.Address
	headers    [][2]string
	form       string // what stands in the form behind the token
	timeout    time.Duration
	issuer     string // empty: any
	audiences  []string
	unchecked  bool  // any audience
	skew       int64 // nanoseconds, as all below
	cache      int64
	negative   int64
	attributes claims.Attributes
	forward    claims.Forward
	binding    *bound.Guard
	events     events
}

// events are the counters of an identity, by what happened.
type events struct{ asked, active, inactive, failed guard.Metric }

// defaultSource serves a document that names none (RFC 6750 section 2.1).
var defaultSource = credential.Source{Header: "authorization", Scheme: "bearer"}

// Name returns the identity's name in the policy.
func (i *Identity) Name() string { return i.name }

// Place returns where the policy says that the identity sets a header.
func (i *Identity) Place(header string) document.Path {
	return i.forward.Place(i.place.Key("forward"), header)
}

// Sources returns where the identity's tokens can stand. The caller must not
// change it.
func (i *Identity) Sources() []credential.Source { return i.sources }

// Owns returns the names of the headers that the identity sets.
func (i *Identity) Owns() []string { return i.forward.Owns() }

// Binding is how the identity's tokens are bound to their sender.
func (i *Identity) Binding() authenticate.Binding { return i.binding.Binding() }

// Keeps tells whether a token goes upstream with its own caller's request.
func (i *Identity) Keeps() bool { return i.forward.Keeps() }

// CallsOut tells that the authorization server is asked.
func (i *Identity) CallsOut() bool { return true }

// Issuers returns the issuer that answers must name, if the policy says one.
func (i *Identity) Issuers() []string {
	if i.issuer == "" {
		return nil
	}
	return []string{i.issuer}
}

// Register gives the identity its counters.
func (i *Identity) Register(m *guard.Metrics) {
	event := func(name string) guard.Metric {
		return m.Counter("sallyport.introspection.identity." + guard.Label(i.name) + ".event." + name)
	}
	i.events = events{event("asked"), event("active"), event("inactive"), event("failed")}
}
