package jose

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
)

func jwks(keys ...string) []byte { return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`) }

func TestParseSet(t *testing.T) {
	rs, es, ed := signerOf(RS256).jwk, signerOf(ES256).jwk, signerOf(EdDSA).jwk
	other := `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	for _, c := range []struct {
		name          string
		keys          []string
		used, refused int
	}{
		{"three kinds", []string{rs, es, ed}, 3, 0},
		{"for encryption", []string{rs, with(es, `"use":"enc"`)}, 1, 0},
		{"an unknown use", []string{rs, with(es, `"use":"Sig"`)}, 1, 0},
		{"an operation that is another", []string{rs, with(es, `"key_ops":["encrypt"]`)}, 1, 0},
		{"no operation", []string{rs, with(es, `"key_ops":[]`)}, 1, 0},
		{"to verify", []string{with(rs, `"key_ops":["verify"]`), with(es, `"use":"sig","key_ops":["sign","verify"]`)}, 2, 0},
		{"another kind", []string{rs, `{"kty":"AKP","pub":"AA","alg":"ML-DSA-44"}`}, 1, 0},
		{"another curve", []string{rs, `{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}`, `{"kty":"OKP","crv":"X25519","x":"AA"}`}, 1, 0},
		{"another algorithm", []string{rs, with(es, `"alg":"ES256K"`)}, 1, 0},
		{"an algorithm of another kind", []string{rs, with(es, `"alg":"RS256"`)}, 1, 0},
		{"an algorithm of secrets", []string{es, with(rs, `"alg":"HS256"`)}, 1, 0},
		{"no kind", []string{rs, `{}`}, 1, 0},
		{"the kind in another case", []string{rs, strings.Replace(es, `"EC"`, `"ec"`, 1)}, 1, 0},
		{"a secret", []string{rs, `{"kty":"oct","k":"AAAA"}`}, 1, 1},
		{"a private key", []string{rs, with(es, `"d":"AAAA"`)}, 1, 1},
		{"a private key's prime", []string{es, with(rs, `"p":"AAAA"`)}, 1, 1},
		{"a private key, empty", []string{rs, with(ed, `"d":""`)}, 1, 1},
		{"the same key twice", []string{rs, rs}, 1, 0},
		{"the same key by two kids", []string{with(rs, `"kid":"a"`), with(rs, `"kid":"b"`)}, 2, 0},
		{"one kid for two kinds", []string{with(rs, `"kid":"a"`), with(es, `"kid":"a"`)}, 2, 0},
		{"one kid for two keys", []string{rs, with(ed, `"kid":"a"`), with(other, `"kid":"a"`)}, 1, 2},
		{"no kid for two keys", []string{ed, other}, 2, 0},
		{"an empty kid for two keys", []string{with(ed, `"kid":""`), other}, 2, 0},
		{"a kid that is a number", []string{rs, with(es, `"kid":1`)}, 1, 1},
		{"key_ops that is text", []string{rs, with(es, `"key_ops":"verify"`)}, 1, 1},
		{"key_ops with a number", []string{rs, with(es, `"key_ops":["verify",1]`)}, 1, 1},
		{"key_ops without end", []string{rs, with(es, `"key_ops":[`+strings.Repeat(`"a",`, 16)+`"verify"]`)}, 1, 1},
		{"certificates, that are not read", []string{with(rs, `"x5c":["!"],"x5t":1,"x5u":null`)}, 1, 0},
		{"a key that is too long", []string{rs, with(es, `"x5c":["`+strings.Repeat("A", maxKey)+`"]`)}, 1, 1},
		{"padded numbers", []string{rs, `{"kty":"RSA","n":"` + b64(signerOf(RS256).set().Keys()[0].rsa.modulus) + `=","e":"AQAB"}`}, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ParseSet(jwks(c.keys...))
			wantError(t, err, nil)
			if len(s.Keys()) != c.used || len(s.Refused()) != c.refused {
				t.Errorf("%d keys, want %d; refused: %v, want %d", len(s.Keys()), c.used, s.Refused(), c.refused)
			}
			for _, err := range s.Refused() {
				wantError(t, err, ErrKey)
			}
		})
	}
}

