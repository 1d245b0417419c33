package csrf

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
	"sallyport.dev/sallyport/policy/origin"
)

// maxTrusted bounds the trusted origins of a section: they are compared one by
// one.
const maxTrusted = 64

// own stands for the request's own origin, which is trusted always.
const own = "own"

// minSecret is the least length of a secret, in bytes.
const minSecret = 32

// Set is what a policy asks of all its routes. It is immutable. A nil Set asks
// nothing.
type Set struct {
	routes    []*Guard // by index of the route; nil: exempt, or nothing is asked
	tokens    []*token
	endpoints []section // one for each path
}

// compiler carries what the sections share.
type compiler struct {
	*Set
	secret   func(document.Secret, document.Path) []byte
	problems *document.Problems
}

// Compile reads the sections of a document, and which routes are exempt from
// them; callers are the identities of a route.
func Compile(doc *document.Document, callers func(route int) []authenticate.Identity, secret func(document.Secret, document.Path) []byte, p *document.Problems) *Set {
	c := compiler{&Set{}, secret, p}
	var common *section
	if doc.CSRF != nil {
		common = c.section(doc.CSRF, "csrf")
	}
	for i := range doc.Routes {
		c.routes = append(c.routes, c.route(&doc.Routes[i], document.Path("routes").Index(i), common, callers(i)))
	}
	if common == nil && !slices.ContainsFunc(c.routes, func(g *Guard) bool { return g != nil }) {
		return nil
	}
	c.checkEndpoints(doc.Routes)
	return c.Set
}

func (c *compiler) section(d *document.CSRF, at document.Path) *section {
	s := &section{trusted: c.origins(d.TrustedOrigins, at.Key("trusted_origins"))}
	if d.Token != nil {
		s.token = c.token(d.Token, s.trusted, at.Key("token"))
	}
	return s
}

func (c *compiler) origins(list []string, at document.Path) (all []origin.Origin) {
	if len(list) > maxTrusted {
		c.problems.Add(at, fmt.Sprintf("has %d origins", len(list)), fmt.Sprintf("write %d at most", maxTrusted))
	}
	for i, text := range list {
		if text == own {
			continue
		}
		var scratch guard.Scratch
		o, ok := origin.Parse(text, &scratch)
		switch {
		case text == "*" || text == "null":
			c.problems.Add(at.Index(i), "is "+document.Quote(text)+", which is the pages of everybody", "write the origins that are yours")
		case !ok || strings.ToLower(text) != text:
			c.problems.Add(at.Index(i), "is "+document.Quote(text)+", which is not scheme, host and port of a page, in lower case",
				`write one such as "https://app.example.com", or "own"`)
		case slices.Contains(all, o):
			c.problems.Add(at.Index(i), "is an origin that is there already", "remove it")
		default:
			all = append(all, o)
		}
	}
	return all
}

// token compiles a token, or finds the same one of another section: whose
// endpoint then serves the pages of both.
func (c *compiler) token(d *document.CSRFToken, trusts []origin.Origin, at document.Path) *token {
	t := &token{
		cookie: d.Cookie, header: strings.ToLower(d.Header), session: d.SessionCookie, endpoint: d.Endpoint,
		lifetime: int64(d.Lifetime) / int64(time.Second), secret: c.key(&d.Secret, at.Key("secret")),
	}
	if d.PreviousSecret != nil {
		t.previous = c.key(d.PreviousSecret, at.Key("previous_secret"))
		if t.previous != nil && bytes.Equal(t.previous, t.secret) {
			c.problems.Add(at.Key("previous_secret"), "is the secret itself", "remove it")
		}
	}
	c.checkNames(d, at)
	for i, other := range c.tokens {
		switch {
		case other.same(t):
			c.endpoints[i].trusted = append(c.endpoints[i].trusted, trusts...)
			return other
		case other.endpoint == t.endpoint:
			c.problems.Add(at.Key("endpoint"), "is "+document.Quote(t.endpoint)+", where another section hands out other tokens", "write another path, or the same token as there")
		case other.cookie == t.cookie:
			c.problems.Add(at.Key("cookie"), "is "+document.Quote(t.cookie)+", which another section keeps other tokens in", "write another name, or the same token as there")
		}
	}
	t.index = len(c.tokens)
	c.tokens, c.endpoints = append(c.tokens, t), append(c.endpoints, section{slices.Clone(trusts), t})
	return t
}

// same tells whether two sections take each other's tokens.
func (t *token) same(o *token) bool {
	return t.cookie == o.cookie && t.header == o.header && t.session == o.session && t.endpoint == o.endpoint &&
		t.lifetime == o.lifetime && bytes.Equal(t.secret, o.secret) && bytes.Equal(t.previous, o.previous)
}

func (c *compiler) key(s *document.Secret, at document.Path) []byte {
	key := c.secret(*s, at)
	if key != nil && len(key) < minSecret {
		c.problems.Add(at, fmt.Sprintf("has %d bytes", len(key)), fmt.Sprintf("write one of at least %d random bytes", minSecret))
	}
	return key
}

func (c *compiler) checkNames(d *document.CSRFToken, at document.Path) {
	lower := strings.ToLower(d.Header)
	credential.CheckHeaderName(d.Header, at.Key("header"), c.problems)
	if isAmbient(lower) || lower == "authorization" {
		c.problems.Add(at.Key("header"), "is "+document.Quote(d.Header)+", which browsers, proxies or foreign pages can send", `write a header of your own, such as "x-csrf-token"`)
	}
	credential.CheckCookieName(d.Cookie, at.Key("cookie"), c.problems)
	credential.CheckCookieName(d.SessionCookie, at.Key("session_cookie"), c.problems)
	switch {
	case !strings.HasPrefix(d.Cookie, "__Host-") && !strings.HasPrefix(d.Cookie, "__Secure-"):
		c.problems.Add(at.Key("cookie"), "is "+document.Quote(d.Cookie)+", which any page of a neighbouring host could set", "write "+document.Quote("__Host-"+d.Cookie))
	case d.Cookie == d.SessionCookie:
		c.problems.Add(at.Key("cookie"), "is the cookie of the session", "write another name")
	}
}

// checkEndpoints reports endpoints that no request can have, or that a route has
// too: its requests would never come to it.
func (c *compiler) checkEndpoints(routes []document.Route) {
	for _, e := range c.endpoints {
		var scratch guard.Scratch
		path := e.token.endpoint
		at := c.place(path, routes)
		if normal, ok := hygiene.NormalizePath(path, &scratch, false); !ok || normal != path {
			c.problems.Add(at, "is "+document.Quote(path)+", which is not the one spelling of a path", `write one such as "/csrf-token"`)
		}
		for i := range routes {
			if routes[i].Path == path {
				c.problems.Add(at, "is "+document.Quote(path)+", the path of routes["+strconv.Itoa(i)+"]", "write a path that no route has")
			}
		}
	}
}

// place is where an endpoint stands first in the document.
func (c *compiler) place(endpoint string, routes []document.Route) document.Path {
	for i := range routes {
		if r := routes[i].CSRF; r != nil && r.Token != nil && r.Token.Endpoint == endpoint {
			return document.Path("routes").Index(i).Key("csrf").Key("token").Key("endpoint")
		}
	}
	return document.Path("csrf").Key("token").Key("endpoint")
}
