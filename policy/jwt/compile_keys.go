package jwt

import (
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/fetched"
	"sallyport.dev/sallyport/policy/jose"
	"sallyport.dev/sallyport/policy/revocation"
)

// setKeys reads where the keys are.
func (c *compiler) setKeys(jwt *document.JWT, at document.Path) {
	d := &jwt.Keys
	away := d.JWKSURI != "" || d.Discovery != ""
	switch {
	case away && d.Cluster == "":
		c.p.Add(at.Key("cluster"), "is missing", "write the proxy's name for the service that the keys are fetched from")
	case !away && d.Cluster != "":
		c.p.Add(at.Key("cluster"), "stands beside keys that are not fetched", "remove it")
	}
	if d.Secret == nil && c.algorithms.Symmetric() && !c.algorithms.Asymmetric() {
		c.p.Add(at, "has no secret, and HS256, HS384 and HS512 need one", `write "secret": {"env": "NAME"}`)
		return
	}
	switch {
	case d.JWKSURI != "":
		c.fetchKeys(d, at)
	case d.Discovery != "":
		c.discoverKeys(d, at)
	case d.JWKS != nil:
		c.readKeys(at.Key("jwks"), func() (*jose.Set, error) { return jose.ParseSet(d.JWKS) })
	case d.PEM != "":
		c.readKeys(at.Key("pem"), func() (*jose.Set, error) { return jose.ParsePEM(d.PEM) })
	case d.Secret != nil:
		c.shareKey(*d.Secret, at.Key("secret"))
	}
}

// shareKey reads a shared secret.
func (c *compiler) shareKey(d document.Secret, at document.Path) {
	if c.algorithms.Asymmetric() {
		c.p.Add(at, "is a shared secret, which only HS256, HS384 and HS512 use", "write public keys, or other algorithms")
		return
	}
	if secret := c.secret(d, at); secret != nil && c.algorithms != 0 {
		c.readKeys(at, func() (*jose.Set, error) { return jose.Secret(secret, c.algorithms) })
	}
}

// readKeys takes keys that stand in the policy. All of them must be sound, and
// each algorithm must have one: what no key can verify is a mistake.
func (c *compiler) readKeys(at document.Path, parse func() (*jose.Set, error)) {
	set, err := parse()
	if err != nil {
		c.p.Add(at, "cannot be used ("+err.Error()+")", "write sound keys: see docs/jwt.md")
		return
	}
	for _, refused := range set.Refused() {
		c.p.Add(at, "has a key that cannot be used ("+refused.Error()+")", "correct or remove it")
	}
	for a := range c.algorithms.All() {
		if !set.Algorithms().Has(a) {
			c.p.Add(c.place.Key("algorithms"), "has "+a.String()+", which none of the keys fits", "remove it, or add a key for it")
		}
	}
	c.keys = set
}

// source returns a document that is fetched, without its address.
func (c *compiler) source(what, cluster string, refresh document.Duration, parse func([]byte) (any, error)) fetched.Source {
	return fetched.Source{Name: c.name + "-" + what, Cluster: cluster, Accept: "application/json",
		Refresh: time.Duration(refresh), Parse: parse}
}

// keySet is source for keys.
func (c *compiler) keySet(d *document.TokenKeys) fetched.Source {
	s := c.source("keys", d.Cluster, d.Refresh, parseKeys)
	s.Flaws = func(v any) []error { return asSet(v).Refused() }
	return s
}

// parseKeys reads a key set that was fetched.
func parseKeys(body []byte) (any, error) {
	set, err := jose.ParseSet(body)
	if err != nil {
		return nil, err // not a nil *Set
	}
	return set, nil
}

func (c *compiler) fetchKeys(d *document.TokenKeys, at document.Path) {
	s := c.keySet(d)
	c.keySource = c.address(&s, d.JWKSURI, at.Key("jwks_uri"))
}

// address completes a document that is fetched.
func (c *compiler) address(s *fetched.Source, url string, at document.Path) *fetched.Source {
	a, err := fetched.ParseURL(url)
	if err != nil {
		c.p.Add(at, err.Error(), `write an address such as "https://auth.example.com/keys"`)
	}
	s.Authority, s.Path = a.Authority, a.Path
	return s
}

// discoverKeys reads an issuer whose metadata name the key set. It must be the
// tokens' issuer: the keys of another say nothing about them.
func (c *compiler) discoverKeys(d *document.TokenKeys, at document.Path) {
	place := at.Key("discovery")
	if !c.issues(d.Discovery) {
		c.p.Add(place, "is no issuer of this identity", `write the same text as in "issuer": it is compared letter by letter`)
	}
	found, err := fetched.NewDiscovery(d.Discovery, c.keySet(d))
	if err != nil {
		c.p.Add(place, err.Error(), `write the issuer, such as "https://auth.example.com"`)
	}
	c.discovery = found
}

// setRevocation reads which tokens are refused before they expire.
func (c *compiler) setRevocation(d *document.Revocation, at document.Path) {
	c.revocation = true
	c.each(d.JTI, at.Key("jti"))
	if len(d.JTI) > 0 {
		list, err := revocation.New(d.JTI...)
		if err != nil {
			c.p.Addf(at.Key("jti"), "has an identifier that is too long", "write up to %d bytes each", maxID)
		}
		c.revoked = list
	}
	if d.List != nil {
		s := c.source("revoked", d.List.Cluster, d.List.Refresh, parseRevocations)
		s.Accept = "" // it has three forms
		s.MaxBody = revocation.MaxSize
		c.list = c.address(&s, d.List.URL, at.Key("list").Key("url"))
	}
}
