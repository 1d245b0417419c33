package jwt

import (
	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/fetched"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/jose"
	"sallyport.dev/sallyport/policy/revocation"
)

// Identity is one jwt identity. It is immutable.
type Identity struct {
	name       string
	place      document.Path
	sources    []credential.Source
	issuers    []string
	algorithms jose.Algorithms
	keys       *jose.Set          // nil: they are fetched
	keySource  *fetched.Source    // of a key set
	discovery  *fetched.Discovery // of a key set that an issuer names
	rules      rules
	attributes claims.Attributes
	revocation bool             // tokens can be revoked, so each has an identifier
	revoked    *revocation.List // nil: the policy names none
	list       *fetched.Source  // of revoked tokens; nil: none
	forward    claims.Forward
	binding    *bound.Guard
	verified   guard.Metric
}

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

// Issuers returns those whose tokens the identity takes. The caller must not
// change it.
func (i *Identity) Issuers() []string { return i.issuers }

// Binding is how the identity's tokens are bound to their sender.
func (i *Identity) Binding() authenticate.Binding { return i.binding.Binding() }

// Keeps tells whether a token goes upstream with its own caller's request.
func (i *Identity) Keeps() bool { return i.forward.Keeps() }

// Owns returns the names of the headers that the identity sets.
func (i *Identity) Owns() []string { return i.forward.Owns() }

// CallsOut tells whether keys or a list of revoked tokens are fetched: a request
// may come before they are there.
func (i *Identity) CallsOut() bool { return i.keys == nil || i.list != nil }

// Register gives the identity its counters: the tokens that were verified, those
// that were remembered left out, and what its documents count.
func (i *Identity) Register(m *guard.Metrics) {
	i.verified = m.Counter("sallyport.tokens.identity." + guard.Label(i.name) + ".event.verified")
	if i.keySource != nil {
		i.keySource.Register(m)
	}
	if i.discovery != nil {
		i.discovery.Register(m)
	}
	if i.list != nil {
		i.list.Register(m)
	}
}
