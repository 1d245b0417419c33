package signature

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

// Algorithm is how a text is signed. The zero value signs nothing.
type Algorithm uint8

// The algorithms.
const (
	none Algorithm = iota
	HMACSHA256
	HMACSHA512
	HMACSHA1
	Ed25519
)

var algorithms = map[string]Algorithm{"hmac-sha256": HMACSHA256, "hmac-sha512": HMACSHA512, "hmac-sha1": HMACSHA1, "ed25519": Ed25519}

// MaxSize is the length of the longest signature, in bytes.
const MaxSize = 64

// Size is the length of a signature, in bytes.
func (a Algorithm) Size() int {
	switch a {
	case HMACSHA256:
		return sha256.Size
	case HMACSHA1:
		return sha1.Size
	}
	return MaxSize // HMAC-SHA-512 and Ed25519
}

// mac returns a fresh HMAC; nil for an algorithm that is none.
func (a Algorithm) mac(secret []byte) hash.Hash {
	switch a {
	case HMACSHA256:
		return hmac.New(sha256.New, secret)
	case HMACSHA512:
		return hmac.New(sha512.New, secret)
	case HMACSHA1:
		return hmac.New(sha1.New, secret)
	}
	return nil
}

// Way is a way in which a signature is written. The prefix stands before it.
type Way struct {
	Algorithm Algorithm
	Encoding  Encoding
	Prefix    string
}

// Place is where a timestamp stands: in a header, behind a prefix. Header empty:
// nowhere.
type Place struct{ Header, Prefix string }

// Variant is one set of headers in which a delivery is signed.
type Variant struct {
	Signature string // the header of signatures
	// Separator stands between the elements of that header, of which each is a
	// signature that one of the Ways begins. 0: the header is one signature.
	Separator byte
	Ways      []Way
	Timestamp Place // in the header of signatures: one of its elements
	ID        string
}

// Scheme is how a sender signs. It is immutable.
type Scheme struct {
	Name     string
	Variants []Variant // the first is the one that is signed with
	// Exclusive: headers of two variants in one request contradict each other.
	// Else the first variant that is there counts.
	Exclusive bool
	Signed    Template
	Unit      Unit
	// Form: what is signed is not Signed but the address and, sorted, the fields
	// of a form, as Twilio does it.
	Form bool

	secrets secretForm
	url     string // the address that is called, as the policy says; empty: the request's own
}

// Timed tells whether a timestamp is signed.
func (s *Scheme) Timed() bool { return s.Variants[0].Timestamp.Header != "" }

// Identified tells whether a delivery has an id.
func (s *Scheme) Identified() bool { return s.Variants[0].ID != "" }

// CallsURL tells whether the address is signed.
func (s *Scheme) CallsURL() bool { return s.Form || s.Signed.has(partURL) }

// Headers returns the names of all headers that a variant may have.
func (v *Variant) Headers() []string {
	names := []string{v.Signature}
	if v.Timestamp.Header != "" && v.Timestamp.Header != v.Signature {
		names = append(names, v.Timestamp.Header)
	}
	if v.ID != "" {
		names = append(names, v.ID)
	}
	return names
}
