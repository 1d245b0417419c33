package apikey

import (
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/lookup"
)

// answerMost bounds an answer, in bytes.
const answerMost = 64 << 10

// keyID is where the key's id goes in the URL of a directory.
const keyID = "{key_id}"

// retryUnavailable is when a caller may ask again whose key nobody could look up.
const retryUnavailable = time.Second

// directory is a service that knows keys which are not in the policy. It is
// immutable; answers is what it said.
type directory struct {
	identity      *Identity
	reader        *document.ClientReader
	told          map[string]bool // attributes that are forwarded
	warning       document.Duration
	cluster       string
	authority     string
	before, after string // the key's id
	headers       [][2]string
	timeout       time.Duration
	fresh         int64 // nanoseconds, as all below
	absent        int64
	stale         int64 // 0: no answer serves past fresh
	events        directoryEvents
}

// directoryEvents are the counters of a directory, by what happened.
type directoryEvents struct{ asked, found, absent, failed, stale guard.Metric }

// compileDirectory reads the section.
func (c *compiler) compileDirectory(d *document.Directory, at document.Path, secret func(document.Secret, document.Path) []byte) *directory {
	out := &directory{
		identity: c.Identity, reader: document.NewClientReader(), told: c.told, warning: c.warning, cluster: d.Cluster,
		headers: [][2]string{{"accept", "application/json"}},
		timeout: time.Duration(d.Timeout), fresh: int64(d.Cache), absent: int64(d.NegativeCache), stale: int64(d.Stale),
	}
	if c.prefix == "" {
		c.p.Add(at, "stands without a prefix", `add "prefix": only keys of a known form have an id, and without a checksum every typing error would be a call`)
	}
	if d.Stale != 0 && d.Stale <= d.Cache {
		c.p.Add(at.Key("stale"), "is not longer than cache", "write how old an answer may be that serves while the directory is down, such as 24h, or remove it")
	}
	c.setURL(out, d.URL, at.Key("url"))
	if d.Authorization != nil {
		c.setAuthorization(out, secret(*d.Authorization, at.Key("authorization")), at.Key("authorization"))
	}
	return out
}

// setURL takes the address apart. The scheme is for people: whether TLS is
// spoken is the cluster's matter.
func (c *compiler) setURL(d *directory, url string, at document.Path) {
	const remedy = "write one such as https://keys.internal/v1/keys/{key_id}"
	rest, ok := strings.CutPrefix(url, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(url, "http://"); !ok {
			c.p.Add(at, "does not begin with https:// or http://", remedy)
			return
		}
	}
	authority, path, _ := strings.Cut(rest, "/")
	d.authority = authority
	d.before, d.after, ok = strings.Cut("/"+path, keyID)
	switch {
	case !isAuthority(authority):
		c.p.Add(at, "has no host, or one that is not of letters, digits, '-', '.' and ':'", remedy)
	case !ok || strings.Contains(d.after, keyID):
		c.p.Add(at, "has not one {key_id} in its path or query", remedy)
	case !credential.IsVisible(path) || strings.ContainsAny(d.before+d.after, `{}#"<>\^|`+"`"):
		c.p.Add(at, "has a character that an address encodes", "write it percent-encoded; a fragment is never sent")
	}
}

// isAuthority tells whether a text is a host and perhaps a port: what stands
// before an @ would be a password.
func isAuthority(text string) bool {
	for i := range len(text) {
		if c := text[i]; !isAlphanumeric(c) && !strings.ContainsRune("-.:[]", rune(c)) {
			return false
		}
	}
	return text != ""
}

// setAuthorization takes the resolved secret; nil was reported already.
func (c *compiler) setAuthorization(d *directory, value []byte, at document.Path) {
	text := string(value)
	if strings.TrimSpace(text) != text || hasControl(text) {
		c.p.Add(at, "has a character that a header cannot carry, or spaces around it", `give it a value such as "Bearer …"`)
	}
	d.headers = append(d.headers, [2]string{"authorization", text})
}

// register gives the directory its counters.
func (d *directory) register(m *guard.Metrics) {
	event := func(name string) guard.Metric {
		return m.Counter("sallyport.directory.identity." + label(d.identity.name) + ".event." + name)
	}
	d.events = directoryEvents{event("asked"), event("found"), event("absent"), event("failed"), event("stale")}
}

