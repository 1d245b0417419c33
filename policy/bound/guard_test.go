package bound_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

var certificate = sha256.Sum256([]byte("certificate"))

// TestBinding: which tokens pass, by what the policy asks, what the token names,
// and how it was shown. With a certificate and a sound proof, unless said.
func TestBinding(t *testing.T) {
	s := newSigner(t, 7)
	x5t, jkt := `"x5t#S256":"`+b64(certificate[:])+`"`, `"jkt":"`+s.jkt()+`"`
	zeros := `"x5t#S256":"` + strings.Repeat("A", 43) + `"`
	both, onlyM, onlyD := []string{"mtls", "dpop"}, []string{"mtls"}, []string{"dpop"}
	for _, c := range []struct {
		name   string
		bound  []string
		proofs bool // the policy takes some
		cnf    string
		from   credential.Source
		proof  bool // there is one
		cert   bool
		want   guard.Reason
	}{
		{"nothing asked, not bound", nil, false, "", bearer, false, false, guard.Allowed},
		{"nothing asked, not bound, a proof that nobody reads", nil, false, "", bearer, true, false, guard.Allowed},
		{"asked, not bound", both, true, "", bearer, false, true, guard.TokenNotBound},
		{"asked, not bound, a proof", both, true, "", scheme, true, true, guard.TokenNotBound},
		{"a bearer token beside a proof", nil, true, "", bearer, true, false, guard.ProofInvalid},
		{"a bearer token under DPoP", nil, true, "", scheme, false, false, guard.TokenNotBound},
		{"a bearer token under DPoP, with a proof", nil, true, "", scheme, true, false, guard.TokenNotBound},
		{"a bearer token under DPoP, where no proofs are taken", nil, false, "", scheme, false, false, guard.TokenNotBound},

		{"certificate", onlyM, false, "{" + x5t + "}", bearer, false, true, guard.Allowed},
		{"certificate, either asked", both, true, "{" + x5t + "}", bearer, false, true, guard.Allowed},
		{"certificate, not asked", nil, false, "{" + x5t + "}", bearer, false, true, guard.Allowed},
		{"certificate in a cookie", onlyM, false, "{" + x5t + "}", cookie, false, true, guard.Allowed},
		{"certificate, none shown", onlyM, false, "{" + x5t + "}", bearer, false, false, guard.TokenNotBound},
		{"certificate, none shown, not asked", nil, false, "{" + x5t + "}", bearer, false, false, guard.TokenNotBound},
		{"zeros, none shown", nil, false, "{" + zeros + "}", bearer, false, false, guard.TokenNotBound},
		{"another certificate", onlyM, false, "{" + zeros + "}", bearer, false, true, guard.TokenNotBound},
		{"certificate, a key asked", onlyD, true, "{" + x5t + "}", bearer, false, true, guard.TokenNotBound},
		{"certificate under DPoP", both, true, "{" + x5t + "}", scheme, true, true, guard.TokenNotBound},

		{"key", onlyD, true, "{" + jkt + "}", scheme, true, false, guard.Allowed},
		{"key, either asked", both, true, "{" + jkt + "}", scheme, true, false, guard.Allowed},
		{"key, not asked", nil, true, "{" + jkt + "}", scheme, true, false, guard.Allowed},
		{"key as a bearer token", onlyD, true, "{" + jkt + "}", bearer, true, false, guard.TokenNotBound},
		{"key as a bearer token, no proof", nil, true, "{" + jkt + "}", bearer, false, false, guard.TokenNotBound},
		{"key in a cookie", nil, true, "{" + jkt + "}", cookie, true, false, guard.TokenNotBound},
		{"key, no proof", nil, true, "{" + jkt + "}", scheme, false, false, guard.ProofInvalid},
		{"key, where no proofs are taken", nil, false, "{" + jkt + "}", scheme, true, false, guard.TokenNotBound},
		{"key, a certificate asked", onlyM, true, "{" + jkt + "}", scheme, true, true, guard.TokenNotBound},

		{"both", both, true, "{" + x5t + "," + jkt + "}", scheme, true, true, guard.Allowed},
		{"both, no certificate", onlyD, true, "{" + x5t + "," + jkt + "}", scheme, true, false, guard.TokenNotBound},
		{"both, no proof", onlyM, true, "{" + x5t + "," + jkt + "}", scheme, false, true, guard.ProofInvalid},

		{"beside what nobody knows", onlyM, false, "{" + x5t + `,"kid":"a","jwk":{"kty":"EC"}}`, bearer, false, true, guard.Allowed},
		{"nothing but what nobody knows", nil, true, `{"kid":"a"}`, bearer, false, true, guard.TokenNotBound},
		{"nothing", nil, true, `{}`, bearer, false, true, guard.TokenNotBound},
		{"no object", nil, true, `"jkt"`, bearer, false, true, guard.TokenNotBound},
		{"null is none", nil, true, `null`, bearer, false, true, guard.Allowed},
		{"a thumbprint that is no text", nil, true, `{"jkt":5,` + x5t + `}`, scheme, true, true, guard.TokenNotBound},
		{"too short", nil, true, `{"x5t#S256":"AAAA"}`, bearer, false, true, guard.TokenNotBound},
		{"empty", nil, true, `{"x5t#S256":""}`, bearer, false, true, guard.TokenNotBound},
		{"padded", nil, true, `{"x5t#S256":"` + b64(certificate[:]) + `="}`, bearer, false, true, guard.TokenNotBound},
		{"bits that are not used", nil, true, `{"x5t#S256":"` + strings.Repeat("A", 42) + `B"}`, bearer, false, true, guard.TokenNotBound},
		{"line breaks", nil, true, `{"x5t#S256":"` + strings.Repeat("A", 41) + `\n\n"}`, bearer, false, true, guard.TokenNotBound},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := bound.Settings{Bound: c.bound, Skew: 5 * time.Second}
			if c.proofs {
				set.DPoP = proofs()
			}
			w := newWorker(guardtest.NewShared())
			if c.cert {
				w.world.Certificate = &certificate
			}
			r := w.request()
			if c.proof {
				r = w.request(s.proof(t, nil))
			}
			v := compile(t, set).Check(r, bound.Token{Text: token, Source: c.from, Confirmation: confirmed(t, c.cnf)}, w.state)
			if v.Reason != c.want {
				t.Errorf("%v, want %v", v.Reason, c.want)
			}
		})
	}
}

