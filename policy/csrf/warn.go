package csrf

import (
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/origin"
)

// Warn adds what a policy may say of foreign pages and few should.
func Warn(d *document.Document, w *document.Problems) {
	if d.CSRF != nil {
		warnOfSection(d.CSRF, "csrf", w)
	}
	for i := range d.Routes {
		r, at := &d.Routes[i], document.Path("routes").Index(i)
		switch {
		case r.CSRF != nil && !r.CSRF.None:
			warnOfSection(&r.CSRF.CSRF, at.Key("csrf"), w)
		case r.CSRF == nil && d.CSRF == nil && takesCookies(d, r.Identities):
			w.Add(at, "takes credentials in cookies, which browsers send for the pages of anybody", `write "csrf": {"trusted_origins": ["own"]} in the policy, or "csrf": "none" on the route`)
		}
	}
}

func warnOfSection(d *document.CSRF, at document.Path, w *document.Problems) {
	for i, text := range d.TrustedOrigins {
		if origin.Writable(text) {
			w.Add(at.Key("trusted_origins").Index(i), "trusts pages that anybody on the way can write", "write https, if it can be had")
		}
	}
	if d.Token != nil && !strings.HasPrefix(d.Token.SessionCookie, "__Host-") {
		w.Add(at.Key("token").Key("session_cookie"), "is "+document.Quote(d.Token.SessionCookie)+", which any page of a neighbouring host could set",
			"rename the cookie to "+document.Quote("__Host-"+strings.TrimPrefix(d.Token.SessionCookie, "__Secure-"))+", if it can be had")
	}
}

// takesCookies tells whether an identity reads a cookie.
func takesCookies(d *document.Document, names []string) bool {
	for _, name := range names {
		for _, source := range sources(d.Identities[name]) {
			if source.Cookie != "" {
				return true
			}
		}
	}
	return false
}

func sources(d document.Identity) []document.Source {
	switch {
	case d.JWT != nil:
		return d.JWT.From
	case d.Introspection != nil:
		return d.Introspection.From
	case d.APIKey != nil:
		return d.APIKey.From
	}
	return nil
}
