package document

import (
	"strconv"
	"strings"
)

// Path is a place in the document as a person writes it:
// routes[3].limits[0], identities.partners.api_key, limits["per client"].
// The empty Path is the document itself.
type Path string

// Key returns the path of a member. A name is cut, and what may be a key is left
// out of it: within an identity that is every name that is long.
func (p Path) Key(name string) Path {
	if len(name) > MaxShown && p != "identities" && p.Within("identities") {
		name = unquoted
	}
	name = short(name)
	if !plain(name) {
		return p + Path("["+strconv.Quote(name)+"]")
	}
	if p == "" {
		return Path(name)
	}
	return p + "." + Path(name)
}

// Index returns the path of an element.
func (p Path) Index(i int) Path { return p + Path("["+strconv.Itoa(i)+"]") }

// Within tells whether p is at or below another place. Everything is within
// the document itself.
func (p Path) Within(other Path) bool {
	rest, ok := strings.CutPrefix(string(p), string(other))
	return ok && (other == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// plain tells whether a name can stand behind a dot.
func plain(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '$')
	})
}
