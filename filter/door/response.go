package door

import (
	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy/guard"
)

// unhardened tells whether the response goes on as it came: nobody does anything
// to it, or waits for it.
func (s *stream) unhardened() bool {
	return s.forwarded && !s.plugin.instance.Hardens() && len(s.req.Response) == 0 && len(s.req.Followers) == 0
}

// response hardens the response, whoever gave it.
func (s *stream) response() proxywasm.Action {
	s.cancel() // the proxy answered while we waited
	s.unread()
	s.asked = false
	again := s.responding
	s.responding = true
	if s.plugin == nil || s.plugin.instance == nil {
		return proxywasm.Continue // only our own refusal can pass here
	}
	if !again {
		s.settleResponse()
	}
	if err := s.harden(); err != nil {
		return s.abandon(guard.HostError)
	}
	return proxywasm.Continue
}

// unread gives up a body that is still read: there is an answer already, of the
// proxy (413, a timeout), or of an upstream that was shown the headers. The rest
// of the body stays where it is.
func (s *stream) unread() {
	if s.body.reading {
		s.leaveBody()
		s.req.Forget()
	}
}

// settleResponse tells those who follow the request that its response is there,
// and what time it is: they have followed since it began.
func (s *stream) settleResponse() {
	if len(s.req.Followers) == 0 {
		return
	}
	now, err := s.host.Now()
	if err == nil {
		s.req.Now = now
		err = s.plugin.instance.Responded(&s.req)
	}
	if err != nil {
		s.complain("the response could not be settled", err)
	}
}

func (s *stream) harden() error {
	if err := s.plugin.instance.Harden(&s.req); err != nil {
		return err
	}
	if err := apply(s.host, proxywasm.ResponseHeaders, s.plugin.instance.Policy().Edits()); err != nil {
		return err
	}
	if err := apply(s.host, proxywasm.ResponseHeaders, s.req.Hardening); err != nil {
		return err
	}
	return apply(s.host, proxywasm.ResponseHeaders, s.req.Response)
}
