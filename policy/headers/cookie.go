package headers

import "strings"

// The bounds of RFC 6265bis section 5.6: browsers drop a cookie whose name and
// value are longer together, and pass over an attribute whose value is longer.
// maxField bounds all of it.
const (
	maxPair      = 4096
	maxAttribute = 1024
	maxField     = 8192
)

// sameSite is how far a cookie is kept from other sites' requests.
type sameSite uint8

const (
	unsaid sameSite = iota // or a word that is none
	crossSite
	lax
	strict
)

var sameSiteNames = map[string]sameSite{"": unsaid, "none": crossSite, "lax": lax, "strict": strict}

var sameSiteAttributes = [...]string{crossSite: "; SameSite=None", lax: "; SameSite=Lax", strict: "; SameSite=Strict"}

// cookie is what one Set-Cookie field says, as browsers read it (RFC 6265bis
// section 5.6).
type cookie struct {
	name        string
	pair        string // name=value, as it stands
	attributes  string // what follows; begins with ';' or is empty
	secure      bool
	httpOnly    bool
	partitioned bool
	domain      bool
	paths       int
	root        bool     // a path is "/"
	sameSites   int      // how often SameSite stands there
	sameSite    sameSite // the strictest of them
}

// readCookie reads a Set-Cookie field. It is not ok where browsers take no
// cookie from it, or one without a name: that can pass for a cookie of any name
// where it is sent back.
func readCookie(field string) (c cookie, ok bool) {
	if len(field) > maxField || controls(field) {
		return c, false
	}
	end := strings.IndexByte(field, ';')
	if end < 0 {
		end = len(field)
	}
	c.pair, c.attributes = field[:end], field[end:]
	name, value, hasName := strings.Cut(c.pair, "=")
	c.name = trim(name)
	if !hasName || c.name == "" || len(c.name)+len(trim(value)) > maxPair {
		return c, false
	}
	for rest := c.attributes; rest != ""; {
		var attribute string
		attribute, rest = nextAttribute(rest)
		c.take(attribute)
	}
	return c, true
}

// nextAttribute returns the first attribute, its ';' included, and what follows.
func nextAttribute(s string) (attribute, rest string) {
	if end := strings.IndexByte(s[1:], ';'); end >= 0 {
		return s[:end+1], s[end+1:]
	}
	return s, ""
}

// splitAttribute returns the parts of an attribute. One that browsers pass over
// has no name.
func splitAttribute(attribute string) (name, value string) {
	name, value, _ = strings.Cut(attribute[1:], "=")
	if value = trim(value); len(value) > maxAttribute {
		return "", ""
	}
	return trim(name), value
}

func (c *cookie) take(attribute string) {
	name, value := splitAttribute(attribute)
	switch {
	case is(name, "secure"):
		c.secure = true
	case is(name, "httponly"):
		c.httpOnly = true
	case is(name, "partitioned"):
		c.partitioned = true
	case is(name, "domain"):
		c.domain = true
	case is(name, "path"):
		c.paths++
		c.root = value == "/"
	case is(name, "samesite"):
		c.sameSites++
		c.sameSite = max(c.sameSite, readSameSite(value))
	}
}

func readSameSite(value string) sameSite {
	switch {
	case is(value, "strict"):
		return strict
	case is(value, "lax"):
		return lax
	case is(value, "none"):
		return crossSite
	}
	return unsaid
}

// begins tells whether the cookie's name has a prefix that browsers act on,
// which they compare without case (RFC 6265bis section 4.1.3).
func (c *cookie) begins(prefix string) bool {
	return len(c.name) >= len(prefix) && is(c.name[:len(prefix)], prefix)
}

// controls tells whether a field has a byte for which browsers drop it.
func controls(s string) bool {
	for i := range len(s) {
		if b := s[i]; b < ' ' && b != '\t' || b == 0x7f {
			return true
		}
	}
	return false
}

// is compares with a word in lower case, as browsers do: in ASCII alone. What
// strings.EqualFold takes for a "secure" with a long s is none to them.
func is(s, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i := range len(s) {
		b := s[i]
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		if b != word[i] {
			return false
		}
	}
	return true
}

func trim(s string) string { return strings.Trim(s, " \t") }
