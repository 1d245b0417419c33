package hygiene

import (
	"net/netip"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// The bounds of RFC 1035 section 2.3.4, without the root's trailing dot.
const (
	maxHost  = 253
	maxLabel = 63
)

// ParseHost returns the host of an authority: lower-case, without port, an
// IPv6 literal in brackets and in the form of RFC 5952. ok is false for
// anything but one host with at most one port from 1 to 65535: several hosts
// joined with a comma, userinfo, empty or overlong labels, a trailing dot, and
// every character outside letters, digits, '-', '_' and '.'. It allocates only
// while scratch grows, and returns a part of authority where that is right
// already.
func ParseHost(authority string, scratch *guard.Scratch) (host string, ok bool) {
	if strings.HasPrefix(authority, "[") {
		return parseIPv6(authority, scratch)
	}
	name, port, hasPort := strings.Cut(authority, ":")
	if hasPort && !validPort(port) || len(name) > maxHost {
		return "", false
	}
	upper, ok := scanLabels(name)
	switch {
	case !ok:
		return "", false
	case upper:
		return lower(name, scratch), true
	}
	return name, true
}

// parseIPv6 reads "[address]" and "[address]:port".
func parseIPv6(authority string, scratch *guard.Scratch) (host string, ok bool) {
	literal, after, closed := strings.Cut(authority[1:], "]")
	if !closed || len(literal) > maxHost || after != "" && (after[0] != ':' || !validPort(after[1:])) {
		return "", false
	}
	addr, err := netip.ParseAddr(literal)
	if err != nil || !addr.Is6() || addr.Zone() != "" {
		return "", false
	}
	b := append(addr.AppendTo(append(scratch.Free(), '[')), ']')
	return scratch.Keep(b), true
}

// validPort accepts 1 to 65535 in at most five digits.
func validPort(port string) bool {
	if len(port) > 5 {
		return false
	}
	n := 0
	for i := 0; i < len(port); i++ {
		c := port[i]
		if c < '0' || c > '9' {
			return false
		}
		n = 10*n + int(c-'0')
	}
	return n > 0 && n <= 65535
}

// scanLabels checks the labels of a name and tells whether an upper-case
// letter is among them.
func scanLabels(name string) (upper, ok bool) {
	label := 0
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '.':
			if label == 0 {
				return false, false
			}
			label = 0
			continue
		case c >= 'A' && c <= 'Z':
			upper = true
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false, false
		}
		if label++; label > maxLabel {
			return false, false
		}
	}
	return upper, label > 0
}

// lower returns an ASCII name in lower case.
func lower(name string, scratch *guard.Scratch) string {
	b := scratch.Free()
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return scratch.Keep(b)
}
