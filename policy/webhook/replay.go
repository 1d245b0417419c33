package webhook

import (
	"crypto/sha256"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/replay"
)

// marked is the mark of a delivery.
type marked struct {
	key       []byte // what stands for the delivery, then the name of the route
	made      bool
	responded bool
}

// mark computes what stands for the delivery: the HMAC under the first secret,
// whichever fitted, or with Ed25519, whose signatures can be many, the hash of
// what was signed.
func (d *delivery) mark(r *guard.Request) guard.Reason {
	g := d.guard()
	if g.remember == 0 {
		return guard.Allowed
	}
	switch {
	case g.keys[0].Asymmetric():
		text, ok := d.whole(r)
		if !ok {
			return guard.HostError
		}
		sum := sha256.Sum256(text)
		d.marked.key = append(d.marked.key[:0], sum[:]...)
	case d.marksApart():
		d.marked.key = d.first.Sum(d.marked.key[:0])
	case d.macs[d.variant][0] == nil: // a placeholder
		return guard.WebhookUnavailable
	default:
		d.marked.key = d.macs[d.variant][0].Sum(d.marked.key[:0])
	}
	return guard.Allowed
}

// once marks the delivery; a mark that is there already is a replay.
func (d *delivery) once(r *guard.Request) guard.Reason {
	if d.guard().remember == 0 {
		return guard.Allowed
	}
	d.marked.key = append(d.marked.key, d.guard().name...)
	out, err := d.worker.memory.Mark(r, d.marked.key, r.Now+d.guard().remember)
	switch {
	case err == nil && out == replay.Marked:
		d.marked.made = true
		return guard.Allowed
	case err == nil && out == replay.Replayed:
		return guard.WebhookReplayed
	}
	return guard.WebhookUnavailable
}

// Respond implements guard.Follower. A sender delivers again what was not answered
// with 2xx, byte for byte, and must be let in then.
func (d *delivery) Respond(r *guard.Request) error {
	if !d.marked.made {
		return nil
	}
	d.marked.responded = true
	status, _, err := r.World.ResponseHeader(":status")
	if err != nil || len(status) == 3 && status[0] == '2' {
		return err // unknown: the mark stays
	}
	return d.takeBack(r)
}

// End implements guard.Follower: what nobody answered is delivered again too.
func (d *delivery) End(r *guard.Request) (err error) {
	if d.marked.made && !d.marked.responded {
		err = d.takeBack(r)
	}
	d.worker.release(d)
	return err
}

func (d *delivery) takeBack(r *guard.Request) error {
	d.marked.made = false
	return d.worker.memory.Unmark(r, d.marked.key)
}