// TestBearer: a token that is said to be anybody's is taken from anybody, and of
// those that Check takes from anybody each is said to be, but where proofs are read.
func TestBearer(t *testing.T) {
	s := newSigner(t, 7)
	x5t, jkt := `"x5t#S256":"`+b64(certificate[:])+`"`, `"jkt":"`+s.jkt()+`"`
	allows := func(g *bound.Guard, cnf bound.Confirmation, from credential.Source) bool {
		for n := range 4 { // each with a certificate and a proof, and without
			w := newWorker(guardtest.NewShared())
			r := w.request()
			if n&1 != 0 {
				r = w.request(s.proof(t, nil))
			}
			if n&2 != 0 {
				w.world.Certificate = &certificate
			}
			if !g.Check(r, bound.Token{Text: token, Source: from, Confirmation: cnf}, w.state).Allows() {
				return false
			}
		}
		return true
	}
	said := 0
	for _, asked := range [][]string{nil, {"mtls"}, {"dpop"}, {"mtls", "dpop"}} {
		for _, takesProofs := range []bool{false, true} {
			set := bound.Settings{Bound: asked, Skew: 5 * time.Second}
			if takesProofs {
				set.DPoP = proofs()
			} else if slices.Contains(asked, "dpop") {
				continue // does not compile
			}
			g := compile(t, set)
			for _, cnf := range []string{"", "{}", "null", "{" + x5t + "}", "{" + jkt + "}", "{" + x5t + "," + jkt + "}", `{"kid":"a"}`} {
				for _, from := range []credential.Source{bearer, scheme, cookie} {
					is, want := g.Bearer(confirmed(t, cnf), []credential.Source{cookie, from}), allows(g, confirmed(t, cnf), from)
					if is != (want && !takesProofs) {
						t.Errorf("%v, proofs %t, %s at %v: %t, and it is %t", asked, takesProofs, cnf, from, is, want)
					}
					if is {
						said++
					}
				}
			}
		}
	}
	if said == 0 || (*bound.Guard)(nil).Bearer(confirmed(t, ""), nil) || compile(t, bound.Settings{}).Bearer(bound.Confirmation{}, nil) {
		t.Error("of none, or of one that nobody judged")
	}
}

