package jose

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

var all = NewAlgorithms(RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256, HS384, HS512)

func TestEveryAlgorithmVerifies(t *testing.T) {
	for name, crypto := range verifiers() {
		for _, s := range signers() {
			t.Run(name+"/"+s.algorithm.String(), func(t *testing.T) {
				set := s.set()
				k, err := verify(crypto, set, s.sign("", "hello"), NewAlgorithms(s.algorithm))
				wantError(t, err, nil)
				if k != set.Keys()[0] {
					t.Error("another key than the one that signed")
				}
			})
		}
	}
}

// TestTheProxyIsAsked: RS* and ES* go to the proxy, and nothing else does.
func TestTheProxyIsAsked(t *testing.T) {
	for _, s := range signers() {
		w := withVerifier()
		_, err := verify(w, s.set(), s.sign("", ""), all)
		wantError(t, err, nil)
		want := 0
		if a := s.algorithm; a <= RS512 || a >= ES256 && a <= ES512 {
			want = 1
		}
		if w.Calls[guardtest.Verify] != want {
			t.Errorf("%v: the proxy was asked %d times, want %d", s.algorithm, w.Calls[guardtest.Verify], want)
		}
	}
}

// TestTheProxyDecides: what it says is the verdict, and Go's crypto is not asked
// for a second one. A failing call is no verdict at all.
func TestTheProxyDecides(t *testing.T) {
	broken := errors.New("the host call failed")
	for _, s := range []signer{signerOf(RS256), signerOf(ES256), signerOf(ES512)} {
		for _, c := range []struct {
			name string
			ok   bool
			err  error
			want error
		}{
			{"false", false, nil, ErrSignature},
			{"a failed call", false, broken, broken},
			{"true with a failed call", true, broken, broken},
		} {
			w := guardtest.New("192.0.2.1")
			w.Verify = func(guard.Hash, []byte, []byte, []byte) (bool, error) { return c.ok, c.err }
			k, err := verify(w, s.set(), s.sign("", ""), all)
			wantError(t, err, c.want)
			if k != nil {
				t.Errorf("%v, %s: a key came with the error", s.algorithm, c.name)
			}
			if c.err != nil && errors.Is(err, ErrSignature) {
				t.Errorf("%v, %s: %v says something of the signature", s.algorithm, c.name, err)
			}
		}
	}
}

// TestEveryBitCounts flips each bit of a signature, and cuts and stretches it to
// each other length.
func TestEveryBitCounts(t *testing.T) {
	for _, name := range []string{byProxy, byGo} {
		for _, s := range signers() {
			t.Run(name+"/"+s.algorithm.String(), func(t *testing.T) {
				t.Parallel()
				crypto := verifiers()[name]
				set, allowed := s.set(), NewAlgorithms(s.algorithm)
				token := must(Parse(s.sign("", "hello"), Bounds{}))
				good := token.Signature
				refuse := func(signature []byte, what string, n int) {
					t.Helper()
					token.Signature = signature
					if k, err := set.Verify(crypto, token, allowed); !errors.Is(err, ErrSignature) || k != nil {
						t.Fatalf("%s %d: error %v, want %v", what, n, err, ErrSignature)
					}
				}
				step := 1
				if name == byProxy && (s.algorithm == ES384 || s.algorithm == ES512) {
					step = 5 // these take a second, and by Go all of them are seen
				}
				for bit := 0; bit < 8*len(good); bit += step {
					bad := append([]byte(nil), good...)
					bad[bit/8] ^= 1 << (bit % 8)
					refuse(bad, "flipped bit", bit)
				}
				for n := range len(good) {
					refuse(good[:n], "cut to", n)
					refuse(good[n+1:], "cut at the front by", n+1)
				}
				for n := 1; n < 40; n++ {
					refuse(append(append([]byte(nil), good...), make([]byte, n)...), "stretched by", n)
					refuse(append(make([]byte, n), good...), "stretched in front by", n)
				}
				token.Signature = good
				_, err := set.Verify(crypto, token, allowed)
				wantError(t, err, nil)
			})
		}
	}
}

// TestEveryByteOfTheTextCounts: a signature is of its own text alone.
func TestEveryByteOfTheTextCounts(t *testing.T) {
	for name, crypto := range verifiers() {
		for _, s := range signers() {
			token := must(Parse(s.sign("", "hello"), Bounds{}))
			set := s.set()
			for i := range token.Signed {
				token.Signed[i] ^= 1 << (i % 8)
				if _, err := set.Verify(crypto, token, all); !errors.Is(err, ErrSignature) {
					t.Fatalf("%s, %v: flipped a bit of byte %d: error %v", name, s.algorithm, i, err)
				}
				token.Signed[i] ^= 1 << (i % 8)
			}
		}
	}
}

// trusting is a proxy that takes every signature.
func trusting() *guardtest.World {
	w := guardtest.New("192.0.2.1")
	w.Verify = func(guard.Hash, []byte, []byte, []byte) (bool, error) { return true, nil }
	return w
}

// TestLengthsAreOurs: a signature of another length than its key has is refused
// before anybody is asked.
func TestLengthsAreOurs(t *testing.T) {
	for _, a := range []Algorithm{RS256, RS512, ES256, ES384, ES512} {
		s, w := signerOf(a), trusting()
		token := must(Parse(s.sign("", ""), Bounds{}))
		good := token.Signature
		for _, bad := range [][]byte{nil, good[1:], good[:len(good)-1], append([]byte{0}, good...), append(good[:len(good):len(good)], 0)} {
			token.Signature = bad
			_, err := s.set().Verify(w, token, all)
			wantError(t, err, ErrSignature)
		}
		if w.Calls[guardtest.Verify] > 0 {
			t.Errorf("%v: the proxy was asked", a)
		}
	}
}

