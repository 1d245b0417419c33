package csrf

import (
	"slices"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
)

// route compiles what is asked of one route; nil: nothing.
func (c *compiler) route(r *document.Route, at document.Path, common *section, callers []authenticate.Identity) *Guard {
	asked, overrides := common, r.CSRF != nil && !r.CSRF.None
	switch {
	case overrides:
		asked = c.section(&r.CSRF.CSRF, at.Key("csrf"))
	case r.CSRF != nil:
		return nil
	}
	if asked == nil {
		return nil
	}
	why := exempt(r, callers)
	if why == "" {
		return newGuard(asked, callers)
	}
	if overrides {
		c.problems.Add(at.Key("csrf"), "stands on a route that is exempt: "+why, "remove it")
	}
	return nil
}

// exempt says why no browser can be made to call a route in somebody's name;
// empty where it can.
func exempt(r *document.Route, callers []authenticate.Identity) string {
	switch {
	case r.Webhook != nil:
		return "a webhook is signed by who sends it"
	case r.Anonymous || len(callers) == 0:
		return "" // what comes without a credential may go by something else
	}
	for _, id := range callers {
		sources := id.Sources()
		if len(sources) == 0 || slices.ContainsFunc(sources, func(s credential.Source) bool { return !exempts(s) }) {
			return ""
		}
	}
	return "its credentials stand in headers that no browser sends by itself"
}

func newGuard(s *section, callers []authenticate.Identity) *Guard {
	g := &Guard{section: *s}
	var sources []credential.Source
	for _, id := range callers {
		sources = append(sources, id.Sources()...)
	}
	for _, source := range sources {
		if exempts(source) {
			g.headers = append(g.headers, source)
		}
	}
	if g.headers != nil {
		g.reader = credential.NewReader(sources)
	}
	return g
}
