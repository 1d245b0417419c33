package webhook

import (
	"crypto/subtle"
	"hash"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/signature"
)

// delivery is one request while it is judged. It is pooled with its hashes, whose
// keys are set up once.
type delivery struct {
	worker *Worker

	variant    int
	message    signature.Message
	time       int64
	timestamps int
	shown      [maxSignatures]shown
	signatures int
	ed25519    int

	before []byte // what is signed before the body
	size   int64  // of the body, so far

	macs   [][]hash.Hash // by variant and key; nil where the key makes no HMAC
	first  hash.Hash     // of the mark, where the variant's own HMAC is another
	sum    [signature.MaxSize]byte
	marked marked

	// Twilio's.
	form   bool   // the body is said to be a form
	hash   string // of the body, from the address
	hashed bool
}

func (d *delivery) guard() *Guard { return d.worker.guard }

// of is the variant that the request uses.
func (d *delivery) of() *signature.Variant { return &d.guard().scheme.Variants[d.variant] }

// reset makes d ready for another request; it keeps the memory.
func (d *delivery) reset() {
	*d = delivery{worker: d.worker, before: d.before[:0], macs: d.macs, first: d.first, marked: marked{key: d.marked.key[:0]}}
}

// begin starts the hashes of the variant.
func (d *delivery) begin() {
	d.prepare()
	for _, m := range d.macs[d.variant] {
		if m != nil {
			m.Reset()
			m.Write(d.before)
		}
	}
	if d.marksApart() {
		d.first.Reset()
		d.first.Write(d.before)
	}
}

// prepare makes the hashes of the variant where this delivery never had them.
func (d *delivery) prepare() {
	g := d.guard()
	if d.macs[d.variant] == nil {
		macs := make([]hash.Hash, len(g.keys))
		for k, way := range d.worker.ways[d.variant] {
			if way >= 0 {
				macs[k] = g.keys[k].MAC(d.of().Ways[way].Algorithm)
			}
		}
		d.macs[d.variant] = macs
	}
	if d.first == nil && d.marksApart() {
		d.first = g.keys[0].MAC(g.scheme.Variants[0].Ways[d.worker.ways[0][0]].Algorithm)
	}
}

// marksApart tells whether the mark is made by an HMAC of its own: it is the first
// variant's, or a delivery with signatures of two variants would have two marks.
func (d *delivery) marksApart() bool {
	g, ways := d.guard(), d.worker.ways
	if g.remember == 0 || d.variant == 0 || g.keys[0].Asymmetric() || ways[d.variant][0] < 0 {
		return false
	}
	return g.scheme.Variants[0].Ways[ways[0][0]].Algorithm != d.of().Ways[ways[d.variant][0]].Algorithm
}

// Read implements guard.BodyReader.
func (d *delivery) Read(_ *guard.Request, chunk []byte) guard.Verdict {
	if d.size += int64(len(chunk)); d.size > d.guard().maxBody {
		return guard.Deny(guard.BodyTooLarge)
	}
	if d.guard().scheme.Form {
		return guard.Allow() // judged as a whole
	}
	d.write(chunk)
	return guard.Allow()
}

func (d *delivery) write(b []byte) {
	for _, m := range d.macs[d.variant] {
		if m != nil {
			m.Write(b)
		}
	}
	if d.marksApart() {
		d.first.Write(b)
	}
}

// Judge implements guard.BodyReader. The time is compared again: a body that
// trickles in could outlive the marks of its first delivery.
func (d *delivery) Judge(r *guard.Request) guard.Verdict {
	if reason := d.inTime(r.Now); reason != guard.Allowed {
		return deny(reason)
	}
	defer d.worker.keep()
	var key int
	var reason guard.Reason
	if d.guard().scheme.Form {
		key, reason = d.judgeForm(r)
	} else {
		key, reason = d.judgeText(r)
	}
	if reason == guard.Allowed {
		reason = d.once(r)
	}
	if reason != guard.Allowed {
		return deny(reason)
	}
	g := d.guard()
	r.World.Count(g.matched[key])
	r.Caller = guard.Caller{Identity: Identity, Client: g.name, Key: g.labels[key]}
	return guard.Allow()
}

func deny(reason guard.Reason) guard.Verdict {
	v := guard.Deny(reason)
	switch reason {
	case guard.SignatureMissing, guard.SignatureMalformed, guard.SignatureInvalid, guard.WebhookTimestamp:
		v.Challenge = challenge
	case guard.WebhookUnavailable:
		v.RetryAfter = retryAfter
	}
	return v
}

// judgeText returns the place of the secret that a signature fits.
func (d *delivery) judgeText(r *guard.Request) (key int, reason guard.Reason) {
	d.worker.content = d.guard().scheme.Signed.After(d.worker.content[:0], &d.message)
	d.write(d.worker.content)
	key = -1
	for k, m := range d.macs[d.variant] {
		if m != nil && d.shows(d.worker.ways[d.variant][k], m.Sum(d.sum[:0])) && key < 0 {
			key = k
		}
	}
	if key < 0 && d.ed25519 > 0 {
		return d.judgeEd25519(r)
	}
	if key < 0 {
		return 0, guard.SignatureInvalid
	}
	return key, d.mark(r)
}

// shows tells whether the request shows a signature. It compares all, in constant
// time.
func (d *delivery) shows(way int, want []byte) bool {
	found := 0
	for i := range d.signatures {
		if s := &d.shown[i]; s.way == way {
			found |= subtle.ConstantTimeCompare(s.bytes[:len(want)], want)
		}
	}
	return found == 1
}
