package jwt

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/jose"
)

// Outcome is what one check found. The zero value is that nobody can tell.
type Outcome uint8

// The outcomes.
const (
	Unknown Outcome = iota // it takes what only a request, or the network, knows
	Passed
	Refused
)

// Finding is one check of a token.
type Finding struct {
	Check   string
	Outcome Outcome
	Reason  guard.Reason // where it is refused
	Found   string       // what the token says; a client's word: quote it
	Wanted  string       // what the policy asks, where it was not found
}

// Explanation is why a token would pass or not, as far as it can be known without
// a request.
type Explanation struct {
	Header jose.Header
	// Issuer and Claims are nothing while the token cannot be read.
	Issuer   string
	Claims   *claims.Set
	Findings []Finding
	// Reason is that of the denial; Allowed: none is known.
	Reason guard.Reason
	// Caller is who calls, where an identity was asked.
	Caller guard.Caller
}

// Question is what is asked about a token.
type Question struct {
	Token string
	Now   int64 // Unix nanoseconds
	// NoKey: the identity's keys are not those of the proxy, a placeholder for
	// example, and are not asked.
	NoKey bool
}

// Read explains what can be known of a token without a policy: its form, and its
// times with the default skew.
func Read(q Question) Explanation {
	anything := &Identity{rules: rules{anyAudience: true, endless: true, typeless: true, skew: int64(5 * time.Second)}}
	x := anything.begin(q)
	if x.Reason != guard.Allowed {
		return x.Explanation
	}
	x.times()
	return x.Explanation
}

// Explain says what the checks of this identity find in a token, all of them, and
// why a request with it would be denied. They are the checks of Guard.Check.
func (i *Identity) Explain(q Question) Explanation {
	x := i.begin(q)
	if x.Reason != guard.Allowed {
		return x.Explanation
	}
	x.issuer()
	x.algorithm()
	x.signature(q.NoKey)
	x.identifier()
	x.header()
	x.audience()
	x.times()
	x.required()
	x.revocation()
	x.binding()
	x.Caller = i.attributes.Caller(i.name, x.Claims)
	return x.Explanation
}

// Issues tells whether the identity's tokens name an issuer.
func (i *Identity) Issues(issuer string) bool { return i.issues(issuer) }

// explainer gathers what the checks of one token find.
type explainer struct {
	Explanation
	id    *Identity
	token *jose.Token
	now   int64
}

// begin reads the token.
func (i *Identity) begin(q Question) *explainer {
	x := &explainer{id: i, now: q.Now}
	if _, err := jose.Parse(q.Token, tokenBounds); err != nil { // read tells less
		x.refuse("form", reasonOf(err), strings.TrimPrefix(err.Error(), "jose: "), "a signed token in compact form (RFC 7515), its header in strict JSON")
		return x
	}
	t, reason := new(reader).read(q.Token)
	if reason != guard.Allowed {
		x.refuse("form", reason, "claims that cannot be read", "one JSON object in which each name stands once (RFC 7519)")
		return x
	}
	x.Reason, x.token, x.Header, x.Issuer, x.Claims = guard.Allowed, t.token, t.token.Header, t.issuer, t.claims
	x.pass("form", "a signed token")
	return x
}

func (x *explainer) pass(check, found string) {
	x.Findings = append(x.Findings, Finding{Check: check, Outcome: Passed, Found: found})
}

func (x *explainer) unknown(check, found string) {
	x.Findings = append(x.Findings, Finding{Check: check, Found: found})
}

// refuse adds a finding. The checks are in the order of Guard.Check, so the first
// is why the token is denied.
func (x *explainer) refuse(check string, reason guard.Reason, found, wanted string) {
	if x.Reason == guard.Allowed || len(x.Findings) == 0 {
		x.Reason = reason
	}
	x.Findings = append(x.Findings, Finding{check, Refused, reason, found, wanted})
}

// The most of a list that is shown, and of one text, in bytes.
const (
	maxList = 20
	maxText = 256
)

// quote shows a text. A terminal takes none of it for a command.
func quote(text string) string {
	if len(text) > maxText {
		return strconv.Quote(text[:maxText]) + "…"
	}
	return strconv.Quote(text)
}

// list shows texts as a policy writes them.
func list(texts []string) string {
	var quoted []string
	for i, text := range texts {
		if i == maxList {
			quoted = append(quoted, "…")
			break
		}
		quoted = append(quoted, quote(text))
	}
	return strings.Join(quoted, ", ")
}