func TestNoSet(t *testing.T) {
	rs := signerOf(RS256).jwk
	for _, c := range []struct{ name, text string }{
		{"nothing", ""},
		{"no object", `[` + rs + `]`},
		{"one key by itself", rs},
		{"no keys", `{}`},
		{"an empty set", `{"keys":[]}`},
		{"keys that are null", `{"keys":null}`},
		{"keys that are an object", `{"keys":` + rs + `}`},
		{"a key that is text", `{"keys":[` + rs + `,"a"]}`},
		{"a key that is null", `{"keys":[` + rs + `,null]}`},
		{"keys twice", `{"keys":[` + rs + `],"keys":[]}`},
		{"a member of a key twice", `{"keys":[` + rs + `,{"kty":"RSA","kty":"oct"}]}`},
		{"bytes behind", `{"keys":[` + rs + `]}x`},
		{"cut off", `{"keys":[` + rs},
		{"a list that does not end", `{"keys":[` + rs + `}`},
		{"only a secret", `{"keys":[{"kty":"oct","k":"AAAA"}]}`},
		{"only keys for encryption", `{"keys":[` + with(rs, `"use":"enc"`) + `]}`},
		{"nested too deeply", `{"a":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `,"keys":[` + rs + `]}`},
		{"too many keys", string(jwks(strings.Split(strings.Repeat(rs+"|", maxKeys)+rs, "|")...))},
		{"too long", `{"keys":[` + rs + `],"a":"` + strings.Repeat("a", maxSet) + `"}`},
		{"a page", `<!DOCTYPE html>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := ParseSet([]byte(c.text))
			wantError(t, err, ErrSet)
			if s != nil {
				t.Error("a set beside the error")
			}
		})
	}
	s, err := ParseSet(jwks(strings.Split(strings.Repeat(rs+"|", maxKeys-1)+rs, "|")...))
	wantError(t, err, nil)
	if len(s.Keys()) != 1 {
		t.Errorf("%d keys", len(s.Keys()))
	}
}

// refusedCase is a key by itself: what is wrong with it, or nothing.
type refusedCase struct {
	name, jwk string
	want      error
}

func checkRefused(t *testing.T, cases []refusedCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			k, err := ParseKey([]byte(c.jwk))
			wantError(t, err, c.want)
			if c.want != nil {
				wantError(t, err, ErrKey)
			}
			if (k == nil) != (err != nil) {
				t.Error("a key beside an error, or neither")
			}
		})
	}
}

// TestWeakRSA: moduli and exponents that a verifier must not trust.
func TestWeakRSA(t *testing.T) {
	n := new(big.Int).SetBytes(signerOf(RS256).set().Keys()[0].rsa.modulus)
	rsaKey := func(n *big.Int, e string) string {
		return fmt.Sprintf(`{"kty":"RSA","n":%q,"e":%q}`, b64(n.Bytes()), e)
	}
	short := new(big.Int).Rsh(n, 1)
	checkRefused(t, []refusedCase{
		{"RSA", rsaKey(n, "AQAB"), nil},
		{"RSA of 2047 bits", rsaKey(short.SetBit(short, 0, 1), "AQAB"), errModulus},
		{"RSA of 8192 bits", rsaKey(new(big.Int).SetBit(new(big.Int).Lsh(n, 8192-2048), 0, 1), "AQAB"), nil},
		{"RSA of 8193 bits", rsaKey(new(big.Int).SetBit(new(big.Int).Lsh(n, 8193-2048), 0, 1), "AQAB"), errModulus},
		{"RSA of very many bits", rsaKey(new(big.Int).SetBit(new(big.Int).Lsh(n, 20000), 0, 1), "AQAB"), errModulus},
		{"RSA with an even modulus", rsaKey(new(big.Int).Add(n, big.NewInt(1)), "AQAB"), errModulus},
		{"RSA without modulus", `{"kty":"RSA","e":"AQAB"}`, errModulus},
		{"RSA with exponent 3", rsaKey(n, "Aw"), nil},
		{"RSA with exponent 2^31-1", rsaKey(n, "f____w"), nil},
		{"RSA with exponent 2^31+1", rsaKey(n, "gAAAAQ"), errExponent},
		{"RSA with a long exponent", rsaKey(n, "AQAAAAAAAAAB"), errExponent},
		{"RSA with exponent 1", rsaKey(n, "AQ"), errExponent},
		{"RSA with exponent 2", rsaKey(n, "Ag"), errExponent},
		{"RSA with exponent 65536", rsaKey(n, "AQAA"), errExponent},
		{"RSA without exponent", rsaKey(n, ""), errExponent},
		{"RSA with a number for its modulus", `{"kty":"RSA","n":1,"e":"AQAB"}`, errForm},
	})
}

