package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/signature"
)

// whole puts what is signed together, in the worker's memory. The body is asked of
// the proxy only now: kept from its first piece, the bodies of everybody who sends
// slowly would fill the VM.
func (d *delivery) whole(r *guard.Request) ([]byte, bool) {
	body, err := r.World.Body()
	if err != nil || int64(len(body)) != d.size {
		return nil, false
	}
	w := d.worker
	w.content = append(append(w.content[:0], d.before...), body...)
	w.content = d.guard().scheme.Signed.After(w.content, &d.message)
	return w.content, true
}

// judgeEd25519 returns the place of the public key that a signature fits.
func (d *delivery) judgeEd25519(r *guard.Request) (key int, reason guard.Reason) {
	text, ok := d.whole(r)
	if !ok {
		return 0, guard.HostError
	}
	g := d.guard()
	for k := range g.keys {
		way := d.worker.ways[d.variant][k]
		if way < 0 || !g.keys[k].Asymmetric() {
			continue
		}
		for i := range d.signatures {
			if s := &d.shown[i]; s.way == way && g.keys[k].Verify(text, s.bytes[:]) {
				return k, d.mark(r)
			}
		}
	}
	return 0, guard.SignatureInvalid
}

// judgeForm judges by Twilio's rule: the address and the fields of the form, or the
// address alone, which then names the hash of the body.
func (d *delivery) judgeForm(r *guard.Request) (key int, reason guard.Reason) {
	body, err := r.World.Body()
	if err != nil || int64(len(body)) != d.size {
		return 0, guard.HostError
	}
	w := d.worker
	bare, ported := signature.Addresses(w.content[:0], w.other[:0], d.message.URL)
	switch {
	case d.hashed:
		if !isHash(body, d.hash) {
			return 0, guard.SignatureInvalid
		}
	case len(body) == 0:
	case !d.form || !w.form.Read(body):
		// A signature over names and values without anything between them fits other
		// texts too: what is not said to be a form is not read as one.
		return 0, guard.SignatureMalformed
	default:
		bare, ported = w.form.Append(bare), w.form.Append(ported)
	}
	w.content, w.other = bare, ported
	return d.judgeAddresses()
}

// judgeAddresses compares with both forms of the address. The mark is over the
// first, whichever was signed.
func (d *delivery) judgeAddresses() (key int, reason guard.Reason) {
	d.prepare()
	key = -1
	for k, m := range d.macs[d.variant] {
		if m == nil {
			return 0, guard.WebhookUnavailable // a placeholder
		}
		for _, text := range [2][]byte{d.worker.other, d.worker.content} {
			m.Reset()
			m.Write(text)
			if sum := m.Sum(d.sum[:0]); d.shows(d.worker.ways[d.variant][k], sum) && key < 0 {
				key = k
			}
		}
		if k == 0 {
			d.marked.key = append(d.marked.key[:0], d.sum[:signature.HMACSHA1.Size()]...)
		}
	}
	if key < 0 {
		return 0, guard.SignatureInvalid
	}
	return key, guard.Allowed
}

func isHash(body []byte, want string) bool {
	sum := sha256.Sum256(body)
	var text [2 * sha256.Size]byte
	hex.Encode(text[:], sum[:])
	if len(want) != len(text) {
		return false
	}
	var shown [2 * sha256.Size]byte
	copy(shown[:], want)
	return subtle.ConstantTimeCompare(text[:], shown[:]) == 1
}
