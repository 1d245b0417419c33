package apikey

import (
	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/guard"
)

// Route is a route that takes keys alone.
type Route struct {
	ids       []*Identity
	anonymous bool
	cache     *Cache
	guard     *authenticate.Guard
}

// NewRoute returns a route that takes the keys of ids.
func NewRoute(ids []*Identity, anonymous bool) *Route {
	return &Route{ids: ids, anonymous: anonymous}
}

// Check judges a request in the worker that has a cache.
func (o *Route) Check(r *guard.Request, c *Cache) guard.Verdict {
	if o.guard == nil || o.cache != c {
		o.cache, o.guard = c, authenticate.New([]authenticate.Kind{NewGuard(o.ids, c)}, o.anonymous, "")
	}
	return o.guard.Check(r)
}

// NewStrip returns what takes the keys of identities out.
func NewStrip(ids []*Identity) *credential.Strip {
	var all []credential.Holder
	for _, id := range ids {
		all = append(all, id)
	}
	return credential.NewStrip(all)
}
