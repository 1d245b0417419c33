package jose

// outside stands in sextets for a byte that is not of base64url. It is one bit more
// than a sextet has: with any of them it makes more than all of those together.
const outside = 64

// sextets is what each byte stands for in base64url (RFC 4648 section 5).
var sextets = func() (table [256]byte) {
	for i := range table {
		table[i] = outside
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range len(alphabet) {
		table[alphabet[i]] = byte(i)
	}
	return table
}()

// decodedSize is how many bytes so many characters stand for.
func decodedSize(characters int) int { return characters * 3 / 4 }

// decode returns the bytes of a part, in memory of their own. ok is false for what
// is not the one form that base64url has for some bytes: padding, white space,
// bits that are set and not used (RFC 4648 section 3.5). Each new token goes
// through here: encoding/base64 needs three functions for it, and passes over line
// breaks, which must be looked for behind it.
func decode(part string) (out []byte, ok bool) {
	out = make([]byte, decodedSize(len(part)))
	var seen byte // the bits of all sextets
	from, to := part, out
	for len(from) >= 4 && len(to) >= 3 {
		a, b, c, d := sextets[from[0]], sextets[from[1]], sextets[from[2]], sextets[from[3]]
		seen |= a | b | c | d
		to[0], to[1], to[2] = a<<2|b>>4, b<<4|c>>2, c<<6|d
		from, to = from[4:], to[3:]
	}
	switch {
	case len(from) == 0:
		return out, seen < outside
	case len(from) == 2 && len(to) == 1:
		a, b := sextets[from[0]], sextets[from[1]]
		to[0] = a<<2 | b>>4
		return out, seen|a|b < outside && b<<4 == 0
	case len(from) == 3 && len(to) == 2:
		a, b, c := sextets[from[0]], sextets[from[1]], sextets[from[2]]
		to[0], to[1] = a<<2|b>>4, b<<4|c>>2
		return out, seen|a|b|c < outside && c<<6 == 0
	}
	return nil, false // one character is no byte
}
