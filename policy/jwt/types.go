package jwt

import "slices"

// fits tells whether a token may have that typ in its header. What a token is
// for stands there (RFC 8725 section 3.11): a logout token or a proof that the
// same issuer signs, with the same keys, is no access token.
func (u *rules) fits(typ string) bool {
	if typ == "" {
		return u.typeless
	}
	return slices.Contains(u.types, mediaType(typ))
}
