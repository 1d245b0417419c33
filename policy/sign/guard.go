package sign

import (
	"hash"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/signature"
)

// keptContent is the most memory, in bytes, that is kept for texts that are signed
// as a whole.
const keptContent = 64 << 10

// Worker is a Guard at work in one worker. It is not safe for use by several
// goroutines at once. A nil *Worker denies.
type Worker struct {
	guard   *Guard
	free    []*request
	content []byte // used within one call only
	form    signature.Form
}

// NewWorker puts a Guard to work; nil for a nil Guard.
func NewWorker(g *Guard) *Worker {
	if g == nil {
		return nil
	}
	return &Worker{guard: g}
}

// request is one request while it is signed. It is pooled with its hash, whose key
// is set up once.
type request struct {
	worker  *Worker
	mac     hash.Hash // nil: the text is signed as a whole
	begun   bool
	message signature.Message
	size    int64
	sum     [signature.MaxSize]byte
}

// Check takes part in reading the body. The signature is made at its end.
func (w *Worker) Check(r *guard.Request) guard.Verdict {
	if w == nil || w.guard == nil {
		return guard.Verdict{}
	}
	if length, said := guard.ContentLength(r); said && length > w.guard.maxBody {
		return guard.Deny(guard.BodyTooLarge)
	}
	s := w.guard.scheme
	for _, name := range s.Signed.Headers() {
		if _, count := r.Get(name); count != 1 {
			return guard.Deny(guard.BadHeader)
		}
	}
	q := w.take()
	q.message.Request = r
	if s.Timed() {
		q.message.Timestamp = r.Scratch.Keep(s.Unit.Append(r.Scratch.Free(), r.Now))
	}
	if s.Identified() {
		id, err := signature.NewID(r.Scratch.Free(), r.World)
		if err != nil {
			w.release(q)
			return guard.Deny(guard.HostError)
		}
		q.message.ID = r.Scratch.Keep(id)
	}
	r.Readers = append(r.Readers, q)
	r.Followers = append(r.Followers, q)
	return guard.Allow()
}

func (w *Worker) take() *request {
	if n := len(w.free); n > 0 {
		q := w.free[n-1]
		w.free = w.free[:n-1]
		return q
	}
	q := &request{worker: w}
	if g := w.guard; !g.scheme.Form {
		q.mac = g.key.MAC(g.scheme.SignedBy(&g.key).Algorithm)
	}
	return q
}

func (w *Worker) release(q *request) {
	*q = request{worker: w, mac: q.mac}
	w.free = append(w.free, q)
}

// begin starts the hash, now that the path is the one that leaves.
func (q *request) begin(r *guard.Request) {
	q.begun = true
	s, w := q.worker.guard.scheme, q.worker
	if s.CallsURL() {
		q.message.URL = q.url(r)
	}
	if q.mac != nil {
		w.content = s.Signed.Before(w.content[:0], &q.message)
		q.mac.Reset()
		q.mac.Write(w.content)
	}
}

// url is the address that is called, as the request leaves.
func (q *request) url(r *guard.Request) string {
	host := r.Authority
	if q.worker.guard.hosts && r.Host != "" {
		host = r.Host
	}
	target := r.Path
	if r.Query != "" {
		target = r.Scratch.Keep(append(append(append(r.Scratch.Free(), r.Path...), '?'), r.Query...))
	}
	return q.worker.guard.scheme.URL(&r.Scratch, host, target)
}

// Read implements guard.BodyReader.
func (q *request) Read(r *guard.Request, chunk []byte) guard.Verdict {
	if q.size += int64(len(chunk)); q.size > q.worker.guard.maxBody {
		return guard.Deny(guard.BodyTooLarge)
	}
	if !q.begun {
		q.begin(r)
	}
	if q.mac != nil {
		q.mac.Write(chunk)
	}
	return guard.Allow()
}

// Judge implements guard.BodyReader.
func (q *request) Judge(r *guard.Request) guard.Verdict {
	if !q.begun {
		q.begin(r)
	}
	w, g := q.worker, q.worker.guard
	var sum []byte
	if q.mac != nil {
		w.content = g.scheme.Signed.After(w.content[:0], &q.message)
		q.mac.Write(w.content)
		sum = q.mac.Sum(q.sum[:0])
	} else {
		sum = q.sumWhole(r)
	}
	if len(sum) == 0 {
		return guard.Deny(guard.HostError)
	}
	headers, n := g.scheme.Headers(&r.Scratch, &g.key, &q.message, sum)
	for _, h := range headers[:n] {
		r.Upstream.Replace(h.Name, h.Value)
	}
	return guard.Allow()
}

// sumWhole signs what is signed as a whole; nothing where the body is not to be
// had, or is no form that could be signed.
func (q *request) sumWhole(r *guard.Request) []byte {
	body, err := r.World.Body()
	if err != nil || int64(len(body)) != q.size {
		return nil
	}
	w, g := q.worker, q.worker.guard
	defer func() {
		if cap(w.content) > keptContent {
			w.content, w.form = nil, signature.Form{}
		}
	}()
	if g.scheme.Form {
		return q.sumForm(r, body)
	}
	w.content = append(g.scheme.Signed.Before(w.content[:0], &q.message), body...)
	w.content = g.scheme.Signed.After(w.content, &q.message)
	return g.scheme.Sum(&g.key, w.content)
}

// sumForm signs by Twilio's rule. The hash of a body that is no form goes into the
// query of the request.
func (q *request) sumForm(r *guard.Request, body []byte) []byte {
	w, g := q.worker, q.worker.guard
	contentType, _ := r.Get("content-type")
	_, hashed := signature.BodyHash(q.message.URL)
	switch {
	case hashed: // not ours: it could be of any body
		return nil
	case len(body) == 0:
		w.content = append(w.content[:0], q.message.URL...)
	case signature.IsForm(contentType):
		if !w.form.Read(body) {
			return nil
		}
		w.content = w.form.Append(append(w.content[:0], q.message.URL...))
	default:
		r.Query = r.Scratch.Keep(signature.AppendBodyHash(append(r.Scratch.Free(), r.Query...), body))
		w.content = append(w.content[:0], q.url(r)...)
	}
	return g.scheme.Sum(&g.key, w.content)
}

// Respond implements guard.Follower.
func (q *request) Respond(*guard.Request) error { return nil }

// End implements guard.Follower.
func (q *request) End(*guard.Request) error {
	q.worker.release(q)
	return nil
}