// TestWhatIsRefused: points that are none, and keys that are not public or not
// for this.
func TestWhatIsRefused(t *testing.T) {
	point := signerOf(ES256).set().Keys()[0].point
	ec := func(x, y []byte) string {
		return fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q}`, b64(x), b64(y))
	}
	x, y := point[1:33], point[33:]
	p521 := signerOf(ES512).set().Keys()[0]
	beyond := new(big.Int).SetBytes(p521.point[1:67]) // 66 bytes have room for x + p
	beyond.Add(beyond, new(big.Int).SetBytes(p521.curve.p))
	checkRefused(t, []refusedCase{
		{"EC", ec(x, y), nil},
		{"EC off the curve", ec(x, append([]byte{y[0] ^ 1}, y[1:]...)), errPoint},
		{"EC at 0, 0", ec(make([]byte, 32), make([]byte, 32)), errPoint},
		{"EC at infinity", ec(nil, nil), errPoint},
		{"EC without y", ec(x, nil), errPoint},
		{"EC with a short coordinate", ec(x[1:], y), errPoint},
		{"EC with a zero in front", ec(append([]byte{0}, x...), y), errPoint},
		{"EC on another curve", strings.Replace(ec(x, y), "P-256", "P-384", 1), errPoint},
		{"EC with a coordinate beyond the field", ec([]byte(strings.Repeat("\xff", 32)), y), errPoint},
		{"EC with x + p for x", fmt.Sprintf(`{"kty":"EC","crv":"P-521","x":%q,"y":%q}`, b64(beyond.Bytes()), b64(p521.point[67:])), errPoint},
		{"EC with unused bits", strings.Replace(ec(x, y), b64(x), b64(x)[:42]+"_", 1), errBase64},
		{"EC in the other base64", `{"kty":"EC","crv":"P-256","x":"++//","y":"AA"}`, errBase64},
		{"Ed25519", signerOf(EdDSA).jwk, nil},
		{"Ed25519 too short", `{"kty":"OKP","crv":"Ed25519","x":"AAAA"}`, errPoint},
		{"Ed25519 without x", `{"kty":"OKP","crv":"Ed25519"}`, errPoint},
		{"a secret", `{"kty":"oct","k":"AAAA"}`, errOct},
		{"a private key", with(signerOf(EdDSA).jwk, `"d":"AAAA"`), errPrivate},
		{"a private key by its d alone", `{"kty":"EC","crv":"P-256","d":"AA"}`, errPrivate},
		{"for encryption", with(signerOf(ES256).jwk, `"use":"enc"`), errForeign},
		{"another kind", `{"kty":"new"}`, errForeign},
		{"no key", `{}`, errForeign},
		{"no object", `"a"`, errForm},
		{"bytes behind", signerOf(EdDSA).jwk + "x", errForm},
		{"a member twice", with(signerOf(EdDSA).jwk, `"x":"AA"`), errForm},
		{"too long", with(signerOf(EdDSA).jwk, `"a":"`+strings.Repeat("a", maxKey)+`"`), ErrKey},
	})
}

// TestWhichKey: the kid chooses; without one, what fits is tried.
func TestWhichKey(t *testing.T) {
	signer := signerOf(EdDSA)
	strange := func(n int) string { // a sound key that signed nothing
		return fmt.Sprintf(`{"kty":"EC","crv":"P-256","kid":"%d",%s`, n, strings.SplitN(signerOf(ES256).jwk, ",", 3)[2])
	}
	others := func(n int) []string {
		var list []string
		for i := range n {
			list = append(list, edwardsKey(int64(i), fmt.Sprintf("other%d", i)))
		}
		return list
	}
	own, bare := with(signer.jwk, `"kid":"own"`), signer.jwk
	kid := func(id string) string { return `{"alg":"EdDSA","kid":"` + id + `"}` }
	for _, c := range []struct {
		name   string
		keys   []string
		header string
		want   error
	}{
		{"by kid", append(others(20), own), kid("own"), nil},
		{"by the kid of another", append(others(1), own), kid("other0"), ErrSignature},
		{"by an unknown kid", []string{own}, kid("new"), ErrUnknownKey},
		{"by a kid in another case", []string{own}, kid("Own"), ErrUnknownKey},
		{"by the kid of another kind", []string{strange(1), own}, kid("1"), ErrAlgorithm},
		{"by an unknown kid, the key having none", append(others(1), bare), kid("new"), nil},
		{"by a known kid, another key having none", append(others(1), bare), kid("other0"), ErrSignature},
		{"without kid", append(others(7), own), "", nil},
		{"without kid, the key being the ninth", append(others(8), own), "", ErrSignature},
		{"without kid, behind many of another kind", append([]string{strange(1), strange(2)}, append(others(7), own)...), "", nil},
		{"with an empty kid", []string{own}, kid(""), nil},
		{"without kid, nothing fits", []string{strange(1)}, "", ErrUnknownKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := must(ParseSet(jwks(c.keys...)))
			if refused := set.Refused(); len(refused) > 0 {
				t.Fatal(refused)
			}
			k, err := verify(nil, set, signer.sign(c.header, ""), all)
			wantError(t, err, c.want)
			if err == nil && k.Thumbprint() != signer.set().Keys()[0].Thumbprint() {
				t.Error("another key")
			}
		})
	}
}

// TestOneKeyForTwoAlgorithms: the same key twice, for one algorithm each, is one
// key for both.
func TestOneKeyForTwoAlgorithms(t *testing.T) {
	rs, ps := signerOf(RS256), signerOf(PS256)
	set := must(ParseSet(jwks(with(rs.jwk, `"kid":"a","alg":"RS256"`), with(rs.jwk, `"kid":"a","alg":"PS256"`))))
	for _, s := range []signer{rs, ps} {
		_, err := verify(nil, set, s.sign(`{"alg":"`+s.algorithm.String()+`","kid":"a"}`, ""), all)
		wantError(t, err, nil)
	}
	_, err := verify(nil, set, rs.sign(`{"alg":"RS512","kid":"a"}`, ""), all)
	wantError(t, err, ErrAlgorithm)
}

// TestWhatASetTells: keys, algorithms and refusals, none of which can be changed
// from outside.
func TestWhatASetTells(t *testing.T) {
	s := must(ParseSet(jwks(with(signerOf(RS256).jwk, `"alg":"PS256","kid":"r"`), with(signerOf(ES512).jwk, `"kid":"e"`), `{"kty":"oct"}`)))
	if s.Algorithms() != NewAlgorithms(PS256, ES512) {
		t.Errorf("algorithms %b", s.Algorithms())
	}
	k := s.Keys()
	if k[0].ID() != "r" || k[1].ID() != "e" || k[0].Algorithms() != NewAlgorithms(PS256) || k[1].Algorithms() != NewAlgorithms(ES512) {
		t.Errorf("keys %v", k)
	}
	if got := s.Refused()[0].Error(); got != "jose: unusable key: keys[2]: a secret among public keys" {
		t.Error(got)
	}
	s.Keys()[0], s.Refused()[0] = nil, nil
	if s.Keys()[0] == nil || s.Refused()[0] == nil {
		t.Error("the set can be changed from outside")
	}
}
