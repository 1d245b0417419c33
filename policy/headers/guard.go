package headers

import (
	"maps"
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// Guard is what is done to every response, and what is taken out of every
// request. It is immutable; nil does nothing.
type Guard struct {
	edits   guard.Edits // the same for every response
	removes names       // taken out where they are there
	nonce   *nonce      // nil: the content security policy is in edits, if any
	cookies *cookies    // nil: left alone
	cache   cache
	stored  bool // every response has the policy's Cache-Control, or none
	request request
}

// Compile returns the guard for the section "headers", nil when it is absent.
func Compile(d *document.Headers, p *document.Problems) *Guard {
	if d == nil {
		return nil
	}
	at := document.Path("headers")
	g := &Guard{cache: cacheNone, request: compileRequest(d.Request, at.Key("request"), p)}
	if d.Response != nil {
		c := compiler{g: g, d: d.Response, at: at.Key("response"), p: p, own: map[string]document.Path{}}
		c.response()
	}
	return g
}

// compiler carries what the members of headers.response share.
type compiler struct {
	g   *Guard
	d   *document.ResponseHeaders
	at  document.Path
	p   *document.Problems
	own map[string]document.Path // where a header is named
	set map[string]string
}

func (c *compiler) response() {
	chosen := presets[c.d.Preset]
	c.set = maps.Clone(chosen.set)
	if c.set == nil {
		c.set = map[string]string{}
	}
	c.sections()
	for _, name := range slices.Sorted(maps.Keys(c.d.Set)) {
		if place := c.at.Key("set").Key(name); checkName(name, place, c.own, c.p) && checkValue(c.d.Set[name], place, c.p) {
			c.set[strings.ToLower(name)] = c.d.Set[name]
		}
	}
	remove := slices.Clone(chosen.remove)
	for i, name := range c.d.Remove {
		if checkName(name, c.at.Key("remove").Index(i), c.own, c.p) {
			delete(c.set, strings.ToLower(name)) // a preset's header that is not wanted
			remove = append(remove, strings.ToLower(name))
		}
	}
	c.cache(chosen.cache)
	c.g.removes = newNames(slices.DeleteFunc(remove, func(name string) bool { _, ok := c.set[name]; return ok }))
	c.g.stored = c.set[cacheControl] != "" || c.g.removes.has(cacheControl)
	for _, name := range slices.Sorted(maps.Keys(c.set)) {
		c.g.edits.Replace(name, c.set[name])
	}
	c.g.edits = slices.Clip(c.g.edits)
}

// sections reads the headers that have a member of their own.
func (c *compiler) sections() {
	if d := c.d.ContentSecurityPolicy; d != nil {
		at := c.at.Key("content_security_policy")
		c.own[cspName] = at
		c.set[cspName] = compileCSP(d, at, c.p)
	}
	if c.d.ContentSecurityPolicy != nil || c.d.ContentSecurityPolicyNonce != nil {
		if c.g.nonce = compileNonce(c.set[cspName], c.d.ContentSecurityPolicyNonce, c.at, c.p); c.g.nonce != nil {
			delete(c.set, cspName)
		}
	}
	if d := c.d.StrictTransportSecurity; d != nil {
		at := c.at.Key("strict_transport_security")
		c.own[hstsName] = at
		c.set[hstsName] = compileHSTS(d, at, c.p)
	}
	if c.d.Cookies != nil {
		at := c.at.Key("cookies")
		c.own[setCookie] = at
		c.g.cookies = compileCookies(c.d.Cookies, at, c.p)
	}
}

// cache settles which responses nobody may store. Who sets the header, or takes
// it out, has settled it.
func (c *compiler) cache(preset cache) {
	first, named := c.own[cacheControl]
	switch {
	case c.d.CacheControl == "" && named:
		c.g.cache = cacheNone
	case c.d.CacheControl == "":
		c.g.cache = preset
	case named:
		c.p.Addf(c.at.Key("cache_control"), "is given beside the header of that name", "remove one of the two; it stands at %s too", first)
	default:
		c.g.cache = caches[c.d.CacheControl]
	}
}

// Register gives the guard its counters.
func (g *Guard) Register(m *guard.Metrics) {
	if g != nil && g.cookies != nil {
		g.cookies.dropped = m.Counter("sallyport.cookies_dropped")
	}
}

// Edits returns what is done to every response alike, to be carried out in
// order, before what Harden records. The caller must not change it.
func (g *Guard) Edits() guard.Edits {
	if g == nil {
		return nil
	}
	return g.edits
}

// SaysWhatIsStored tells whether the policy sets Cache-Control of every response,
// or takes it out.
func (g *Guard) SaysWhatIsStored() bool { return g != nil && g.stored }

// Harden records in r.Hardening what depends on the response: which headers it
// has that are taken out, its cookies, whether it may be stored, its nonce. open
// is that anybody may call the route of the request. It may be asked again, for
// an answer that stands in for another. A response for which it returns an error
// must not leave.
func (g *Guard) Harden(r *guard.Request, open bool) error {
	r.Hardening = r.Hardening[:0]
	if g == nil {
		return nil
	}
	return g.harden(r, open)
}

func (g *Guard) harden(r *guard.Request, open bool) error {
	if g.nonce != nil {
		if err := g.nonce.harden(r); err != nil {
			return err
		}
	}
	if g.removes.empty() && g.cookies == nil && !g.cache.forbids(open) {
		return nil
	}
	headers, err := r.World.ResponseHeaders()
	if err != nil {
		return err
	}
	g.strip(r, headers)
	if g.cookies != nil {
		g.cookies.harden(r, headers)
	}
	if g.cache.forbids(open) {
		noStore(r, headers)
	}
	return nil
}

// strip records which headers are taken out. To look for them costs less than
// to take out each that might be there.
func (g *Guard) strip(r *guard.Request, headers []guard.Header) {
	if g.removes.empty() {
		return
	}
	for i := range headers {
		if name := headers[i].Name; g.removes.has(name) && !g.sets(name) && !removed(r.Hardening, name) {
			r.Hardening.Remove(name)
		}
	}
}

// sets tells whether every response has the policy's header of a name, though a
// beginning of the preset matches it.
func (g *Guard) sets(name string) bool {
	for i := range g.edits {
		if g.edits[i].Name == name {
			return true
		}
	}
	return false
}

func removed(edits guard.Edits, name string) bool {
	for i := range edits {
		if edits[i].Op == guard.Remove && edits[i].Name == name {
			return true
		}
	}
	return false
}

// Removes lists the response headers that are taken out where they are there; a
// '*' at the end stands for any rest.
func (g *Guard) Removes() []string {
	if g == nil {
		return nil
	}
	list := slices.Collect(maps.Keys(g.removes.exact))
	for _, prefix := range g.removes.prefixes {
		list = append(list, prefix+"*")
	}
	slices.Sort(list)
	return list
}