// told is a claim as it can be shown.
func (x *explainer) told(name string) string {
	if text, ok := x.Claims.Claim(name); ok {
		return quote(text)
	}
	if texts, ok := x.Claims.Texts(name); ok {
		return list(texts)
	}
	if x.Claims.Has(name) {
		return "something else"
	}
	return "none"
}

func (x *explainer) issuer() {
	if x.id.issues(x.Issuer) {
		x.pass("iss", x.told("iss"))
		return
	}
	x.refuse("iss", guard.TokenIssuer, x.told("iss"), list(x.id.issuers)+", letter by letter")
}

func (x *explainer) algorithm() {
	name := x.Header.Algorithm.String()
	if x.id.algorithms.Has(x.Header.Algorithm) {
		x.pass("alg", name)
		return
	}
	var takes []string
	for a := range x.id.algorithms.All() {
		takes = append(takes, a.String())
	}
	x.refuse("alg", guard.TokenAlgorithm, name, strings.Join(takes, ", "))
}

// signature asks the keys that stand in the policy.
func (x *explainer) signature(noKey bool) {
	kid := "no kid"
	if x.Header.KeyID != "" {
		kid = "kid " + quote(x.Header.KeyID)
	}
	if x.id.keys == nil || noKey || !x.id.algorithms.Has(x.Header.Algorithm) {
		x.unknown("signature", "not checked, "+kid)
		return
	}
	_, err := x.id.keys.Verify(nil, x.token, x.id.algorithms)
	switch {
	case err == nil:
		x.pass("signature", "fits, "+kid)
	case errors.Is(err, jose.ErrUnverifiable):
		x.unknown("signature", "not checked, "+kid)
	default:
		x.refuse("signature", reasonOf(err), strings.TrimPrefix(err.Error(), "jose: ")+", "+kid, x.known())
	}
}

// known names the keys of the policy.
func (x *explainer) known() string {
	var ids []string
	for _, k := range x.id.keys.Keys() {
		if k.ID() != "" {
			ids = append(ids, k.ID())
		}
	}
	if len(ids) == 0 {
		return "one of keys that have no kid"
	}
	return "one of the keys " + list(ids)
}

// identifier asks for what a revoked token is known by.
func (x *explainer) identifier() {
	switch {
	case !x.id.revocation:
	case hasID(x.Claims):
		x.pass("jti", x.told("jti"))
	default:
		x.refuse("jti", guard.TokenClaim, x.told("jti"), "a text by which the token can be revoked")
	}
}

func (x *explainer) header() {
	found := "none"
	if x.Header.Type != "" {
		found = quote(x.Header.Type)
	}
	if x.id.rules.fits(x.Header.Type) {
		x.pass("typ", found)
		return
	}
	x.refuse("typ", guard.TokenType, found, list(x.id.rules.types))
}

func (x *explainer) audience() {
	if x.id.rules.isFor(x.Claims) {
		x.pass("aud", x.told("aud"))
		return
	}
	x.refuse("aud", guard.TokenAudience, x.told("aud"), list(x.id.rules.audiences))
}

// required asks for claims that must be there, of whatever value.
func (x *explainer) required() {
	for _, name := range x.id.rules.require {
		switch {
		case x.Claims.Has(name) && slices.Contains(timeNames[:], name): // said already
		case x.Claims.Has(name):
			x.pass(name, x.told(name))
		case name != "exp" || x.id.rules.endless:
			x.refuse(name, guard.TokenClaim, "none", "a claim of that name")
		}
	}
}

// binding says to whom the token is bound. Whether he sends it only a request
// shows.
func (x *explainer) binding() {
	cnf := bound.Read(x.Claims)
	methods := cnf.Methods()
	switch {
	case !x.id.binding.Takes(cnf) && len(methods) > 0:
		x.refuse("cnf", guard.TokenNotBound, "bound by "+strings.Join(methods, " and "), "a way that the policy asks for and can check: bound, dpop")
	case !x.id.binding.Takes(cnf):
		x.refuse("cnf", guard.TokenNotBound, x.told("cnf"), "a token that is bound to its sender by x5t#S256 or jkt")
	case len(methods) > 0:
		x.unknown("cnf", "bound by "+strings.Join(methods, " and ")+": a request must come with the certificate, or with a proof")
	}
}

func (x *explainer) revocation() {
	id, _ := x.Claims.Text("jti")
	switch {
	case x.id.revoked != nil && x.id.revoked.Revoked(id):
		x.refuse("revocation", guard.TokenRevoked, x.told("jti"), "a token that the policy does not name")
	case x.id.list != nil:
		x.unknown("revocation", "not checked: the list is fetched")
	case x.id.revoked != nil:
		x.pass("revocation", "not named by the policy")
	}
}
