package jwt

import (
	"slices"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/jose"
)

// compiler carries what the parts of one identity share.
type compiler struct {
	*Identity
	p      *document.Problems
	secret func(document.Secret, document.Path) []byte
}

// Compile reads one jwt identity of the document; at is the place of its
// section. secret resolves a secret, and reports what is wrong with it and
// returns nil. What is wrong is added to p; the Identity must not be used then,
// but is never nil.
func Compile(name string, d document.JWT, at document.Path, secret func(document.Secret, document.Path) []byte, p *document.Problems) *Identity {
	c := compiler{
		Identity: &Identity{name: name, place: at, sources: credential.Compile(d.From, defaultSource, at.Key("from"), p)},
		p:        p, secret: secret,
	}
	c.setIssuers(d, at)
	c.setAlgorithms(d.Algorithms, at.Key("algorithms"))
	c.setKeys(&d, at.Key("keys"))
	c.setRules(d, at)
	c.attributes = claims.NewAttributes(d.Claims)
	if d.Revocation != nil {
		c.setRevocation(d.Revocation, at.Key("revocation"))
	}
	c.forward = claims.CompileForward(d.Forward, c.sources, at.Key("forward"), p)
	c.setBinding(d, at)
	return c.Identity
}

// setBinding reads whether tokens must be bound to their sender. With proofs they
// stand behind a scheme of their own.
func (c *compiler) setBinding(d document.JWT, at document.Path) {
	c.binding = bound.Compile(bound.Settings{Bound: d.Bound, DPoP: d.DPoP, Skew: time.Duration(d.ClockSkew), Keeps: c.forward.Keeps()}, at, c.secret, c.p)
	if source, ok := c.binding.Source(); ok && !slices.Contains(c.sources, source) {
		c.sources = append(c.sources, source)
	}
}

func (c *compiler) setIssuers(d document.JWT, at document.Path) {
	c.issuers = slices.Clone(d.Issuers)
	if d.Issuer != "" {
		c.issuers = append(c.issuers, d.Issuer)
	}
	c.each(d.Issuers, at.Key("issuers"))
	if len(c.issuers) == 0 {
		c.p.Add(at, "names no issuer", `write "issuer": "https://auth.example.com", the claim iss of its tokens`)
	}
}

// each reports what a list has twice, and what is empty: an empty issuer is what
// a token without one might be taken to name.
func (c *compiler) each(list []string, at document.Path) {
	for i, text := range list {
		switch first := slices.Index(list, text); {
		case text == "":
			c.p.Add(at.Index(i), "is empty", "write a text, or remove it")
		case first < i:
			c.p.Add(at.Index(i), "is the same as "+string(at.Index(first)), "remove it")
		}
	}
}

func (c *compiler) setAlgorithms(list []string, at document.Path) {
	c.each(list, at)
	for i, name := range list {
		a, ok := jose.ParseAlgorithm(name)
		if !ok {
			c.p.Add(at.Index(i), "is "+document.Quote(name)+", which is no signature algorithm", `write one such as "RS256"`)
		}
		c.algorithms |= jose.NewAlgorithms(a)
	}
	switch {
	case len(list) == 0:
		c.p.Add(at, "lists none", `write those that the issuer signs with, such as ["RS256"]`)
	case c.algorithms.Symmetric() && c.algorithms.Asymmetric():
		c.p.Add(at, "has HS* beside others, so that a public key could be taken for a shared secret (RFC 8725 section 2.1)",
			"write an identity for each")
	}
}

func (c *compiler) setRules(d document.JWT, at document.Path) {
	c.rules = rules{
		audiences: d.Audiences.Any, anyAudience: d.Audiences.Unchecked,
		skew: int64(d.ClockSkew), lifetime: int64(d.MaxLifetime),
		require: d.Require, endless: d.AllowNoExpiry,
	}
	c.each(d.Audiences.Any, at.Key("audiences"))
	c.each(d.Require, at.Key("require"))
	if len(d.Audiences.Any) == 0 && !d.Audiences.Unchecked {
		c.p.Add(at.Key("audiences"), "names none", `write the claim aud of tokens for this API, or "unchecked"`)
	}
	if d.AllowNoExpiry && slices.Contains(d.Require, "exp") {
		c.p.Add(at.Key("allow_no_expiry"), `stands beside "exp" in require`, "keep one of them")
	}
	if d.AllowNoExpiry && d.MaxLifetime != 0 {
		c.p.Add(at.Key("allow_no_expiry"), "stands beside max_lifetime, which no token without exp keeps", "keep one of them")
	}
	c.setTypes(d.Types, at.Key("types"))
}

// setTypes takes the values of typ. A token without one passes where "JWT" is
// among them: it says no more than that.
func (c *compiler) setTypes(list []string, at document.Path) {
	if len(list) == 0 {
		list = []string{"JWT", "at+jwt"}
	}
	for i, text := range list {
		t := mediaType(text)
		switch {
		case t == "" || !credential.IsVisible(t):
			c.p.Add(at.Index(i), "is "+document.Quote(text)+", which is no media type", `write one such as "at+jwt"`)
		case slices.Contains(c.rules.types, t):
			c.p.Add(at.Index(i), "is there twice: case does not count, nor does application/ before it", "remove it")
		}
		c.rules.types = append(c.rules.types, t)
	}
	c.rules.typeless = slices.Contains(c.rules.types, "jwt")
}

// CheckRoute reports identities of one route of which the second would never be
// asked: a token is judged by the first that reads its place and names its
// issuer. at is the route's list of names; those of other kinds are passed over.
func CheckRoute(ids []authenticate.Identity, at document.Path, p *document.Problems) {
	var seen []*Identity
	for _, each := range ids {
		id, ok := each.(*Identity)
		if !ok {
			continue
		}
		for _, before := range seen {
			if issuer, shared := before.shares(id); shared {
				p.Add(at, "names "+document.Quote(before.name)+" and "+document.Quote(id.name)+", which read tokens of the issuer "+
					document.Quote(issuer)+" from the same place", "make them one identity with both audiences, or give each a route")
			}
		}
		seen = append(seen, id)
	}
}

// shares returns an issuer of both, where both read the same place.
func (i *Identity) shares(o *Identity) (issuer string, ok bool) {
	if !slices.ContainsFunc(i.sources, func(s credential.Source) bool { return slices.Contains(o.sources, s) }) {
		return "", false
	}
	n := slices.IndexFunc(i.issuers, func(issuer string) bool { return slices.Contains(o.issuers, issuer) })
	if n < 0 {
		return "", false
	}
	return i.issuers[n], true
}

// mediaType returns a value of typ in the form in which they are compared: in
// lower case, and without "application/" (RFC 7515 section 4.1.9).
func mediaType(text string) string {
	text = strings.ToLower(text)
	if rest, ok := strings.CutPrefix(text, "application/"); ok && !strings.Contains(rest, "/") {
		return rest
	}
	return text
}
