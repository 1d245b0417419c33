package introspection

import (
	"crypto/sha256"
	"time"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/lookup"
)

// retryUnavailable is when a caller may ask again whose token nobody could check.
const retryUnavailable = time.Second

// digest is by what a token is known.
type digest = [sha256.Size]byte

// State is what one worker knows of the introspection identities of its policy.
type State struct {
	answers map[*Identity]*lookup.Memory[digest, answer]
	proofs  *bound.State
}

// NewState returns the State of those identities of a policy that are of this
// kind. Nothing is known yet. namespace keeps plugins of one proxy apart; shared is
// the secret of all workers of one proxy.
func NewState(all []authenticate.Identity, namespace string, shared [16]byte) *State {
	s := &State{answers: map[*Identity]*lookup.Memory[digest, answer]{}, proofs: bound.NewState(shared, namespace)}
	for _, id := range all {
		if id, ok := id.(*Identity); ok {
			s.answers[id] = lookup.New[digest](func(a *answer) int { return a.size })
		}
	}
	return s
}

// find returns what is known of an active token, or asks. Without an answer the
// verdict denies. It may suspend the request.
func (i *Identity) find(token string, r *guard.Request, m *lookup.Memory[digest, answer]) (*answer, guard.Verdict) {
	if m == nil {
		return nil, guard.Verdict{}
	}
	sum := sum(token)
	if a := m.Get(sum); a != nil && lookup.Within(a.at, i.cache, r.Now) {
		return a, guard.Allow()
	}
	switch m.Refused(sum, r.Now) {
	case lookup.Absent:
		return nil, guard.Deny(guard.TokenInactive)
	case lookup.Failed:
		return nil, unavailable()
	}
	if !m.MayAsk(sum, r.Now) {
		return nil, unavailable()
	}
	return i.ask(token, sum, r, m)
}

// ask asks the authorization server. Other requests are judged before it goes
// on, so what is known of the token is looked up anew behind Fetch.
func (i *Identity) ask(token string, sum digest, r *guard.Request, m *lookup.Memory[digest, answer]) (*answer, guard.Verdict) {
	known, asked := m.Get(sum), r.Now
	r.World.Count(i.events.asked)
	m.Begin(sum, asked, int64(i.timeout))
	call := i.call(token, sum)
	call.Late = func(said guard.Answer, err error) {
		m.Settle(sum)
		i.take(said, err, sum, asked, m)
	}
	said, err := r.World.Fetch(call)
	if err == guard.ErrGone {
		m.Abandon(sum)
		return nil, unavailable()
	}
	m.End(sum)
	if a := m.Get(sum); a != nil && a != known { // another request waited for the same answer, and has read it
		r.World.Count(i.events.active)
		return a, guard.Allow()
	}
	if err == guard.ErrBusy { // which is not the server's fault
		return nil, unavailable()
	}
	a, v, event := i.take(said, err, sum, r.Now, m)
	r.World.Count(event)
	return a, v
}

// take remembers what came of a call, and returns what to count of it.
func (i *Identity) take(said guard.Answer, err error, sum digest, now int64, m *lookup.Memory[digest, answer]) (*answer, guard.Verdict, guard.Metric) {
	switch {
	case err == guard.ErrTooLarge, err == nil && said.Status == 200:
		return i.understand(said.Body, sum, now, m)
	case err == nil && aboutToken(said.Status):
		m.Spoil(sum, now)
	default:
		m.Fail(sum, now)
	}
	return nil, unavailable(), i.events.failed
}

// understand takes an answer, unless another request that waited for it has
// found that it is of no use, or that the token is not active: with thousands of
// them the worker would do nothing else.
func (i *Identity) understand(body []byte, sum digest, now int64, m *lookup.Memory[digest, answer]) (*answer, guard.Verdict, guard.Metric) {
	why := m.Refused(sum, now)
	var a *answer
	err := errUnsound
	if why == lookup.NotRefused {
		a, err = i.read(body, now)
	}
	switch {
	case why == lookup.Absent, err == nil && a == nil:
		m.Lack(sum, now, i.negative)
		return nil, guard.Deny(guard.TokenInactive), i.events.inactive
	case err != nil:
		m.Spoil(sum, now)
		return nil, unavailable(), i.events.failed
	}
	m.Put(sum, a)
	return a, guard.Allow(), i.events.active
}

// aboutToken tells whether a status may be a server's word for a token that it
// does not like. Clients choose what they send, and must not make the worker
// take the server for down.
func aboutToken(status int) bool {
	return status >= 400 && status < 500 && status != 401 && status != 403 && status != 404 && status != 429
}

// sum allocates nothing: the token is a part of the request.
func sum(token string) digest { return sha256.Sum256([]byte(token)) }

func unavailable() guard.Verdict {
	v := guard.Deny(guard.IntrospectionUnavailable)
	v.RetryAfter = retryUnavailable
	return v
}