// TestForgottenThingsDeny: the zero values, and a nil guard.
func TestForgottenThingsDeny(t *testing.T) {
	s := newSigner(t, 7)
	w := newWorker(guardtest.NewShared())
	r := w.request(s.proof(t, nil))
	g := compile(t, settings(nil))
	for name, v := range map[string]guard.Verdict{
		"no guard":        (*bound.Guard)(nil).Check(r, bound.Token{Text: token, Source: bearer, Confirmation: confirmed(t, "")}, w.state),
		"cnf not read":    g.Check(r, bound.Token{Text: token, Source: bearer}, w.state),
		"no claims":       g.Check(r, bound.Token{Text: token, Source: bearer, Confirmation: bound.Read(nil)}, w.state),
		"no state":        g.Check(r, bound.Token{Text: token, Source: scheme, Confirmation: s.confirmed(t)}, nil),
		"a proof of ''":   g.Check(w.request(s.proof(t, set{"ath": ath("")})), bound.Token{Source: scheme, Confirmation: s.confirmed(t)}, w.state),
		"guard of nobody": new(bound.Guard).Check(r, bound.Token{Text: token, Source: scheme, Confirmation: s.confirmed(t)}, w.state),
	} {
		if v.Allows() {
			t.Errorf("%s: allowed", name)
		}
	}
}

func TestACertificateThatCannotBeRead(t *testing.T) {
	w := newWorker(guardtest.NewShared())
	w.world.Certificate = &certificate
	w.world.Before = func(call, _ string) error {
		if call == guardtest.Certificate {
			return errors.New("no")
		}
		return nil
	}
	v := compile(t, bound.Settings{}).Check(w.request(), bound.Token{Text: token, Source: bearer, Confirmation: confirmed(t, `{"x5t#S256":"`+b64(certificate[:])+`"}`)}, w.state)
	if v.Reason != guard.HostError {
		t.Errorf("%v", v.Reason)
	}
}

