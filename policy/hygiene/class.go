package hygiene

// class is what a byte is when it stands in a path as it came.
type class uint8

// The classes. Refused comes first: a byte that nobody thought of is refused.
const (
	refused   class = iota // a control, space, '#', '?', '\' or not ASCII
	plain                  // stands for itself: pchar of RFC 3986 section 3.3, but for ';' and '%'
	separator              // '/'
	escape                 // '%'
	parameter              // ';'
	encoded                // '"', '<', '>', '[', ']', '^', '`', '{', '|', '}': in canonical form %XX
)

var classes = classify()

func classify() (t [256]class) {
	mark := func(bytes string, c class) {
		for i := 0; i < len(bytes); i++ {
			t[bytes[i]] = c
		}
	}
	mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", plain) // unreserved
	mark("!$&'()*+,=:@", plain)                                                       // sub-delims but ';', and ':' '@'
	mark(`"<>[]^`+"`{|}", encoded)
	t['/'], t['%'], t[';'] = separator, escape, parameter
	return t
}

// standsDecoded tells whether a decoded byte stands as itself in canonical
// form. ';' does: whether it may stand at all is asked elsewhere.
func standsDecoded(c byte) bool { return classes[c] == plain || c == ';' }

const upperHex = "0123456789ABCDEF"

// hexValue returns the value of a hexadecimal digit.
func hexValue(c byte) (v byte, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