// query is a key that a directory is asked about.
type query struct {
	id     string // of the key; it is no secret
	digest [32]byte
	raw    []byte // not valid behind a Fetch
}

// find returns the key that was shown, from an answer that is remembered, or
// from a new one.
func (d *directory) find(q query, r *guard.Request, a *answers) (*key, guard.Verdict) {
	if e := a.Get(q.id); e.within(d.fresh, r.Now) {
		return e.match(q.digest, q.raw)
	}
	switch a.Refused(q.id, r.Now) {
	case lookup.Absent:
		return nil, guard.Deny(guard.KeyUnknown)
	case lookup.Failed:
		return d.fallBack(q, r, a)
	}
	if !a.MayAsk(q.id, r.Now) {
		return d.fallBack(q, r, a)
	}
	return d.ask(q, r, a)
}

// ask asks the directory. Other requests are judged before it goes on, so what
// is known of the key is looked up anew behind Fetch.
func (d *directory) ask(q query, r *guard.Request, a *answers) (*key, guard.Verdict) {
	q.id, q.raw = strings.Clone(q.id), append([]byte(nil), q.raw...)
	known, id, asked := a.Get(q.id), q.id, r.Now
	r.World.Count(d.events.asked)
	a.Begin(id, asked, int64(d.timeout))
	call := d.call(id)
	call.Late = func(said guard.Answer, err error) {
		a.Settle(id)
		d.take(said, err, id, asked, a)
	}
	answer, err := r.World.Fetch(call)
	if err == guard.ErrGone {
		a.Abandon(id)
		return nil, unavailable()
	}
	a.End(id)
	if err == guard.ErrBusy { // which is not the directory's fault
		return d.fallBack(q, r, a)
	}
	e, why := a.Get(id), lookup.NotRefused
	if e == nil || e == known { // else another request waited for the same answer, and has read it
		e, why = d.take(answer, err, id, r.Now, a)
	}
	switch why {
	case lookup.Absent:
		r.World.Count(d.events.absent)
		return nil, guard.Deny(guard.KeyUnknown)
	case lookup.Failed:
		r.World.Count(d.events.failed)
		return d.fallBack(q, r, a)
	}
	r.World.Count(d.events.found)
	return e.match(q.digest, q.raw)
}

// take remembers what came of a call. The record is nil where there is a why.
func (d *directory) take(said guard.Answer, err error, id string, now int64, a *answers) (*record, lookup.Why) {
	switch {
	case err == guard.ErrTooLarge, err == nil && said.Status == 200:
		if e := d.understand(id, said.Body, now, a); e != nil {
			a.Put(id, e)
			return e, lookup.NotRefused
		}
		a.Spoil(id, now)
	case err == nil && (said.Status == 404 || said.Status == 410):
		a.Lack(id, now, d.absent)
		return nil, lookup.Absent
	default:
		a.Fail(id, now)
	}
	return nil, lookup.Failed
}

// understand reads an answer, unless another request that waited for it has
// found that it cannot be used: with thousands of them the worker would do
// nothing else. nil: it cannot be used.
func (d *directory) understand(id string, body []byte, now int64, a *answers) *record {
	if a.Refused(id, now) == lookup.Failed {
		return nil
	}
	return d.read(body, now)
}

// call is one call about a key. All requests with a key of the same id wait for
// the same one: the answer depends on nothing else.
func (d *directory) call(id string) *guard.Call {
	return &guard.Call{
		Cluster: d.cluster, Method: "GET", Path: d.before + id + d.after, Authority: d.authority, Headers: d.headers,
		Timeout: d.timeout, MaxBody: answerMost, Share: d.identity.name + "\x00" + id,
	}
}

// fallBack answers for a directory that does not, from an answer that is not too
// old. Without one nobody knows whether the key is one.
func (d *directory) fallBack(q query, r *guard.Request, a *answers) (*key, guard.Verdict) {
	e := a.Get(q.id)
	if !e.within(d.stale, r.Now) {
		return nil, unavailable()
	}
	r.World.Count(d.events.stale)
	return e.match(q.digest, q.raw)
}

func unavailable() guard.Verdict {
	v := guard.Deny(guard.DirectoryUnavailable)
	v.RetryAfter = retryUnavailable
	return v
}
