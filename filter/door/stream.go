package door

import (
	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/denial"
	"sallyport.dev/sallyport/policy/guard"
)

// stream is the state of one request and its response. It is pooled.
type stream struct {
	door   *Door
	host   host
	id     uint32
	world  world
	req    guard.Request
	fields []proxywasm.Field
	task   guard.Task // not nil: it stands for no request
	pairs  []byte     // a copy of the request's headers, where the request may wait
	answered
	calling
	life
}

// life is what ends with a stream.
type life struct {
	plugin     *plugin
	body       body
	forwarded  bool // the verdict is that the request goes upstream
	refused    bool // we have answered; nothing may go upstream any more
	continued  bool // the proxy was told to go on after a pause
	responding bool // the response's headers are there
	suspended  bool // work calls out
	called     bool // work has called out: calling may hold something
	decision   policy.Decision
}

// calling is the state of work that calls out.
type calling struct {
	co       *coroutine // suspended
	running  *coroutine // the one that runs now
	waitsFor *call
	heard    guard.Answer // the answer that it waited for
	heardErr error
}

// answered is the response's headers, when a guard has asked; see
// world.ResponseHeaders.
type answered struct {
	asked   bool // in this response callback
	headers []guard.Header
	status  string // valid as long as the headers
}

// pairsKept is the largest copy of headers, in bytes, that is kept for the next
// stream.
const pairsKept = 16 << 10

// recycle makes the state ready for another stream.
func (s *stream) recycle() {
	if s.called {
		s.calling = calling{}
	}
	s.life = life{}
	if s.asked {
		s.answered = answered{headers: s.answered.headers[:0]}
	}
	if cap(s.pairs) > pairsKept {
		s.pairs = nil
	}
	s.req.Reset()
}

// forget drops what stood in the proxy's memory, when the decision is made.
func (s *stream) forget() {
	if s.suspended || s.body.reading {
		return
	}
	if cap(s.pairs) > pairsKept { // the stream may last long
		clear(s.fields)
		clear(s.req.Headers)
		s.pairs = nil
	}
	s.req.Forget()
}

// end is the last that a stream hears of. What guards hold for it is settled
// even if one of them panics.
func (s *stream) end() {
	defer s.settle()
	s.leaveBody()
	s.cancel()
}

func (s *stream) settle() {
	if len(s.req.Followers) == 0 || s.plugin == nil || s.plugin.instance == nil {
		return
	}
	if err := s.plugin.instance.Ended(&s.req); err != nil {
		s.complain("the end of a request could not be settled", err)
	}
}

// request judges the request headers and carries the decision out.
func (s *stream) request() proxywasm.Action {
	if s.plugin == nil || s.plugin.instance == nil {
		return s.refuse(policy.Decision{Route: -1})
	}
	if reason := s.read(); reason != guard.Allowed {
		return s.refuse(policy.Decision{Route: -1, Verdict: guard.Deny(reason)})
	}
	in, d := s.plugin.instance, &s.decision
	if in.Enter(&s.req, d) {
		if in.CallsOut(&s.req) {
			return s.decide()
		}
		in.Decide(&s.req, d)
	}
	if d.Outcome == policy.Allowed {
		return s.forward(d)
	}
	return s.carry(d)
}

// decide decides behind a route of which a guard may call out.
func (s *stream) decide() proxywasm.Action {
	s.begin(decide)
	if s.suspended {
		return proxywasm.Pause
	}
	return s.carry(&s.decision)
}

// wake goes on with the decision when an answer has come.
func (s *stream) wake() {
	s.resume()
	if s.suspended || s.task != nil || s.carry(&s.decision) != proxywasm.Continue {
		return
	}
	s.follow()
}

// follow has the proxy go on with a request that is paused.
func (s *stream) follow() proxywasm.Action {
	if err := s.host.ContinueStream(); err != nil {
		s.complain("a request that has waited could not be continued", err)
		s.forwarded = false
		return s.refuse(policy.Decision{Route: s.req.Route, Verdict: guard.Deny(guard.HostError)})
	}
	s.continued = true
	return proxywasm.Pause
}

// carry carries a decision out. The zero Decision refuses.
func (s *stream) carry(d *policy.Decision) proxywasm.Action {
	if d.Outcome.Forwards() {
		return s.forward(d)
	}
	if d.Outcome == policy.Pending {
		return s.pend()
	}
	return s.refuse(*d)
}

// settled carries out a decision that waited for the body, and is no longer
// Pending.
func (s *stream) settled(d policy.Decision) proxywasm.Action {
	s.leaveBody()
	if !d.Outcome.Forwards() {
		return s.refuse(d)
	}
	return s.forward(&d)
}

