package bound_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

const second = int64(time.Second)

// TestProof breaks each rule of RFC 9449 section 4.3 alone. What is broken is
// never remembered: the sound proof of the same jti passes behind it.
func TestProof(t *testing.T) {
	s, other := newSigner(t, 7), newSigner(t, 8)
	sign := func(header, claims set) string { return s.sign(t, with(s.header(), header), with(payload(), claims)) }
	sound := s.proof(t, nil)
	iat := now / second
	for _, c := range []struct {
		name   string
		proofs []string
		want   guard.Reason
	}{
		{"sound", []string{sound}, guard.Allowed},
		{"with claims that nobody knows", []string{sign(set{"kid": "x", "cty": "y"}, set{"exp": 1, "x": set{"y": 1}})}, guard.Allowed},
		{"a query and a fragment", []string{sign(nil, set{"htu": "https://api.example.com/v1/orders?page=3#top"})}, guard.Allowed},
		{"another spelling", []string{sign(nil, set{"htu": "HTTPS://API.example.com:443/v1/./%6frders"})}, guard.Allowed},
		{"a fraction of a second", []string{sign(nil, set{"iat": float64(iat) - 0.5})}, guard.Allowed},
		{"as old as can be", []string{sign(nil, set{"iat": iat - 65})}, guard.Allowed},
		{"as new as can be", []string{sign(nil, set{"iat": iat + 5})}, guard.Allowed},

		{"1: none", nil, guard.ProofInvalid},
		{"1: two", []string{sound, sound}, guard.ProofInvalid},
		{"1: two, one empty", []string{sound, ""}, guard.ProofInvalid},
		{"1: two, joined", []string{sound + "," + sound}, guard.ProofInvalid},
		{"2: empty", []string{""}, guard.ProofInvalid},
		{"2: no JWT", []string{"proof"}, guard.ProofInvalid},
		{"2: a space before", []string{" " + sound}, guard.ProofInvalid},
		{"2: padding behind", []string{sound + "="}, guard.ProofInvalid},
		{"2: too long", []string{sign(set{"x": strings.Repeat("x", 9000)}, nil)}, guard.ProofInvalid},
		{"2: header too long", []string{sign(set{"x": strings.Repeat("x", 4096)}, nil)}, guard.ProofInvalid},
		{"2: payload no object", []string{s.sign(t, s.header(), "[]")}, guard.ProofInvalid},
		{"2: payload with a name twice", []string{s.sign(t, s.header(), strings.Replace(string(jsonOf(t, payload())), "{", `{"htm":"GET",`, 1))}, guard.ProofInvalid},
		{"2: payload too deep", []string{sign(nil, set{"x": []any{[]any{[]any{[]any{}}}}})}, guard.ProofInvalid},
		{"3: no jti", []string{sign(nil, set{"jti": nil})}, guard.ProofInvalid},
		{"3: jti empty", []string{sign(nil, set{"jti": ""})}, guard.ProofInvalid},
		{"3: jti a number", []string{sign(nil, set{"jti": 1})}, guard.ProofInvalid},
		{"3: jti too long", []string{sign(nil, set{"jti": strings.Repeat("j", 257)})}, guard.ProofInvalid},
		{"3: no htm", []string{sign(nil, set{"htm": nil})}, guard.ProofInvalid},
		{"3: no htu", []string{sign(nil, set{"htu": nil})}, guard.ProofInvalid},
		{"3: no iat", []string{sign(nil, set{"iat": nil})}, guard.ProofInvalid},
		{"4: no typ", []string{sign(set{"typ": nil}, nil)}, guard.ProofInvalid},
		{"4: typ JWT", []string{sign(set{"typ": "JWT"}, nil)}, guard.ProofInvalid},
		{"4: typ in capitals", []string{sign(set{"typ": "DPOP+JWT"}, nil)}, guard.ProofInvalid},
		{"5: alg none", []string{sign(set{"alg": "none"}, nil)}, guard.ProofInvalid},
		{"5: alg symmetric", []string{sign(set{"alg": "HS256"}, nil)}, guard.ProofInvalid},
		{"5: alg not in the list", []string{sign(set{"alg": "ES384"}, nil)}, guard.ProofInvalid},
		{"5: alg not of the key", []string{sign(set{"alg": "EdDSA"}, nil)}, guard.ProofInvalid},
		{"6: signed by another key", []string{other.sign(t, s.header(), payload())}, guard.ProofInvalid},
		{"6: signature cut", []string{sound[:len(sound)-2]}, guard.ProofInvalid},
		{"6: no jwk", []string{sign(set{"jwk": nil}, nil)}, guard.ProofInvalid},
		{"6: jwk a text", []string{sign(set{"jwk": "key"}, nil)}, guard.ProofInvalid},
		{"6: jwk for another algorithm", []string{sign(set{"jwk": with(s.jwk(), set{"alg": "ES384"})}, nil)}, guard.ProofInvalid},
		{"6: jwk for encryption", []string{sign(set{"jwk": with(s.jwk(), set{"use": "enc"})}, nil)}, guard.ProofInvalid},
		{"7: jwk private", []string{sign(set{"jwk": with(s.jwk(), set{"d": "AQ"})}, nil)}, guard.ProofInvalid},
		{"7: jwk a secret", []string{sign(set{"jwk": set{"kty": "oct", "k": "AQ"}}, nil)}, guard.ProofInvalid},
		{"8: htm of another method", []string{sign(nil, set{"htm": "POST"})}, guard.ProofInvalid},
		{"8: htm in small letters", []string{sign(nil, set{"htm": "get"})}, guard.ProofInvalid},
		{"9: htu of another path", []string{sign(nil, set{"htu": "https://api.example.com/v1/order"})}, guard.ProofInvalid},
		{"9: htu with a slash more", []string{sign(nil, set{"htu": "https://api.example.com/v1/orders/"})}, guard.ProofInvalid},
		{"9: htu of another host", []string{sign(nil, set{"htu": "https://api.example.com.evil.example/v1/orders"})}, guard.ProofInvalid},
		{"9: htu of another port", []string{sign(nil, set{"htu": "https://api.example.com:8443/v1/orders"})}, guard.ProofInvalid},
		{"9: htu of another scheme", []string{sign(nil, set{"htu": "http://api.example.com/v1/orders"})}, guard.ProofInvalid},
		{"9: htu with a user", []string{sign(nil, set{"htu": "https://u@api.example.com/v1/orders"})}, guard.ProofInvalid},
		{"9: htu without scheme", []string{sign(nil, set{"htu": "/v1/orders"})}, guard.ProofInvalid},
		{"10: nonce that is not asked", []string{sign(nil, set{"nonce": "x"})}, guard.Allowed},
		{"11: iat too old", []string{sign(nil, set{"iat": iat - 66})}, guard.ProofInvalid},
		{"11: iat too new", []string{sign(nil, set{"iat": iat + 6})}, guard.ProofInvalid},
		{"11: iat a text", []string{sign(nil, set{"iat": "1760000000"})}, guard.ProofInvalid},
		{"11: iat beyond all times", []string{sign(nil, set{"iat": 1e300})}, guard.ProofInvalid},
		{"11: iat before all times", []string{sign(nil, set{"iat": -1e300})}, guard.ProofInvalid},
		{"12: no ath", []string{sign(nil, set{"ath": nil})}, guard.ProofInvalid},
		{"12: ath of another token", []string{sign(nil, set{"ath": ath("other")})}, guard.ProofInvalid},
		{"12: ath padded", []string{sign(nil, set{"ath": ath(token) + "="})}, guard.ProofInvalid},
		{"12: another key's proof", []string{other.proof(t, nil)}, guard.TokenNotBound},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, w := compile(t, settings(nil)), newWorker(guardtest.NewShared())
			r := w.request(c.proofs...)
			shown := bound.Token{Text: token, Source: scheme, Confirmation: s.confirmed(t)}
			v := g.Check(r, shown, w.state)
			if v.Reason != c.want {
				t.Fatalf("%v, want %v", v.Reason, c.want)
			}
			if v.Reason == guard.ProofInvalid && v.Challenge != `DPoP realm="sallyport", error="invalid_dpop_proof", algs="PS256 ES256 EdDSA"` {
				t.Errorf("challenge %q", v.Challenge)
			}
			if v.Allows() {
				return
			}
			if len(r.Upstream) != 0 || len(w.world.Shared.Keys()) != 0 {
				t.Errorf("a denial left %v upstream, and %v", r.Upstream, w.world.Shared.Keys())
			}
			if v := g.Check(w.request(sound), shown, w.state); !v.Allows() {
				t.Errorf("the sound proof behind it: %v", v.Reason)
			}
		})
	}
}

