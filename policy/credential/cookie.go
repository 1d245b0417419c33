package credential

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// cookieHeader is where cookies stand (RFC 6265 section 4.2). HTTP/2 may split
// it into several fields.
const cookieHeader = "cookie"

// cutCookie returns the first pair of a Cookie field, as it stands and as name
// and value, and what follows it.
func cutCookie(field string) (pair, name, value, rest string, more bool) {
	pair, rest, more = strings.Cut(field, ";")
	name, value, _ = strings.Cut(pair, "=")
	return pair, trimOdd(name), trimSpace(value), rest, more
}

// readCookie returns the value of a cookie in one field and how often it is
// there.
func readCookie(field, name string) (value string, count int) {
	for more := true; more; {
		var key, v string
		_, key, v, field, more = cutCookie(field)
		if key == name {
			if count == 0 {
				value = v
			}
			count++
		}
	}
	return value, count
}

// withoutCookies appends a field to dst without the cookies that drop names.
func withoutCookies(dst []byte, field string, drop func(name string) bool) []byte {
	first := true
	for more := true; more; {
		var pair, name string
		pair, name, _, field, more = cutCookie(field)
		if drop(name) || trimSpace(pair) == "" {
			continue
		}
		if !first {
			dst = append(dst, "; "...)
		}
		dst, first = append(dst, trimSpace(pair)...), false
	}
	return dst
}

// rewriteCookies records the fields of cookies without those that drop names.
func rewriteCookies(r *guard.Request, drop func(name string) bool) {
	r.Upstream.Remove(cookieHeader)
	for i := range r.Headers {
		if r.Headers[i].Name != cookieHeader {
			continue
		}
		if rest := r.Scratch.Keep(withoutCookies(r.Scratch.Free(), r.Headers[i].Value, drop)); rest != "" {
			r.Upstream.Add(cookieHeader, rest)
		}
	}
}
