package csrf

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// cookies is what the guard needs to know of the cookies of a request.
type cookies struct {
	any            bool
	token, session cookie
}

// cookie is one that was looked for.
type cookie struct {
	value   string
	exact   int // how often it is there
	similar int // how often there is what some server takes for it
}

// doubled tells whether another server could read another value than this one: a
// neighbouring subdomain can set cookies for a whole site ("cookie tossing").
func (c *cookie) doubled() bool { return c.exact+c.similar > 1 }

// readCookies reads all fields of cookies (RFC 6265 section 5.4; HTTP/1.1 may
// bring several, Envoy joins those of HTTP/2), once and in one go. An empty name is
// not looked for.
func readCookies(r *guard.Request, token, session string) (c cookies) {
	for i := range r.Headers {
		if r.Headers[i].Name != "cookie" {
			continue
		}
		for field, more := r.Headers[i].Value, true; more; {
			var pair string
			pair, field, more = strings.Cut(field, ";")
			if pair = trim(pair); pair != "" {
				c.any = true
				c.token.see(pair, token)
				c.session.see(pair, session)
			}
		}
	}
	return c
}

// see looks at one pair. Old servers part pairs by commas too (RFC 2109 section
// 4.4), so what follows one counts, but its value is nobody's.
func (c *cookie) see(pair, want string) {
	if want == "" {
		return
	}
	name, value, _ := strings.Cut(pair, "=")
	if trim(name) == want {
		c.exact++
		c.value = trim(value)
	} else if similar(pair, want) {
		c.similar++
	}
	for _, rest, more := strings.Cut(pair, ","); more; _, rest, more = strings.Cut(rest, ",") {
		if similar(rest, want) {
			c.similar++
		}
	}
}

// similar tells whether some server takes the name of a pair for another:
// decoded, in other case, with '_' for what a variable's name cannot have (PHP),
// without what it has for white space, or without '=' before it, where browsers
// put a cookie that has no name.
func similar(pair, want string) bool {
	pair = strings.TrimLeftFunc(pair, func(c rune) bool { return c <= ' ' || c == '=' || c >= 0x7f })
	name, _, _ := strings.Cut(pair, "=")
	name = strings.TrimRightFunc(name, func(c rune) bool { return c <= ' ' || c >= 0x7f })
	for i := range len(want) {
		c, size := nextByte(name)
		if size == 0 || fold(c) != fold(want[i]) {
			return false
		}
		name = name[size:]
	}
	return name == ""
}

// nextByte decodes the first byte of a name; size is 0 where there is none.
func nextByte(name string) (c byte, size int) {
	if name == "" {
		return 0, 0
	}
	if name[0] == '%' && len(name) > 2 {
		high, ok := digit(name[1])
		low, also := digit(name[2])
		if ok && also {
			return high<<4 | low, 3
		}
	}
	return name[0], 1
}

func digit(c byte) (value byte, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

func fold(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	case c == ' ' || c == '.' || c == '[' || c == '+':
		return '_'
	}
	return c
}

// trim removes optional white space (RFC 9110 section 5.6.3).
func trim(s string) string { return strings.Trim(s, " \t") }
