package sign_test

import (
	"cmp"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
)

// TestSignedIsVerified: whatever the body, and in whatever pieces, what leaves is
// taken by who verifies, and by nobody with one bit of the body changed.
func TestSignedIsVerified(t *testing.T) {
	type pair struct{ from, to *at }
	pairs := map[string]pair{}
	for _, s := range schemes {
		text := policyOf(fmt.Sprintf(`"webhook": {%s, "replay": false, "secrets": [{"value": %q}]}`, s.section, cmp.Or(s.verifies, s.secret)), false)
		pairs[s.name] = pair{compile(t, signing(s.section, s.secret)), compile(t, text)}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(schemes).Draw(t, "scheme")
		body := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "body")
		p := pairs[s.name]
		kind := guard.Header{Name: "x-kind", Value: "some"}
		if d := p.from.judge(string(body), kind); d.Outcome != policy.Allowed {
			t.Fatalf("%s: not signed: %v", s.name, d.Verdict.Reason)
		}
		pieces := rapid.IntRange(1, 300).Draw(t, "piece")
		if reason := p.to.receive(p.from, body, pieces); reason != guard.Allowed {
			t.Errorf("%s: %v", s.name, reason)
		}
		changed := append([]byte(nil), body...)
		changed[rapid.IntRange(0, len(body)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if reason := p.to.receive(p.from, changed, pieces); reason != guard.SignatureInvalid {
			t.Errorf("%s, changed: %v", s.name, reason)
		}
		if p.from.in.Ended(&p.from.r) != nil {
			t.Error("not settled")
		}
	})
}

// receive judges what another has signed, with a body in pieces.
func (a *at) receive(from *at, body []byte, piece int) guard.Reason {
	r := &a.r
	r.Reset()
	r.Method, r.Scheme, r.Authority, r.World, r.Now = "POST", "https", "hooks.example.com", a.world, now
	r.Target = from.r.Path + "?" + from.r.Query
	r.Headers = append(r.Headers, guard.Header{Name: "x-kind", Value: "some"})
	for _, e := range from.r.Upstream {
		r.Headers = append(r.Headers, guard.Header{Name: e.Name, Value: e.Value})
	}
	a.world.RequestBody = body
	d := a.in.Judge(r)
	for rest := body; d.Outcome == policy.Pending && len(rest) > 0; rest = rest[min(piece, len(rest)):] {
		d = a.in.Read(r, rest[:min(piece, len(rest))])
	}
	if d.Outcome == policy.Pending {
		d = a.in.Conclude(r)
	}
	if a.in.Ended(r) != nil {
		return guard.InternalError
	}
	return d.Verdict.Reason
}
