package introspection_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// A token that is bound to a certificate serves over the connection of that one
// alone, also when its answer is remembered.
func TestABoundTokenServesItsSender(t *testing.T) {
	mine, other := sha256.Sum256([]byte("mine")), sha256.Sum256([]byte("other"))
	cnf := fmt.Sprintf(`"cnf":{"x5t#S256":"%s"}`, base64.RawURLEncoding.EncodeToString(mine[:]))
	asked := section()
	asked.Bound = []string{"mtls"}
	for _, c := range []struct {
		name        string
		d           document.Introspection
		cnf         string
		certificate *[32]byte
		want        guard.Reason
	}{
		{"its sender", section(), cnf, &mine, guard.Allowed},
		{"another", section(), cnf, &other, guard.TokenNotBound},
		{"no certificate", section(), cnf, nil, guard.TokenNotBound},
		{"asked for: its sender", asked, cnf, &mine, guard.Allowed},
		{"asked for: bound to nobody", asked, `"x":1`, &mine, guard.TokenNotBound},
		{"bound to a key, and no proofs are taken", section(), `"cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}`, &mine, guard.TokenNotBound},
		{"bound in a way that nobody knows", section(), `"cnf":{"kid":"x"}`, &mine, guard.TokenNotBound},
		{"bound to nothing", section(), `"cnf":null`, &mine, guard.Allowed},
	} {
		d := newDesk(says(200, `{"active":true,"aud":"api",`+c.cnf+`}`), compile(t, "opaque", c.d))
		d.Certificate = c.certificate
		for range 2 {
			if r, v := d.show("t"); v.Reason != c.want || (r.Caller.Identity != "") != v.Allows() {
				t.Errorf("%s: %v as %q, want %v", c.name, v.Reason, r.Caller.Identity, c.want)
			}
		}
	}
}

func TestProofsAreAskedFor(t *testing.T) {
	s := section()
	s.DPoP = &document.DPoP{Origins: []string{"https://api.example.com"}, Algorithms: []string{"ES256"}, MaxAge: 60e9}
	d := newDesk(says(200, `{"active":true,"aud":"api","token_type":"DPoP","cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}`), compile(t, "opaque", s))
	r := &guard.Request{Now: start.UnixNano(), World: d}
	if v := d.guard.Check(r); v.Challenge != `DPoP realm="sallyport", algs="ES256", Bearer realm="sallyport"` {
		t.Errorf("challenge %s", v.Challenge)
	}
	r.Headers = []guard.Header{{Name: "authorization", Value: "DPoP t"}}
	if v := d.guard.Check(r); v.Reason != guard.ProofInvalid || !strings.Contains(v.Challenge, "invalid_dpop_proof") {
		t.Errorf("%v, %s", v.Reason, v.Challenge)
	}
	r.Headers[0].Value = "Bearer t"
	if v := d.guard.Check(r); v.Allows() {
		t.Error("a token that is bound to a key passes without a proof")
	}
}
