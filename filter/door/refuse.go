package door

import (
	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/audit"
)

// The names under which the access log finds a denial:
// %FILTER_STATE(wasm.sallyport_reason:PLAIN)%.
const (
	reasonProperty = "sallyport_reason"
	routeProperty  = "sallyport_route"
)

// refuse is the one place where a decision that lets nothing go upstream becomes
// host calls: a denial, or an answer of a guard's own. A stream that cannot be
// answered is reset: paused alone it would go on when its body comes,
// where the plugin is loaded with allow_on_headers_stop_iteration.
func (s *stream) refuse(d policy.Decision) proxywasm.Action {
	s.refused = true
	answer := s.answer(d)
	s.keepUnstored(answer.Headers)
	if err := s.host.SendLocalResponse(answer); err != nil {
		s.complain("the answer could not be sent", err)
		s.reset()
	}
	s.trace(d)
	if s.plugin == nil || s.plugin.instance == nil {
		return proxywasm.Pause
	}
	if s.plugin.instance.Audits(d.Outcome) {
		s.audit(d)
	}
	if err := s.plugin.counters.count(&d); err != nil {
		s.complain("the answer could not be counted", err)
	}
	return proxywasm.Pause
}

// keepUnstored records that an answer of our own may not be stored, where the
// policy says something else of every response: a denial in a shared cache is
// everybody's, and so is a token.
func (s *stream) keepUnstored(headers [][2]string) {
	if s.plugin == nil || s.plugin.instance == nil || !s.plugin.instance.Policy().SaysWhatIsStored() {
		return
	}
	for _, h := range headers {
		if h == [2]string{"cache-control", "no-store"} {
			s.req.Response.Replace(h[0], h[1])
		}
	}
}

// reset ends the stream without an answer.
func (s *stream) reset() {
	if err := s.host.CloseStream(); err != nil {
		s.complain("the stream could not be reset", err)
	}
}

// trace leaves reason and route in filter state, for the access log.
func (s *stream) trace(d policy.Decision) {
	if err := s.host.SetProperty(reasonProperty, d.Verdict.Reason.String()); err != nil {
		s.complain("filter state could not be set", err)
	}
	if err := s.host.SetProperty(routeProperty, s.plugin.routeName(d.Route)); err != nil {
		s.complain("filter state could not be set", err)
	}
}

// audit writes the decision into the proxy's log: at level warn what was
// refused, or would have been, else at level info.
func (s *stream) audit(d policy.Decision) {
	level := proxywasm.Warn
	if d.Outcome == policy.Allowed || d.Outcome == policy.Served {
		level = proxywasm.Info
	}
	b := audit.Append(s.req.Scratch.Free(), d.Outcome.String(), s.plugin.routeName(d.Route), d.Verdict, &s.req)
	s.host.Log(level, s.req.Scratch.Keep(b))
}

func (s *stream) complain(what string, err error) {
	s.host.Log(proxywasm.Error, "sallyport: "+what+": "+err.Error())
}
