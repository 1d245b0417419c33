package cors

import (
	"sallyport.dev/sallyport/policy/guard"
)

// Set is what a policy says of all its routes. It is immutable. A nil Set says
// nothing, and leaves every request and response alone.
type Set struct {
	routes []*Guard       // by index of the route; nil: no CORS
	vary   []guard.Header // Vary of every response, in the place of the upstream's; empty: the upstream's
}

// Guard is the section of one route. It is immutable.
type Guard struct {
	origins     origins
	methods     []string
	headers     []string // in lower case
	anyHeader   bool     // every one but Authorization
	credentials bool
	private     bool // pages of public sites may ask in a private network

	// Values of response headers; empty: none.
	maxAge, expose string
}

// at returns the section of a route; nil: none.
func (s *Set) at(route int) *Guard {
	if s == nil || route < 0 || route >= len(s.routes) {
		return nil
	}
	return s.routes[route]
}

// Check settles which page may read the response to a request of a known route.
// It refuses nothing: what a page may send is the matter of preflights, and of
// package csrf.
func (s *Set) Check(r *guard.Request) guard.Verdict {
	if g := s.at(r.Route); g != nil {
		g.settle(r)
	}
	return guard.Allow()
}

// settle tells whether the page of the request may read the response. Two Origin
// fields are one with a comma, or two, and no origin. Where everybody may read,
// the response says so also to who has no origin: a cache keeps one for all.
func (g *Guard) settle(r *guard.Request) (ok bool) {
	if g.origins.any {
		r.Page.Origin = "*"
		return true
	}
	text, count := r.Get("origin")
	if count != 1 {
		return false
	}
	r.Page.Origin, ok = g.origins.named(text, &r.Scratch)
	return ok
}
