package policy

import (
	"slices"
	"strconv"

	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/hygiene"
)

// forwards reports headers for the upstream that applications could take for
// another of the policy's: for one of the same identity, for one that a key is
// read from, or for one that hygiene always takes out.
func (c *compiler) forwards(p *Policy) {
	taken := map[string]string{}
	for _, name := range append(hygiene.Overrides(), hygiene.HostOverrides()...) {
		taken[hygiene.Fold(name)] = "makes some servers serve another request than was judged"
	}
	for _, name := range c.sources(p) {
		taken[hygiene.Fold(name)] = "is a spelling of " + strconv.Quote(name) + ", which a key is read from"
	}
	for _, name := range p.headers.Names() {
		if found := taken[hygiene.Fold(name)]; found != "" {
			c.problems.Add(document.Path("headers.response.content_security_policy_nonce.request_header"), found, "write another header")
		}
		taken[hygiene.Fold(name)] = "is a spelling of " + strconv.Quote(name) + ", which tells the upstream the nonce"
	}
	for _, k := range p.callers {
		own := map[string]string{}
		for _, name := range k.Owns() {
			folded := hygiene.Fold(name)
			found := taken[folded]
			if other := own[folded]; other != "" {
				found = "is a spelling of " + strconv.Quote(other) + ", which the identity sets too"
			}
			own[folded] = name
			if found != "" {
				c.problems.Add(k.Place(name), found, "write another header")
			}
		}
	}
}

// own lists every request header that the policy sets: inbound copies of them
// are somebody else's claim to be one of its callers.
func (c *compiler) own(p *Policy) []string {
	names := p.headers.Names()
	for _, k := range p.callers {
		names = append(names, k.Owns()...)
	}
	if slices.ContainsFunc(p.rules, func(r rule) bool { return r.timeout != "" }) {
		names = append(names, timeoutHeader)
	}
	names = append(names, p.signatures()...)
	slices.Sort(names)
	return slices.Compact(names)
}

// sources lists every request header that a credential is read from.
func (c *compiler) sources(p *Policy) []string {
	var all []credential.Source
	for _, k := range p.callers {
		all = append(all, k.Sources()...)
	}
	names := credential.HeaderNames(all)
	slices.Sort(names)
	return names
}

// keeps reports headers that the policy shall take out of every request and send
// upstream: a credential of an identity that forwards it, and the cookies that
// are left when credentials are taken out of them.
func (c *compiler) keeps(p *Policy) {
	for _, k := range p.callers {
		for _, source := range k.Sources() {
			switch {
			case source.Cookie != "":
				p.headers.Keep("cookie", "in which the identity "+strconv.Quote(k.Name())+" finds keys; what is left of it goes upstream", &c.problems)
			case source.Header != "" && k.Keeps():
				p.headers.Keep(source.Header, "which the identity "+strconv.Quote(k.Name())+" forwards", &c.problems)
			}
		}
	}
}

// holders are all identities, as those whose credentials go upstream with nobody
// else's request.
func (p *Policy) holders() []credential.Holder {
	all := make([]credential.Holder, len(p.callers))
	for i, id := range p.callers {
		all[i] = id
	}
	return all
}