// TestPsychicSignatures: r and s that are 0, the order or beyond it fit every
// text in verifiers that do not look.
func TestPsychicSignatures(t *testing.T) {
	trusting := trusting()
	for _, s := range []signer{signerOf(ES256), signerOf(ES384), signerOf(ES512)} {
		set, token := s.set(), must(Parse(s.sign("", ""), Bounds{}))
		c := set.Keys()[0].curve
		zero, one, order := make([]byte, c.size), append(make([]byte, c.size-1), 1), c.n
		most := append([]byte(nil), order...)
		most[c.size-1]--
		beyond := []byte(strings.Repeat("\xff", c.size))
		for _, bad := range [][]byte{zero, order, beyond} {
			for _, rs := range [][]byte{append(append([]byte(nil), bad...), one...), append(append([]byte(nil), one...), bad...)} {
				token.Signature = rs
				_, err := set.Verify(trusting, token, all)
				wantError(t, err, ErrSignature)
			}
		}
		token.Signature = append(append([]byte(nil), one...), most...)
		_, err := set.Verify(trusting, token, all)
		wantError(t, err, nil) // the verifier was asked after all
	}
}

// TestTheAlgorithmIsNotTheTokens: only what the caller allows and the key is for.
func TestTheAlgorithmIsNotTheTokens(t *testing.T) {
	rs, ps, hs := signerOf(RS256), signerOf(PS256), signerOf(HS256)
	pinned := must(ParseSet([]byte(`{"keys":[` + with(rs.jwk, `"kid":"a","alg":"RS256"`) + `]}`)))
	named := func(a Algorithm) string { return fmt.Sprintf(`{"alg":%q,"kid":"a"}`, a) }
	for _, c := range []struct {
		name    string
		set     *Set
		token   string
		allowed Algorithms
		want    error
	}{
		{"allowed", rs.set(), rs.sign("", ""), NewAlgorithms(RS256), nil},
		{"not allowed", rs.set(), rs.sign("", ""), NewAlgorithms(PS256, ES256), ErrAlgorithm},
		{"nothing allowed", rs.set(), rs.sign("", ""), 0, ErrAlgorithm},
		{"the key's alg", pinned, rs.sign(named(RS256), ""), all, nil},
		{"not the key's alg", pinned, ps.sign(named(PS256), ""), all, ErrAlgorithm},
		{"not the key's alg, without kid", pinned, ps.sign("", ""), all, ErrUnknownKey},
		{"signed by PSS, named PKCS #1", rs.set(), ps.sign(`{"alg":"RS256"}`, ""), all, ErrSignature},
		{"signed by PKCS #1, named PSS", rs.set(), rs.sign(`{"alg":"PS256"}`, ""), all, ErrSignature},
		{"another hash", rs.set(), rs.sign(`{"alg":"RS512"}`, ""), all, ErrSignature},
		{"another curve", signerOf(ES256).set(), signerOf(ES256).sign(`{"alg":"ES384"}`, ""), all, ErrUnknownKey},
		{"a secret for public keys", rs.set(), hs.sign("", ""), all, ErrUnknownKey},
		{"a public key for secrets", hs.set(), rs.sign("", ""), all, ErrUnknownKey},
		{"the modulus as a secret", pinned, signer{HS256, pinned.Keys()[0].rsa.modulus, ""}.sign(named(HS256), ""), all, ErrAlgorithm},
		{"the SPKI as a secret", pinned, signer{HS256, pinned.Keys()[0].spki, ""}.sign(named(HS256), ""), all, ErrAlgorithm},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, crypto := range verifiers() {
				_, err := verify(crypto, c.set, c.token, c.allowed)
				wantError(t, err, c.want)
			}
		})
	}
}

// TestTheKeysAlgorithmAlone: Key.Verify, which has no set to choose from, is no
// way round.
func TestTheKeysAlgorithmAlone(t *testing.T) {
	rs, es := signerOf(RS256), signerOf(ES256)
	key := rs.set().Keys()[0]
	wantError(t, key.Verify(nil, must(Parse(rs.sign(`{"alg":"RS256","kid":"other"}`, ""), Bounds{})), all), nil)
	wantError(t, key.Verify(nil, must(Parse(rs.sign("", ""), Bounds{})), NewAlgorithms(ES256)), ErrAlgorithm)
	wantError(t, key.Verify(nil, must(Parse(es.sign("", ""), Bounds{})), all), ErrAlgorithm)
}

// TestZeroValuesDeny: what nobody filled in verifies nothing.
func TestZeroValuesDeny(t *testing.T) {
	token := must(Parse(signerOf(RS256).sign("", ""), Bounds{}))
	for name, s := range map[string]*Set{"no set": nil, "an empty set": {}, "a set of an empty key": {keys: []*Key{{algorithms: all}}}} {
		k, err := s.Verify(nil, token, all)
		if err == nil || k != nil {
			t.Errorf("%s verifies", name)
		}
	}
	if k, err := signerOf(RS256).set().Verify(nil, &Token{}, all|1); !errors.Is(err, ErrAlgorithm) || k != nil {
		t.Errorf("an empty token: %v", err)
	}
	wantError(t, (&Key{}).Verify(nil, token, all), ErrAlgorithm)
}
