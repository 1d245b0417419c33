package bound

import (
	"crypto/sha256"
	"encoding/base64"

	"sallyport.dev/sallyport/policy/claims"
)

// Confirmation is to what a token is bound, by its claim cnf (RFC 7800 section
// 3.1). It is read once, when the token is verified, and can be kept with it. The
// zero value was not read, and is refused.
type Confirmation struct {
	read, unfit bool
	x5t, jkt    print
}

// print is a SHA-256 that a token names, or not.
type print struct {
	named bool
	sum   [sha256.Size]byte
}

// The members of cnf: RFC 8705 section 3.1 and RFC 9449 section 6.1.
const (
	memberX5T = "x5t#S256"
	memberJKT = "jkt"
)

// Read reads the claim cnf of a token that was verified.
//
// RFC 7800 has members passed over that are not understood, unless an application
// asks for more. This one does: a cnf of which no member is understood binds the
// token to something that nobody here would check.
func Read(s *claims.Set) Confirmation {
	c := Confirmation{read: s != nil}
	if !s.Has("cnf") {
		return c
	}
	members, object := s.Members("cnf")
	for _, m := range members {
		switch m.Name {
		case memberX5T:
			c.x5t = c.parse(m)
		case memberJKT:
			c.jkt = c.parse(m)
		}
	}
	c.unfit = c.unfit || !object || !c.x5t.named && !c.jkt.named
	return c
}

// encoding refuses padding and bits that are not used.
var encoding = base64.RawURLEncoding.Strict()

// parse reads the base64url of a SHA-256.
func (c *Confirmation) parse(m claims.Member) (p print) {
	p.named = true
	// The decoder passes over line breaks: the length is asked first.
	if !m.IsText || len(m.Text) != encoding.EncodedLen(len(p.sum)) {
		c.unfit = true
		return p
	}
	sum, err := encoding.DecodeString(m.Text)
	if err != nil || len(sum) != len(p.sum) {
		c.unfit = true
		return p
	}
	p.sum = [sha256.Size]byte(sum)
	return p
}

// Methods names what the token is bound by: "mtls", "dpop", both, or nothing.
func (c Confirmation) Methods() []string {
	var list []string
	if c.x5t.named {
		list = append(list, mtls)
	}
	if c.jkt.named {
		list = append(list, dpop)
	}
	return list
}
