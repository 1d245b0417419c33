package bound

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"
	"time"
	"unsafe"

	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/jose"
	"sallyport.dev/sallyport/policy/replay"
)

// header carries a proof, nonceHeader the nonce for the next one.
const (
	header      = "dpop"
	nonceHeader = "dpop-nonce"
)

// proofType is the type of a proof (RFC 9449 section 4.2).
const proofType = "dpop+jwt"

// The bounds of a proof. An RSA key of 8192 bits and its signature take 3.5 KiB.
var (
	proofBounds = jose.Bounds{Token: 8 << 10, Header: 4 << 10}
	claimBounds = claims.Bounds{Bytes: 6 << 10, Values: 64, Depth: 4}
)

// maxJTI bounds the name of a proof, in bytes.
const maxJTI = 256

// retryAfter is when a page may have room again.
const retryAfter = time.Second

// proofs is what an identity asks of proofs. It is immutable. A nil *proofs
// denies.
type proofs struct {
	algorithms   jose.Algorithms
	origins      []origin
	past, future int64 // how far iat may be from now, nanoseconds
	nonce        *nonce
	keeps        bool

	params, invalid, wantsNonce string // challenges
}

// deny refuses a proof, and says that it is the proof (RFC 9449 section 7.1).
func (d *proofs) deny(reason guard.Reason) guard.Verdict {
	v := guard.Deny(reason)
	v.Challenge = d.invalid
	return v
}

// check judges the proof that comes with a token, by RFC 9449 section 4.3, and
// marks it as used.
func (d *proofs) check(r *guard.Request, t *Token, st *State) guard.Verdict {
	if d == nil || st == nil {
		return guard.Verdict{}
	}
	if t.Source != source { // as a bearer token: section 7.2
		return guard.Deny(guard.TokenNotBound)
	}
	value, count := r.Get(header)
	if count != 1 {
		return d.deny(guard.ProofInvalid)
	}
	payload, v := d.verify(r, value, &t.Confirmation.jkt)
	if !v.Allows() {
		return v
	}
	c, err := claims.Parse(payload, claimBounds)
	if err != nil || !d.about(r, c) || !proves(c, t.Text) {
		return d.deny(guard.ProofInvalid)
	}
	return d.once(r, t, c, st)
}

// verify reads a proof and checks its signature, by the key in it, which must be
// the one of the token.
func (d *proofs) verify(r *guard.Request, proof string, named *print) (payload []byte, v guard.Verdict) {
	token, err := jose.Parse(proof, proofBounds)
	if err != nil || token.Header.Type != proofType || token.Header.JWK == nil || !d.algorithms.Has(token.Header.Algorithm) {
		return nil, d.deny(guard.ProofInvalid)
	}
	key, err := jose.ParseKey(token.Header.JWK) // refuses private keys and secrets
	if err != nil {
		return nil, d.deny(guard.ProofInvalid)
	}
	if sum := key.Thumbprint(); subtle.ConstantTimeCompare(sum[:], named.sum[:]) != 1 {
		return nil, guard.Deny(guard.TokenNotBound)
	}
	err = key.Verify(r.World, token, d.algorithms)
	switch {
	case err == nil:
		return token.Payload, guard.Allow()
	case errors.Is(err, jose.ErrSignature) || errors.Is(err, jose.ErrAlgorithm):
		return nil, d.deny(guard.ProofInvalid)
	default:
		return nil, guard.Deny(guard.HostError)
	}
}

// about tells whether a proof is for this request, and of now.
func (d *proofs) about(r *guard.Request, c *claims.Set) bool {
	htm, _ := c.Text("htm")
	htu, _ := c.Text("htu")
	iat, dated := c.Date("iat")
	if htm == "" || htm != r.Method || !dated || iat > r.Now+d.future || iat < r.Now-d.past {
		return false
	}
	u, ok := parseURI(htu, &r.Scratch)
	return ok && u.path == r.Path && d.called(u.origin, r.Host)
}

// called tells whether clients call the host of the request by an address. Where
// there is one address, what a proxy before this one made of the host is nothing
// to its clients. Of several it is the one that was called, so that a proof for
// one API is none for another.
func (d *proofs) called(o origin, host string) bool {
	return slices.Contains(d.origins, o) && (len(d.origins) == 1 || o.host == host)
}

// proves tells whether a proof is for this token: ath is its SHA-256.
func proves(c *claims.Set, token string) bool {
	ath, _ := c.Text("ath")
	sum := sha256.Sum256(unsafe.Slice(unsafe.StringData(token), len(token)))
	var want [43]byte
	encoding.Encode(want[:], sum[:])
	return token != "" && subtle.ConstantTimeCompare([]byte(ath), want[:]) == 1
}

// once asks for a nonce, and that the proof was not used before. That comes last:
// only what is right in every other way is remembered.
func (d *proofs) once(r *guard.Request, t *Token, c *claims.Set, st *State) guard.Verdict {
	jti, _ := c.Text("jti")
	iat, dated := c.Date("iat")
	if jti == "" || len(jti) > maxJTI || !dated {
		return d.deny(guard.ProofInvalid)
	}
	if v := d.checkNonce(r, c, st); !v.Allows() {
		return v
	}
	out, err := st.use(r, &t.Confirmation.jkt.sum, jti, iat+d.past+1)
	switch {
	case err == nil && out == replay.Marked:
		if !d.keeps {
			r.Upstream.Remove(header)
		}
		return guard.Allow()
	case err == nil && out == replay.Replayed:
		return d.deny(guard.ProofReplayed)
	default:
		v := guard.Deny(guard.ReplayUnavailable)
		v.RetryAfter = retryAfter
		return v
	}
}

// checkNonce asks for a nonce where the policy does. The client is told of a new
// one when it lacks one, and when there is a newer one than its own (RFC 9449
// section 8.2).
func (d *proofs) checkNonce(r *guard.Request, c *claims.Set, st *State) guard.Verdict {
	if d.nonce == nil {
		return guard.Allow()
	}
	shown, _ := c.Text("nonce")
	f := d.nonce.judge(shown, r.Now, st)
	if f != current {
		r.Response.Replace(nonceHeader, d.nonce.at(r.Now, st))
	}
	if f == foreign {
		v := guard.Deny(guard.ProofNonce)
		v.Challenge = d.wantsNonce
		return v
	}
	return guard.Allow()
}
