package webhooks

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// late is more than a timestamp may be away from now, and soon less.
const (
	late = 5*time.Minute + 30*time.Second
	soon = 4*time.Minute + 30*time.Second
)

// refuses: nothing else passes, and what does not reaches no upstream, not even its headers.
func (g gateway) refuses(t *testing.T, s scheme) {
	t.Run("body", func(t *testing.T) { g.flipped(t, s) })
	t.Run("time", func(t *testing.T) { g.outOfTime(t, s) })
	t.Run("replay", func(t *testing.T) { g.replayed(t, s) })
	t.Run("secret", func(t *testing.T) { g.foreign(t, s) })
	t.Run("headers", func(t *testing.T) { g.wrongHeaders(t, s) })
}

// flipped: of a body one bit is another, wherever it stands and however it comes.
func (g gateway) flipped(t *testing.T, s scheme) {
	for way := range ways(scenario.Request{}) {
		request := s.signed(t, s.deliver("/"+s.name, s.body(event())))
		request.Body = slices.Clone(request.Body)
		request.Body[len(request.Body)-1] ^= 1
		wantRefused(t, way, g.send(t, incoming, ways(request)[way], scenario.Upstream{Status: 200}), "signature-invalid")
	}
	request := s.signed(t, s.deliver("/"+s.name, s.body(mebibyte[:1<<19])))
	request.Body = slices.Clone(request.Body)
	request.Body[1] ^= 1
	wantRefused(t, "the second byte of many", g.send(t, incoming, harness.Split(request, 5), scenario.Upstream{Status: 200}), "signature-invalid")
	request.Body = nil
	if s.kind != formType {
		wantRefused(t, "no body", g.post(t, request), "signature-invalid")
	}
}

// outOfTime: both ends of the tolerance.
func (g gateway) outOfTime(t *testing.T, s scheme) {
	if !s.timed {
		return
	}
	for name, away := range map[string]time.Duration{"old": -late, "from the future": late, "old enough": -soon, "soon": soon} {
		d := s.deliver("/"+s.name, s.body(event()))
		d.at = d.at.Add(away)
		request := s.signed(t, d)
		if away.Abs() < late {
			g.passes(t, name, harness.Whole(request), d.body)
			continue
		}
		wantRefused(t, name, g.post(t, request), "webhook-timestamp")
	}
}

// replayed: the same again, whether it comes as before or not.
func (g gateway) replayed(t *testing.T, s scheme) {
	d := s.deliver("/"+s.name, s.body(event()))
	request := s.signed(t, d)
	g.passes(t, "the first", harness.Whole(request), d.body)
	for way, sending := range ways(request) {
		wantRefused(t, way, g.send(t, incoming, sending, scenario.Upstream{Status: 200}), "webhook-replayed")
	}
}

// foreign: another secret, and a signature of another route's.
func (g gateway) foreign(t *testing.T, s scheme) {
	d := s.deliver("/"+s.name, s.body(event()))
	d.secret = s.other
	wantRefused(t, "another secret", g.post(t, s.signed(t, d)), "signature-invalid")
}

// wrongHeaders: each header that is needed is missing, there twice, or cannot be read.
func (g gateway) wrongHeaders(t *testing.T, s scheme) {
	request := s.signed(t, s.deliver("/"+s.name, s.body(event())))
	signature := scenario.Values(request.Headers, s.header)[0]
	refused := func(what, reason string, change func([]scenario.Header) []scenario.Header) {
		t.Helper()
		for _, two := range []bool{false, true} {
			changed := request
			changed.Headers, changed.HTTP2 = change(slices.Clone(request.Headers)), two
			wantRefused(t, what, g.post(t, changed), reason)
		}
	}
	refused("no signature", "signature-missing", without(s.header))
	refused("two", "signature-malformed", with(s.header, signature))
	// Three, for the padding of base64 may be missing.
	refused("one that is cut", "signature-malformed", becoming(s.header, signature[:len(signature)-3]))
	refused("one in other characters", "signature-malformed", becoming(s.header, signature[:len(signature)-4]+"!!!!"))
	refused("one that is empty", s.emptyReason(), becoming(s.header, ""))
	for _, name := range []string{s.time, s.id} {
		if name == "" {
			continue
		}
		value := scenario.Values(request.Headers, name)[0]
		refused("no "+name, "signature-malformed", without(name))
		refused("two of "+name, "signature-malformed", with(name, value))
		refused("an empty "+name, "signature-malformed", becoming(name, ""))
	}
	if s.time != "" {
		refused("a time in words", "signature-malformed", becoming(s.time, "now"))
	}
	if s.id != "" {
		refused("another id", "signature-invalid", becoming(s.id, "msg_other"))
	}
}

// emptyReason is that of a header without a signature: a list without an element lacks one, a single one cannot be read.
func (s scheme) emptyReason() string {
	if strings.HasPrefix(s.section["scheme"].(string), "stripe") || s.name == "paddle" || s.id != "" {
		return "signature-missing"
	}
	return "signature-malformed"
}

func without(name string) func([]scenario.Header) []scenario.Header {
	return func(all []scenario.Header) []scenario.Header {
		return slices.DeleteFunc(all, func(h scenario.Header) bool { return h.Name == name })
	}
}

func with(name, value string) func([]scenario.Header) []scenario.Header {
	return func(all []scenario.Header) []scenario.Header { return append(all, field(name, value)) }
}

func becoming(name, value string) func([]scenario.Header) []scenario.Header {
	return func(all []scenario.Header) []scenario.Header {
		for i := range all {
			if all[i].Name == name {
				all[i].Value = value
			}
		}
		return all
	}
}
