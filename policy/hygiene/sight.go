package hygiene

// place is where a byte may stand as it is, without another look.
type place uint8

const (
	inName  place = 1 << iota // of a header, in its folded form
	inHost                    // lower-case letters, digits, '-' and '_'
	inPath                    // '/', and what stands for itself in a segment
	inQuery                   // everything but controls, space, '#' and what is not ASCII
)

var stands = places()

func places() (t [256]place) {
	for i := range t {
		c := byte(i)
		lower, other := c >= 'a' && c <= 'z', c >= '0' && c <= '9' || c == '-'
		mark := func(p place, stands bool) {
			if stands {
				t[i] |= p
			}
		}
		mark(inName, lower || other)
		mark(inHost, lower || other || c == '_')
		mark(inPath, classes[c] == plain || c == '/')
		mark(inQuery, c > ' ' && c < 0x7f && c != '#')
	}
	return t
}

// allStand tells whether every byte of a text may stand where it does.
func allStand(text string, where place) bool {
	for i := 0; i < len(text); i++ {
		if stands[text[i]]&where == 0 {
			return false
		}
	}
	return true
}

// usual tells whether a method is one of those that nearly all requests have.
func usual(method string) bool {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return true
	}
	return false
}

// canonicalHost returns where the host of an authority ends, when it is a name in
// canonical form, and no port follows or a valid one. Zero: something else stands
// there.
func canonicalHost(authority string) int {
	end, label := 0, 0
	for ; end < len(authority); end++ {
		c := authority[end]
		if stands[c]&inHost != 0 {
			continue
		}
		if c != '.' || end == label || end-label > maxLabel {
			break
		}
		label = end + 1
	}
	if end == label || end-label > maxLabel || end > maxHost {
		return 0
	}
	if end < len(authority) && (authority[end] != ':' || !validPort(authority[end+1:])) {
		return 0
	}
	return end
}

// canonicalTarget returns where the path of a target ends, when it is in canonical
// form and the query is valid: the path has no escape, no parameter, no empty
// segment, and none that begins with a dot. Zero: something else stands there.
func canonicalTarget(target string) int {
	if target == "" || target[0] != '/' {
		return 0
	}
	end := 1
	for last := byte('/'); end < len(target) && target[end] != '?'; end++ {
		c := target[end]
		if stands[c]&inPath == 0 || last == '/' && (c == '/' || c == '.') {
			return 0
		}
		last = c
	}
	if !allStand(target[end:], inQuery) {
		return 0
	}
	return end
}