// rfcProof, rfcToken and rfcJKT are those of RFC 9449 sections 7.1 and 6.1.
const (
	rfcToken = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
	rfcJKT   = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
	rfcProof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCR" +
		"nMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIj" +
		"oiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF" +
		"c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)

func rfcRequest(w *worker) *guard.Request {
	r := w.request(rfcProof)
	r.Host, r.Path, r.Now = "resource.example.org", "/protectedresource", 1562262618*second
	return r
}

func TestExampleOfTheStandard(t *testing.T) {
	g := compile(t, settings(func(d *document.DPoP) { d.Origins = []string{"https://resource.example.org"} }))
	w := newWorker(guardtest.NewShared())
	shown := bound.Token{Text: rfcToken, Source: scheme, Confirmation: confirmed(t, `{"jkt":"`+rfcJKT+`"}`)}
	r := rfcRequest(w)
	if v := g.Check(r, shown, w.state); !v.Allows() {
		t.Fatalf("%v", v.Reason)
	}
	if len(r.Upstream) != 1 || r.Upstream[0] != (guard.Edit{Op: guard.Remove, Name: "dpop"}) {
		t.Errorf("the proof goes upstream: %v", r.Upstream)
	}
	if v := g.Check(rfcRequest(w), shown, w.state); v.Reason != guard.ProofReplayed {
		t.Errorf("again: %v", v.Reason)
	}
}

func TestKeptTokenKeepsItsProof(t *testing.T) {
	s := newSigner(t, 7)
	set := settings(nil)
	set.Keeps = true
	w := newWorker(guardtest.NewShared())
	r := w.request(s.proof(t, nil))
	if v := compile(t, set).Check(r, bound.Token{Text: token, Source: scheme, Confirmation: s.confirmed(t)}, w.state); !v.Allows() || len(r.Upstream) != 0 {
		t.Errorf("%v, upstream %v", v.Reason, r.Upstream)
	}
}

func TestSeveralOrigins(t *testing.T) {
	s := newSigner(t, 7)
	for _, c := range []struct {
		name, htu, host string
		origins         []string
		want            guard.Reason
	}{
		{"one: a proxy may change the host", "https://api.example.com/v1/orders", "internal", []string{"https://api.example.com"}, guard.Allowed},
		{"several: the host that was called", "https://b.example.com/v1/orders", "b.example.com", []string{"https://a.example.com", "https://b.example.com"}, guard.Allowed},
		{"several: a proof for the other", "https://a.example.com/v1/orders", "b.example.com", []string{"https://a.example.com", "https://b.example.com"}, guard.ProofInvalid},
		{"a port of its own", "https://api.example.com:8443/v1/orders", "api.example.com", []string{"https://api.example.com:8443", "https://api.example.com"}, guard.Allowed},
		{"IPv6", "http://[0:0::1]:8080/v1/orders", "[::1]", []string{"http://[::1]:8080"}, guard.Allowed},
		{"not one of them", "https://c.example.com/v1/orders", "c.example.com", []string{"https://a.example.com", "https://b.example.com"}, guard.ProofInvalid},
	} {
		g := compile(t, settings(func(d *document.DPoP) { d.Origins = c.origins }))
		w := newWorker(guardtest.NewShared())
		r := w.request(s.proof(t, set{"htu": c.htu}))
		r.Host = c.host
		if v := g.Check(r, bound.Token{Text: token, Source: scheme, Confirmation: s.confirmed(t)}, w.state); v.Reason != c.want {
			t.Errorf("%s: %v, want %v", c.name, v.Reason, c.want)
		}
	}
}

// TestAVerifierThatFails: no answer is not the answer that the signature fits.
func TestAVerifierThatFails(t *testing.T) {
	s := newSigner(t, 7)
	for name, want := range map[string]guard.Reason{"error": guard.HostError, "false": guard.ProofInvalid, "true": guard.Allowed} {
		w := newWorker(guardtest.NewShared())
		w.world.Verify = func(guard.Hash, []byte, []byte, []byte) (bool, error) {
			if name == "error" {
				return true, errors.New("no")
			}
			return name == "true", nil
		}
		v := compile(t, settings(nil)).Check(w.request(s.proof(t, nil)), bound.Token{Text: token, Source: scheme, Confirmation: s.confirmed(t)}, w.state)
		if v.Reason != want {
			t.Errorf("%s: %v", name, v.Reason)
		}
	}
}

// FuzzProof: whatever the proof, nothing panics, and only the seed that is sound
// passes: nobody can sign another.
func FuzzProof(f *testing.F) {
	s := newSigner(f, 7)
	sound := s.proof(f, nil)
	seeds := []string{
		sound, rfcProof, "", ".", "..", "a.b.c", sound + ".", sound + "," + sound, sound[1:], sound[:len(sound)-1],
		s.proof(f, set{"htu": "https://api.example.com/%"}), s.proof(f, set{"iat": "x"}), s.sign(f, s.header(), "{"),
		s.sign(f, "{}", "{}"), s.sign(f, `{"alg":"ES256","typ":"dpop+jwt","jwk":{}}`, "{}"), s.sign(f, s.header(), strings.Repeat("[", 1000)),
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	g := compile(f, settings(nil))
	passed := map[string]bool{sound: true}
	f.Fuzz(func(t *testing.T, proof string) {
		w := newWorker(guardtest.NewShared())
		v := g.Check(w.request(proof), bound.Token{Text: token, Source: scheme, Confirmation: s.confirmed(t)}, w.state)
		if v.Allows() != passed[proof] && v.Reason != guard.TokenNotBound {
			t.Errorf("%q: %v", proof, v.Reason)
		}
	})
}
