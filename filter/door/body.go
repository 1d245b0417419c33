package door

import (
	"fmt"

	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
)

// pieceSize bounds what is read of a body at once, in bytes: it stands in the
// arena beside all that one callback reads.
const pieceSize = 32 << 10

// The bounds of the requests of one plugin that wait for their bodies at once, and
// of the copies of their headers, in bytes. Who sends slowly needs no credential:
// without a bound the VM, which judges everybody, is full at 1 GiB.
const (
	bodiesMost      = 4096
	bodyHeadersMost = 64 << 20
)

// bodies are the requests of one plugin that wait for their bodies.
type bodies struct{ waiting, bytes int }

// body is how far the body of a stream's request has come.
type body struct {
	reading bool   // the decision waits for the body, and nothing else
	counted bool   // among those that wait
	size    uint32 // bytes that the proxy holds back
	read    uint32 // of them, those that the guards have read
	ended   bool
}

// OnRequestBody answers proxy_on_request_body. It holds back the body of a
// request that has no verdict: where the plugin is loaded with
// allow_on_headers_stop_iteration, a body that goes on takes the headers along.
// size is all that is held back, pieces of earlier callbacks included.
func (d *Door) OnRequestBody(id, size uint32, end bool) (action proxywasm.Action) {
	action = proxywasm.Pause
	s := d.streams.find(id)
	if s == nil {
		return proxywasm.Pause
	}
	if s.forwarded {
		return proxywasm.Continue
	}
	defer func() {
		if p := recover(); p != nil {
			action = d.panicked(s, p)
		}
		s.forget()
	}()
	s.body.size, s.body.ended = size, s.body.ended || end
	return s.readBody()
}

// pend begins to read the body. The headers are edited first: where the proxy
// does not hold them back they are out of reach afterwards.
//
// A body that has come already, while a guard asked a service, is held back by the
// proxy with its headers, whatever the policy says. To continue the headers would
// send it upstream, and what follows alone would be judged.
func (s *stream) pend() proxywasm.Action {
	if err := s.edit(); err != nil {
		return s.refuse(policy.Decision{Route: s.req.Route, Verdict: guard.Deny(guard.HostError)})
	}
	s.req.Target, s.req.Upstream = s.target(), s.req.Upstream[:0]
	if !s.awaitBody() {
		return s.refuse(policy.Decision{Route: s.req.Route, Verdict: guard.Deny(guard.HostError)})
	}
	if s.body.ended || s.body.size > 0 || s.plugin.instance.Policy().HoldsHeaders() {
		return s.readBody()
	}
	return proxywasm.Continue
}

// awaitBody has the decision wait for the body; false where too many do.
func (s *stream) awaitBody() bool {
	if !s.body.ended {
		b := &s.plugin.bodies
		if b.waiting >= bodiesMost || b.bytes+len(s.pairs) > bodyHeadersMost {
			return false
		}
		b.waiting, b.bytes, s.body.counted = b.waiting+1, b.bytes+len(s.pairs), true
	}
	s.body.reading = true
	return true
}

// leaveBody ends the wait for the body.
func (s *stream) leaveBody() {
	if s.body.counted {
		b := &s.plugin.bodies
		b.waiting, b.bytes = b.waiting-1, b.bytes-len(s.pairs)
	}
	s.body.reading, s.body.counted = false, false
}

// readBody hands on what has come of the body, and concludes at its end.
func (s *stream) readBody() proxywasm.Action {
	if !s.body.reading {
		return proxywasm.Pause
	}
	for s.body.read < s.body.size {
		piece, err := s.host.RequestBody(s.body.read, min(pieceSize, s.body.size-s.body.read))
		if err == nil && len(piece) == 0 {
			err = proxywasm.ErrHost
		}
		if err != nil {
			s.complain("the body could not be read", fmt.Errorf("at %d of %d: %w", s.body.read, s.body.size, err))
			return s.settled(policy.Decision{Route: s.req.Route, Verdict: guard.Deny(guard.HostError)})
		}
		s.body.read += uint32(len(piece))
		if d := s.plugin.instance.Read(&s.req, piece); d.Outcome != policy.Pending {
			return s.settled(d)
		}
	}
	if !s.body.ended {
		return proxywasm.Pause
	}
	return s.conclude()
}

// conclude decides when the body is complete. It may have taken its time: what is
// judged now is judged by the clock of now.
func (s *stream) conclude() proxywasm.Action {
	now, err := s.host.Now()
	if err != nil {
		return s.settled(policy.Decision{Route: s.req.Route, Verdict: guard.Deny(guard.HostError)})
	}
	s.req.Now = now
	s.leaveBody()
	if !s.plugin.instance.CallsOut(&s.req) {
		return s.settled(s.plugin.instance.Conclude(&s.req))
	}
	s.begin(conclude)
	if s.suspended {
		return proxywasm.Pause
	}
	return s.settled(s.decision)
}