func TestACertificateAllocatesNothing(t *testing.T) {
	w := newWorker(guardtest.NewShared())
	w.world.Certificate = &certificate
	g, r := compile(t, bound.Settings{Bound: []string{"mtls"}}), w.request()
	shown := bound.Token{Text: token, Source: bearer, Confirmation: confirmed(t, `{"x5t#S256":"`+b64(certificate[:])+`"}`)}
	if n := testing.AllocsPerRun(100, func() {
		if !g.Check(r, shown, w.state).Allows() {
			t.Fatal("denied")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestMethods(t *testing.T) {
	for cnf, want := range map[string]string{
		"": "", `{"x5t#S256":"` + b64(certificate[:]) + `"}`: "mtls", `{"jkt":"` + b64(certificate[:]) + `"}`: "dpop",
		`{"jkt":"` + b64(certificate[:]) + `","x5t#S256":"` + b64(certificate[:]) + `"}`: "mtls dpop",
	} {
		if got := strings.Join(confirmed(t, cnf).Methods(), " "); got != want {
			t.Errorf("%s: %q", cnf, got)
		}
	}
}

// TestTold: what other packages ask of a guard.
func TestTold(t *testing.T) {
	for _, c := range []struct {
		name    string
		set     bound.Settings
		proofs  bool
		demands bool
	}{
		{"nothing", bound.Settings{}, false, false},
		{"certificates", bound.Settings{Bound: []string{"mtls"}}, false, false},
		{"proofs taken", bound.Settings{DPoP: proofs()}, true, false},
		{"proofs asked", bound.Settings{Bound: []string{"dpop"}, DPoP: proofs()}, true, true},
		{"either asked", bound.Settings{Bound: []string{"dpop", "mtls"}, DPoP: proofs()}, true, false},
	} {
		g := compile(t, c.set)
		source, hasSource := g.Source()
		challenge, hasChallenge := g.Challenge()
		if hasSource != c.proofs || hasSource && source != scheme || g.Demands() != c.demands || g.Binding().Demanded != c.demands || (len(g.Binding().Proofs) > 0) != c.proofs || hasChallenge != c.proofs ||
			hasChallenge && (challenge.Scheme != "DPoP" || challenge.Params != `algs="PS256 ES256 EdDSA"` || !challenge.OAuth) {
			t.Errorf("%s: %v %t, %v %t, %t", c.name, source, hasSource, challenge, hasChallenge, g.Demands())
		}
		if got, want := g.Binding().Certificates, slices.Contains(c.set.Bound, "mtls"); got != want {
			t.Errorf("%s: clients are told of certificates: %t", c.name, got)
		}
	}
}

func TestCompile(t *testing.T) {
	for _, c := range []struct {
		name string
		set  bound.Settings
		want string
	}{
		{"dpop without addresses", bound.Settings{Bound: []string{"dpop"}}, `identities.a.jwt.bound has "dpop", and nothing says by which address clients call: add "dpop": {"origins": ["https://api.example.com"]}`},
		{"no addresses", settings(func(d *document.DPoP) { d.Origins = nil }), "has 0 addresses"},
		{"a path", settings(func(d *document.DPoP) { d.Origins = []string{"https://a.example/v1"} }), `dpop.origins[0] is "https://a.example/v1", which is not scheme, host and port`},
		{"a slash", settings(func(d *document.DPoP) { d.Origins = []string{"https://a.example/"} }), "which is not scheme"},
		{"a query", settings(func(d *document.DPoP) { d.Origins = []string{"https://a.example?a"} }), "which is not scheme"},
		{"a pattern", settings(func(d *document.DPoP) { d.Origins = []string{"https://*.example"} }), "which is not scheme"},
		{"a host alone", settings(func(d *document.DPoP) { d.Origins = []string{"a.example"} }), "which is not scheme"},
		{"another scheme", settings(func(d *document.DPoP) { d.Origins = []string{"ftp://a.example"} }), "which is not scheme"},
		{"the same twice", settings(func(d *document.DPoP) { d.Origins = []string{"https://a.example", "HTTPS://A.example:443"} }), "dpop.origins[1] is an address that is there already"},
		{"a symmetric algorithm", settings(func(d *document.DPoP) { d.Algorithms = []string{"HS256"} }), "by which no proof can be signed"},
		{"an unknown algorithm", settings(func(d *document.DPoP) { d.Algorithms = []string{"none"} }), "by which no proof can be signed"},
		{"no algorithm", settings(func(d *document.DPoP) { d.Algorithms = nil }), "dpop.algorithms is empty"},
		{"no age", settings(func(d *document.DPoP) { d.MaxAge = -document.Duration(time.Hour) }), "dpop.max_age"},
		{"too old", settings(func(d *document.DPoP) { d.MaxAge = document.Duration(time.Hour) }), "dpop.max_age is too long beside clock_skew"},
		{"a nonce without lifetime", settings(func(d *document.DPoP) { d.Nonce = &document.DPoPNonce{} }), "dpop.nonce.lifetime is missing"},
		{"a short secret", settings(func(d *document.DPoP) {
			d.Nonce = &document.DPoPNonce{Lifetime: 1, Secret: &document.Secret{Value: "fifteen bytes.."}}
		}), "dpop.nonce.secret has 15 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			if g := bound.Compile(c.set, "identities.a.jwt", secret, &p); g == nil {
				t.Fatal("nil")
			}
			if err := p.Err(); err == nil || !strings.Contains(err.Error(), c.want) || len(p.List()) != 1 {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