// forward lets the request go upstream, changed as the policy said.
func (s *stream) forward(d *policy.Decision) proxywasm.Action {
	if err := s.edit(); err != nil {
		return s.refuse(policy.Decision{Route: d.Route, Verdict: guard.Deny(guard.HostError)})
	}
	if d.Outcome == policy.Reported {
		s.trace(*d)
	}
	if s.plugin.instance.Audits(d.Outcome) {
		s.audit(*d)
	}
	if err := s.plugin.counters.count(d); err != nil {
		return s.refuse(policy.Decision{Route: d.Route, Verdict: guard.Deny(guard.HostError)})
	}
	s.forwarded = true
	return proxywasm.Continue
}

// edit carries out what the guards recorded, and sends upstream the path that
// was judged.
func (s *stream) edit() error {
	if len(s.req.Upstream) > 0 {
		if err := apply(s.host, proxywasm.RequestHeaders, s.req.Upstream); err != nil {
			return err
		}
	}
	if s.asReceived() || s.req.Path == "" {
		return nil
	}
	return s.host.ReplaceHeader(proxywasm.RequestHeaders, ":path", s.target())
}

// asReceived tells whether the path and query that were judged are those that
// came.
func (s *stream) asReceived() bool {
	r := &s.req
	t, n := r.Target, len(r.Path)
	if len(t) < n || t[:n] != r.Path {
		return false
	}
	if len(t) == n || r.Query == "" {
		return len(t) == n && r.Query == ""
	}
	return t[n] == '?' && t[n+1:] == r.Query
}

// target returns the path and query that were judged; "" where none was.
func (s *stream) target() string {
	r := &s.req
	switch {
	case r.Path == "", r.Query == "":
		return r.Path
	case s.asReceived():
		return r.Target
	}
	b := append(r.Scratch.Free(), r.Path...)
	b = append(append(b, '?'), r.Query...)
	return r.Scratch.Keep(b)
}

// trailers takes out of the trailers what must not reach the upstream as a
// header: some servers merge the two (RFC 9110 section 6.5.1 forbids it for
// fields like these, and they do not know).
func (s *stream) trailers() proxywasm.Action {
	if s.plugin == nil || s.plugin.instance == nil || s.refused {
		return proxywasm.Pause
	}
	if err := s.stripTrailers(s.plugin.instance.Policy()); err != nil {
		return s.abandon(guard.HostError)
	}
	if s.forwarded {
		return proxywasm.Continue
	}
	s.body.ended = true    // no body callback says so where trailers follow
	action := s.readBody() // or it waits, or the proxy answered while it did
	if action != proxywasm.Continue || !s.continued {
		return action
	}
	// Envoy, continued at the headers, hands body and trailers on from this filter once more. A Continue would make it drop
	// the body that it holds back: the filter counts as done with its stream before it has passed the body on.
	return s.follow()
}

func (s *stream) stripTrailers(p *policy.Policy) error {
	pairs, err := s.host.HeaderPairs(proxywasm.RequestTrailers)
	if err != nil {
		return err
	}
	if s.fields, err = proxywasm.ReadPairs(pairs, s.fields[:0]); err != nil {
		return err
	}
	for i := range s.fields {
		if !p.RemovesTrailer(s.fields[i].Name) {
			continue
		}
		if err := s.host.RemoveHeader(proxywasm.RequestTrailers, s.fields[i].Name); err != nil {
			return err
		}
	}
	return nil
}

// apply carries edits out; the first that fails ends it.
func apply(h host, m proxywasm.HeaderMap, edits guard.Edits) (err error) {
	for i := range edits {
		e := &edits[i]
		switch e.Op {
		case guard.Remove:
			err = h.RemoveHeader(m, e.Name)
		case guard.Add:
			err = h.AddHeader(m, e.Name, e.Value)
		case guard.Replace:
			err = h.ReplaceHeader(m, e.Name, e.Value)
		default:
			err = proxywasm.ErrHost // an edit that nobody meant
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// abandon refuses after a panic: nothing that was recorded is trusted. A
// denial of our own that cannot be hardened goes out as it is, since another
// would come the same way.
func (s *stream) abandon(reason guard.Reason) proxywasm.Action {
	s.running, s.forwarded = nil, false
	s.leaveBody()
	if s.task != nil {
		return proxywasm.Pause // nobody waits for an answer; it is run again when it is due
	}
	s.req.Upstream, s.req.Response = s.req.Upstream[:0], s.req.Response[:0]
	if s.refused && s.responding {
		return proxywasm.Continue
	}
	return s.refuse(policy.Decision{Route: s.req.Route, Verdict: guard.Deny(reason)})
}

// answer renders a decision that lets nothing go upstream.
func (s *stream) answer(d policy.Decision) proxywasm.LocalResponse {
	if d.Outcome == policy.Served && d.Verdict.Serves() {
		reply := d.Verdict.Reply
		return proxywasm.LocalResponse{Status: reply.Status, GRPC: -1, Details: "sallyport:" + d.Verdict.Reason.String(),
			Headers: reply.Headers, Body: reply.Body}
	}
	a := denial.Render(d.Verdict, &s.req)
	return proxywasm.LocalResponse{Status: a.Status, GRPC: a.GRPC, Details: a.Details, Headers: a.Headers, Body: a.Body}
}
