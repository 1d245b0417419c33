package csrf

import (
	"slices"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/origin"
)

// sender is whose page sent a request. The zero value is a stranger's.
type sender uint8

const (
	stranger sender = iota
	unsaid          // nothing says so
	itself          // a page of the same origin, or who uses the browser himself
	trusted         // a page of a trusted origin
)

// sent finds out whose page sent a request. What says most is asked first; what
// cannot be read, or stands twice, is a stranger's.
func sent(r *guard.Request, trusts []origin.Origin) sender {
	site, count := r.Get("sec-fetch-site")
	switch {
	case count == 0:
		return sentByOrigin(r, trusts)
	case count == 1 && (site == "same-origin" || site == "none"): // Fetch Metadata, section 2.4
		return itself
	case count == 1 && (site == "same-site" || site == "cross-site"):
		if text, n := r.Get("origin"); n == 1 {
			return ofOrigin(text, trusts, r)
		}
	}
	return stranger
}

// ofOrigin tells whether a page that is not of the same origin is a trusted one.
func ofOrigin(text string, trusts []origin.Origin, r *guard.Request) sender {
	if o, ok := origin.Parse(text, &r.Scratch); ok && slices.Contains(trusts, o) {
		return trusted
	}
	return stranger
}

// sentByOrigin asks Origin, or else Referer, which older browsers send and those
// that call over plain HTTP. The scheme counts: a page of http://, which anybody on
// the way can write, is not one of https://.
func sentByOrigin(r *guard.Request, trusts []origin.Origin) sender {
	parse := origin.Parse
	text, count := r.Get("origin")
	if count == 0 {
		parse = origin.ParseReferer
		text, count = r.Get("referer")
	}
	if count == 0 {
		return unsaid
	}
	o, ok := parse(text, &r.Scratch)
	own, known := origin.Own(r)
	switch {
	case count > 1 || !ok:
		return stranger
	case known && o == own:
		return itself
	case slices.Contains(trusts, o):
		return trusted
	}
	return stranger
}
