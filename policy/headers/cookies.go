package headers

import (
	"slices"
	"strconv"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

const setCookie = "set-cookie"

// maxCookies bounds the cookies of one response.
const maxCookies = 64

// cookies is what is demanded of every cookie that leaves.
type cookies struct {
	secure   bool
	httpOnly bool
	sameSite sameSite
	readable []string // cookies that stay readable by scripts
	dropped  guard.Metric
}

// compileCookies returns nil where cookies are left alone.
func compileCookies(d *document.Cookies, at document.Path, p *document.Problems) *cookies {
	if d == nil {
		return nil
	}
	c := &cookies{secure: d.Secure, httpOnly: d.HTTPOnly, sameSite: sameSiteNames[d.SameSite], readable: slices.Clone(d.Readable)}
	if c.sameSite == crossSite && !c.secure {
		p.Add(at.Key("same_site"), `is "none", which browsers take only from secure cookies`, `write "secure": true beside it`)
	}
	if len(c.readable) > 0 && !c.httpOnly {
		p.Add(at.Key("readable"), "excepts from what is not demanded", `write "http_only": true beside it, or remove it`)
	}
	for i, name := range c.readable {
		if !token(name) || slices.Index(c.readable, name) < i {
			p.Add(at.Key("readable").Index(i), "is "+strconv.Quote(name)+", which is no cookie's name, or stands there already", "write each name once")
		}
	}
	return c
}

// harden records the cookies of a response as they may leave. Those that are
// right stay as they are, byte for byte; where all are, nothing is recorded.
func (c *cookies) harden(r *guard.Request, headers []guard.Header) {
	before, changed, seen := len(r.Hardening), false, 0
	r.Hardening.Remove(setCookie)
	for i := range headers {
		if headers[i].Name != setCookie {
			continue
		}
		field := headers[i].Value
		if seen++; seen > maxCookies {
			field = ""
		}
		hard, ok := c.field(r, field)
		changed = changed || !ok || hard != field
		if !ok {
			r.World.Count(c.dropped)
			continue
		}
		r.Hardening.Add(setCookie, hard)
	}
	if !changed {
		r.Hardening = r.Hardening[:before]
	}
}

// field returns one Set-Cookie field as it may leave; it is not ok where none may.
func (c *cookies) field(r *guard.Request, field string) (string, bool) {
	has, ok := readCookie(field)
	if !ok {
		return "", false
	}
	n := c.needs(&has)
	if n == (needs{}) {
		return field, true
	}
	return r.Scratch.Keep(n.write(r.Scratch.Free(), &has)), true
}

// needs is what a cookie lacks. The zero value is one that is right.
type needs struct {
	secure   bool
	httpOnly bool
	sameSite sameSite // in the place of what it says
	noDomain bool
	root     bool // the path "/" in the place of what it says
}

// needs tells what a cookie lacks: what the policy demands, and what browsers
// demand of its name (RFC 6265bis section 4.1.3), of SameSite=None and of
// Partitioned, without which they drop it.
func (c *cookies) needs(has *cookie) (n needs) {
	host, script := has.begins("__host-"), has.begins("__http-") || has.begins("__host-http-")
	site := has.sameSite
	if c.sameSite != unsaid {
		if site = max(has.sameSite, c.sameSite); site != has.sameSite || has.sameSites > 1 {
			n.sameSite = site
		}
	}
	n.secure = !has.secure && (c.secure || host || script || has.begins("__secure-") || has.partitioned || site == crossSite)
	n.httpOnly = !has.httpOnly && (script || c.httpOnly && !slices.Contains(c.readable, has.name))
	n.noDomain = host && has.domain
	n.root = host && (has.paths != 1 || !has.root)
	return n
}

// write writes a cookie with what it lacks. Name, value and all that is right
// stay as they stand.
func (n needs) write(b []byte, has *cookie) []byte {
	b = append(b, has.pair...)
	for rest := has.attributes; rest != ""; {
		var attribute string
		if attribute, rest = nextAttribute(rest); !n.replaces(attribute) {
			b = append(b, attribute...)
		}
	}
	if n.root {
		b = append(b, "; Path=/"...)
	}
	if n.secure {
		b = append(b, "; Secure"...)
	}
	if n.httpOnly {
		b = append(b, "; HttpOnly"...)
	}
	return append(b, sameSiteAttributes[n.sameSite]...)
}

// replaces tells whether an attribute makes room.
func (n needs) replaces(attribute string) bool {
	name, _ := splitAttribute(attribute)
	return n.noDomain && is(name, "domain") || n.root && is(name, "path") || n.sameSite != unsaid && is(name, "samesite")
}
