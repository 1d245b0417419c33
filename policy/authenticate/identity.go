package authenticate

import (
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// Identity is one compiled identity of the policy. It is immutable.
type Identity interface {
	credential.Holder
	// Place is where the document says that the upstream is told of the caller by a
	// header, for problems.
	Place(header string) document.Path
	// CallsOut tells whether judging a credential of it may Fetch.
	CallsOut() bool
	// Register gives the identity its counters.
	Register(m *guard.Metrics)
}

// OAuth is an Identity whose credentials are access tokens.
type OAuth interface {
	Identity
	// Issuers are those whose tokens it takes, as far as the policy says.
	Issuers() []string
	// Binding is what clients are told of how its tokens are bound to them.
	Binding() Binding
}

// Binding is how tokens are bound to their sender. The zero value is: not at all.
type Binding struct {
	Certificates bool     // a token may have to come with a certificate (RFC 8705)
	Demanded     bool     // every token must come with a proof (RFC 9449)
	Proofs       []string // the algorithms of proofs that are taken
}

// Kind is the identities of one kind that a route takes, at work in one worker.
type Kind interface {
	// Sources are the places where its credentials can stand.
	Sources() []credential.Source
	// Fits tells whether a credential looks like one of its own. It is asked
	// where several kinds read the same place. c.Nth is which of the Sources that
	// is, here and in Check.
	Fits(r *guard.Request, c credential.Shown) Fit
	// Check judges a credential that stands in one of the Sources, and sets
	// r.Caller. A verdict without a Challenge gets the route's, where its status
	// asks for one.
	Check(r *guard.Request, c credential.Shown) guard.Verdict
	// Challenges are the ways to authenticate that a client is told of.
	Challenges() []Challenge
	// Has tells whether an identity is one of them.
	Has(identity string) bool
}

// Fit is how well a credential fits a kind.
type Fit uint8

// The fits. Of several kinds that read a place the first with the best decides.
const (
	No    Fit = iota // it is refused by this kind, if no other wants it
	Maybe            // it has no form that tells
	Yes              // it names an issuer or has a prefix of this kind
)
