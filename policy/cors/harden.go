package cors

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// accessControl begins the names of all headers that say what foreign pages may
// do.
const accessControl = "access-control-"

const vary = "vary"

const (
	varyOrigin    = "Origin"
	varyPreflight = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
	varyPrivate   = varyPreflight + ", Access-Control-Request-Private-Network"
)

// Harden records in r.Hardening what a response says to browsers of other
// origins, in the place of what the upstream says. It may be asked again, for an
// answer that stands in for another. A response for which it returns an error
// must not leave.
func (s *Set) Harden(r *guard.Request) error {
	if s == nil {
		return nil
	}
	return s.harden(r)
}

func (s *Set) harden(r *guard.Request) error {
	g := s.at(r.Route)
	if g == nil {
		return nil
	}
	headers, err := r.World.ResponseHeaders()
	if err != nil {
		return err
	}
	if refused := r.Page.Preflight && r.Page.Origin == ""; !refused { // in report mode the upstream answers it
		strip(r, headers)
	}
	if varies := g.varies(r); varies != "" && !s.saysVary(r, headers) {
		r.Hardening.Add(vary, varies)
	}
	if r.Page.Origin == "" {
		return nil
	}
	r.Hardening.Add("access-control-allow-origin", r.Page.Origin)
	if g.credentials {
		r.Hardening.Add("access-control-allow-credentials", "true")
	}
	if r.Page.Preflight {
		g.grant(r)
	} else if g.expose != "" {
		r.Hardening.Add("access-control-expose-headers", g.expose)
	}
	return nil
}

// strip takes out what others say of who may read a response, all copies of a
// header at once.
func strip(r *guard.Request, headers []guard.Header) {
	first := len(r.Hardening)
	for i := range headers {
		name := headers[i].Name
		if strings.HasPrefix(name, accessControl) && !removed(r.Hardening[first:], name) {
			r.Hardening.Remove(name)
		}
	}
}

func removed(edits guard.Edits, name string) bool {
	for i := range edits {
		if edits[i].Name == name {
			return true
		}
	}
	return false
}

// grant adds what the answer to a preflight allows.
func (g *Guard) grant(r *guard.Request) {
	r.Hardening.Add("access-control-allow-methods", r.Page.Method)
	if r.Page.Headers != "" {
		r.Hardening.Add("access-control-allow-headers", r.Page.Headers)
	}
	r.Hardening.Add("access-control-max-age", g.maxAge)
	if r.Page.Private {
		r.Hardening.Add("access-control-allow-private-network", "true")
	}
}

// varies is what a cache has to compare (RFC 9110 section 12.5.5). A response
// that everybody may read does not differ by origin.
func (g *Guard) varies(r *guard.Request) string {
	switch {
	case r.Page.Preflight && g.private:
		return varyPrivate
	case r.Page.Preflight:
		return varyPreflight
	case g.origins.any:
		return ""
	}
	return varyOrigin
}

// saysVary tells whether a response says already that it differs by origin, when
// the section "headers" has put another Vary in its place or taken it out: else a
// cache would keep the answer for one page and hand it to another.
func (s *Set) saysVary(r *guard.Request, headers []guard.Header) bool {
	switch {
	case len(s.vary) > 0:
		return saysVary(s.vary)
	case removed(r.Hardening, vary):
		return false
	}
	return saysVary(headers)
}

// saysVary tells whether fields of Vary name the origin, or everything.
func saysVary(headers []guard.Header) bool {
	for i := range headers {
		if headers[i].Name != vary {
			continue
		}
		for list, more := headers[i].Value, true; more; {
			var name string
			name, list, more = strings.Cut(list, ",")
			if name = trim(name); name == "*" || strings.EqualFold(name, "origin") {
				return true
			}
		}
	}
	return false
}
