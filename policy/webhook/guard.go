package webhook

import (
	"time"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/signature"
)

// retryAfter is when shared data may have room again, or answer.
const retryAfter = 10 * time.Second

// challenge is what a 401 must come with (RFC 9110 section 15.5.2). No scheme is
// registered for webhooks.
const challenge = `Webhook realm="sallyport"`

// maxID bounds the id of a delivery, in bytes.
const maxID = 256

// Check judges the headers of a delivery. Where they are sound the verdict is that
// of the body: see delivery.
func (w *Worker) Check(r *guard.Request) guard.Verdict {
	if w == nil || w.guard == nil || len(w.guard.keys) == 0 {
		return guard.Verdict{}
	}
	d := w.take()
	if reason := d.start(r); reason != guard.Allowed {
		w.release(d)
		return deny(reason)
	}
	r.Readers = append(r.Readers, d)
	r.Followers = append(r.Followers, d)
	return guard.Allow()
}

// start reads the headers and begins what is signed.
func (d *delivery) start(r *guard.Request) guard.Reason {
	if reason := d.readHeaders(r); reason != guard.Allowed {
		return reason
	}
	if length, said := guard.ContentLength(r); said && length > d.guard().maxBody {
		return guard.BodyTooLarge
	}
	s := d.guard().scheme
	if s.CallsURL() { // as it was sent: that is what a sender signs
		d.message.URL = s.URL(&r.Scratch, r.Authority, r.Target)
	}
	d.message.Request = r
	if s.Form {
		contentType, _ := r.Get("content-type")
		d.form = signature.IsForm(contentType)
		d.hash, d.hashed = signature.BodyHash(d.message.URL)
		return guard.Allowed
	}
	d.before = s.Signed.Before(d.before[:0], &d.message)
	d.begin()
	return guard.Allowed
}

// readHeaders finds the variant, and reads signatures, timestamp and id.
func (d *delivery) readHeaders(r *guard.Request) guard.Reason {
	if reason := d.choose(r); reason != guard.Allowed {
		return reason
	}
	v := d.of()
	text, count := r.Get(v.Signature)
	if count > 1 || len(text) > maxHeader {
		return guard.SignatureMalformed
	}
	if reason := d.readSignatures(text); reason != guard.Allowed {
		return reason
	}
	for _, name := range d.guard().scheme.Signed.Headers() {
		if _, count := r.Get(name); count != 1 {
			return guard.SignatureMalformed
		}
	}
	if v.ID != "" {
		id, count := r.Get(v.ID)
		if count != 1 || id == "" || len(id) > maxID || !d.guard().scheme.Signed.Parts(id) {
			return guard.SignatureMalformed
		}
		d.message.ID = id
	}
	return d.readTimestamp(r)
}

// choose finds the set of headers by which the delivery is signed.
func (d *delivery) choose(r *guard.Request) guard.Reason {
	s, found := d.guard().scheme, -1
	for i := range s.Variants {
		v := &s.Variants[i]
		there := has(r, v.Signature) || s.Exclusive && (has(r, v.ID) || has(r, v.Timestamp.Header))
		switch {
		case there && found < 0:
			found = i
		case there && s.Exclusive:
			return guard.SignatureMalformed
		}
	}
	if found < 0 || !has(r, s.Variants[found].Signature) {
		return guard.SignatureMissing
	}
	d.variant = found
	return guard.Allowed
}

func has(r *guard.Request, name string) bool {
	_, count := r.Get(name)
	return name != "" && count > 0
}

// readTimestamp compares the time that is signed with now. Both borders of the
// tolerance are accepted, as the senders' own libraries do.
func (d *delivery) readTimestamp(r *guard.Request) guard.Reason {
	v := d.of()
	switch {
	case v.Timestamp.Header == "":
		return guard.Allowed
	case v.Timestamp.Header != v.Signature:
		text, count := r.Get(v.Timestamp.Header)
		prefix := v.Timestamp.Prefix
		if count != 1 || len(text) < len(prefix) || text[:len(prefix)] != prefix {
			return guard.SignatureMalformed
		}
		d.message.Timestamp = text[len(prefix):]
	case d.timestamps != 1:
		return guard.SignatureMalformed
	}
	var ok bool
	if d.time, ok = d.guard().scheme.Unit.Parse(d.message.Timestamp); !ok {
		return guard.SignatureMalformed
	}
	return d.inTime(r.Now)
}

func (d *delivery) inTime(now int64) guard.Reason {
	if t := d.guard().tolerance; d.of().Timestamp.Header != "" && (now-d.time > t || d.time-now > t) {
		return guard.WebhookTimestamp
	}
	return guard.Allowed
}
