package headers

import (
	"encoding/base64"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

// nonceBytes is how many random bytes a nonce has. CSP3 section 7.1 asks for 16
// at least; 18 need no padding in base64.
const nonceBytes = 18

// nonce is a content security policy with a nonce: it stands between the parts.
type nonce struct {
	parts  []string
	header string // by which the upstream is told
}

// compileNonce takes a written policy apart where a nonce stands. It returns nil
// where none does, and the policy is the same in every response.
func compileNonce(text string, d *document.CSPNonce, at document.Path, p *document.Problems) *nonce {
	parts := strings.Split(text, nonceWord)
	member := at.Key("content_security_policy_nonce")
	switch {
	case d == nil && len(parts) == 1:
		return nil
	case d == nil:
		p.Add(at.Key("content_security_policy"), `has the source "'nonce'", and the upstream would not know the nonce`,
			`write "content_security_policy_nonce": {"request_header": "x-csp-nonce"} beside it`)
		return nil
	case len(parts) == 1:
		p.Add(member, "has no place in the policy", `write the source "'nonce'" in "content_security_policy", or remove this member`)
		return nil
	}
	for i := range parts[1:] {
		parts[i] += "'nonce-"
		parts[i+1] = "'" + parts[i+1]
	}
	return &nonce{parts: parts, header: upstreamName(d.RequestHeader, member.Key("request_header"), p)}
}

// upstreamName holds a header to what can be told by it.
func upstreamName(name string, at document.Path, p *document.Problems) string {
	lower := strings.ToLower(name)
	switch {
	case !token(name):
		p.Add(at, "is "+strconv.Quote(name)+", which is not the name of a header", "write letters, digits and '-' (RFC 9110 section 5.1)")
	case needed(lower) || hygiene.Fold(lower) == "cookie" || hygiene.Fold(lower) == "authorization":
		p.Add(at, "names "+strconv.Quote(name)+", which the request needs for something else", `write a name such as "x-csp-nonce"`)
	}
	return lower
}

// Names lists the request headers that this guard sets.
func (g *Guard) Names() []string {
	if g == nil || g.nonce == nil {
		return nil
	}
	return []string{g.nonce.header}
}

// Check draws the nonce of a request's response, where the policy has one, and
// tells it to the upstream. It must be asked behind hygiene, which takes out
// what the client sent under that name.
func (g *Guard) Check(r *guard.Request) guard.Verdict {
	if g == nil || g.nonce == nil {
		return guard.Allow()
	}
	if err := draw(r); err != nil {
		return guard.Deny(guard.HostError) // not a nonce that somebody could know
	}
	r.Upstream.Replace(g.nonce.header, r.Nonce)
	return guard.Allow()
}

// draw gives the request a nonce, once.
func draw(r *guard.Request) error {
	if r.Nonce != "" {
		return nil
	}
	b := r.Scratch.Free()[:nonceBytes]
	if err := r.World.Random(b); err != nil {
		return err
	}
	var text [nonceBytes / 3 * 4]byte
	base64.RawURLEncoding.Encode(text[:], b)
	r.Nonce = r.Scratch.Keep(append(b[:0], text[:]...))
	return nil
}

// harden records the policy with this response's nonce; a response whose request
// got no further than its denial has one that nobody was told.
//
// A 304 has none: its headers become those of the page that the browser has
// stored (RFC 9111 section 3.2), whose scripts carry the nonce that it came with.
func (n *nonce) harden(r *guard.Request) error {
	status, _, err := r.World.ResponseHeader(":status")
	if err != nil {
		return err
	}
	if status == "304" {
		r.Hardening.Remove(cspName)
		return nil
	}
	if err := draw(r); err != nil {
		return err
	}
	b := r.Scratch.Free()
	for i, part := range n.parts {
		if i > 0 {
			b = append(b, r.Nonce...)
		}
		b = append(b, part...)
	}
	r.Hardening.Replace(cspName, r.Scratch.Keep(b))
	return nil
}
