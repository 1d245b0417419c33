package headers

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// broad are sources that stand for nearly everything.
var broad = []string{"*", "http:", "https:", "http://*", "https://*"}

// runs are the directives by which scripts are let in.
var runs = []string{"default-src", "script-src", "script-src-elem", "script-src-attr"}

// Warn adds what a policy may say of headers and few should.
func Warn(d *document.Headers, w *document.Problems) {
	if d == nil || d.Response == nil || d.Response.ContentSecurityPolicy == nil {
		return
	}
	csp, at := d.Response.ContentSecurityPolicy, document.Path("headers.response.content_security_policy")
	for _, name := range slices.Sorted(maps.Keys(csp)) {
		warnOfDirective(name, csp, at.Key(name), w)
	}
	if csp["default-src"] == nil && csp["script-src"] == nil {
		w.Add(at, "has neither default-src nor script-src, so that every script runs", `write "default-src": ["'self'"], or ["'none'"]`)
	}
}

func warnOfDirective(name string, csp map[string]document.Sources, at document.Path, w *document.Problems) {
	sources := csp[name]
	scripts := slices.Contains(runs, name) && (name != "default-src" || csp["script-src"] == nil)
	if name == "block-all-mixed-content" {
		w.Add(at, "is deprecated", `write "upgrade-insecure-requests": [] in its place`)
	}
	for i, s := range sources {
		where, key := at.Index(i), strings.ToLower(s)
		switch {
		case key == "'unsafe-inline'" && slices.ContainsFunc(sources, vouches):
			w.Add(where, "has no effect beside a nonce or a hash", "remove it, unless browsers of before 2016 are to be served")
		case key == "'unsafe-inline'" && scripts:
			w.Add(where, "lets every script run that an attacker writes into a page", `write "'nonce'" or the hashes of the scripts`)
		case key == "'unsafe-inline'" && strings.HasPrefix(name, "style-src"):
			w.Add(where, "lets every style apply that an attacker writes into a page", `write "'nonce'" or the hashes of the styles, if they can be had`)
		case key == "'unsafe-eval'":
			w.Add(where, "lets scripts make code of texts", "remove it, if the page's scripts can do without")
		case (scripts || name == "object-src") && (slices.Contains(broad, key) || key == "data:" || key == "blob:"):
			w.Add(where, "lets scripts of an attacker's in: it is "+strconv.Quote(s), "write the hosts that scripts come from")
		case strings.HasPrefix(key, "http:"):
			w.Add(where, "lets in what was changed on the way: it is "+strconv.Quote(s), "write https")
		}
	}
}
