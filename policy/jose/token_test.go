package jose

import (
	"fmt"
	"strings"
	"testing"
)

// compact makes a token whose signature is not looked at.
func compact(header string) string { return b64([]byte(header)) + ".e30.c2ln" }

func TestParse(t *testing.T) {
	token, err := Parse(b64([]byte(`{"typ":"at+jwt","alg":"ES256","kid":"k\u00e9y","x":[{"y":1}],"jwk": {"kty":"EC", "x":[1]} }`))+".eyJhIjoxfQ.c2ln", Bounds{})
	wantError(t, err, nil)
	h := token.Header
	if h.Algorithm != ES256 || h.KeyID != "kéy" || h.Type != "at+jwt" || string(h.JWK) != `{"kty":"EC", "x":[1]}` {
		t.Errorf("header %+v (%s)", h, h.JWK)
	}
	if string(token.Payload) != `{"a":1}` || string(token.Signature) != "sig" || !strings.HasSuffix(string(token.Signed), ".eyJhIjoxfQ") {
		t.Errorf("payload %q, signature %q, signed %q", token.Payload, token.Signature, token.Signed)
	}
}

// TestPartsDoNotOverlap: whoever appends to one part does not write into another.
func TestPartsDoNotOverlap(t *testing.T) {
	token := must(Parse(compact(`{"alg":"ES256","jwk":{}}`), Bounds{}))
	for _, part := range [][]byte{token.Header.JWK, token.Payload} {
		clear(append(part, "abc"...)[len(part):])
	}
	if string(token.Payload) != "{}" || string(token.Signature) != "sig" {
		t.Errorf("payload %q, signature %q", token.Payload, token.Signature)
	}
}

// deep is a list in a list, n deep.
func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

var headers = []struct {
	name, header string
	want         error
}{
	{"only alg", `{"alg":"RS256"}`, nil},
	{"white space", " {\n\t\"alg\" : \"RS256\" }\r\n", nil},
	{"an escaped name", `{"\u0061lg":"RS256"}`, nil},
	{"unknown parameters", `{"alg":"RS256","jku":"https://evil.example/","x5u":"https://evil.example/","x5c":["AA=="],"x5t":"AA","nested":{"alg":"none"}}`, nil},
	{"an empty kid", `{"alg":"RS256","kid":""}`, nil},
	{"nested as deep as can be", `{"alg":"RS256","a":` + deep(15) + `}`, nil},
	{"nested too deeply", `{"alg":"RS256","a":` + deep(16) + `}`, ErrMalformed},
	{"nested far too deeply", `{"alg":"RS256","a":` + strings.Repeat("[", 2000), ErrMalformed},
	{"objects nested too deeply", `{"alg":"RS256","jwk":` + strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 21), ErrMalformed},
	{"none", `{"alg":"none"}`, ErrAlgorithm},
	{"None", `{"alg":"None"}`, ErrAlgorithm},
	{"lower case", `{"alg":"rs256"}`, ErrAlgorithm},
	{"with a space", `{"alg":"RS256 "}`, ErrAlgorithm},
	{"unknown", `{"alg":"ES256K"}`, ErrAlgorithm},
	{"an encryption", `{"alg":"RSA-OAEP","enc":"A256GCM"}`, ErrAlgorithm},
	{"an empty alg", `{"alg":""}`, ErrAlgorithm},
	{"no alg", `{"kid":"a"}`, ErrAlgorithm},
	{"alg by another name", `{"Alg":"RS256"}`, ErrAlgorithm},
	{"a null alg", `{"alg":null}`, ErrMalformed},
	{"a list of algs", `{"alg":["RS256"]}`, ErrMalformed},
	{"a number for kid", `{"alg":"RS256","kid":1}`, ErrMalformed},
	{"a null typ", `{"alg":"RS256","typ":null}`, ErrMalformed},
	{"jwk that is text", `{"alg":"RS256","jwk":"{}"}`, ErrMalformed},
	{"crit", `{"alg":"RS256","crit":["exp"],"exp":1}`, ErrCritical},
	{"crit of a known parameter", `{"alg":"RS256","crit":["kid"],"kid":"a"}`, ErrCritical},
	{"an empty crit", `{"alg":"RS256","crit":[]}`, ErrCritical},
	{"a null crit", `{"alg":"RS256","crit":null}`, ErrCritical},
	{"b64 false", `{"alg":"RS256","b64":false,"crit":["b64"]}`, ErrCritical},
	{"b64 true", `{"alg":"RS256","b64":true}`, ErrCritical},
	{"alg twice", `{"alg":"none","alg":"RS256"}`, ErrMalformed},
	{"alg twice, once escaped", `{"alg":"RS256","\u0061lg":"none"}`, ErrMalformed},
	{"kid twice", `{"alg":"RS256","kid":"a","kid":"b"}`, ErrMalformed},
	{"an unknown parameter twice", `{"alg":"RS256","a":1,"a":1}`, ErrMalformed},
	{"twice within", `{"alg":"RS256","a":{"b":1,"b":1}}`, ErrMalformed},
	{"bytes behind", `{"alg":"RS256"}x`, ErrMalformed},
	{"an object behind", `{"alg":"RS256"}{"alg":"none"}`, ErrMalformed},
	{"NUL behind", `{"alg":"RS256"}` + "\x00", ErrMalformed},
	{"a mark in front", "\ufeff" + `{"alg":"RS256"}`, ErrMalformed},
	{"not UTF-8", `{"alg":"RS256","a":"` + "\xff" + `"}`, ErrMalformed},
	{"half a surrogate pair", `{"alg":"RS256","a":"\ud800"}`, ErrMalformed},
	{"a comma too many", `{"alg":"RS256",}`, ErrMalformed},
	{"a comment", `{"alg":"RS256"/**/}`, ErrMalformed},
	{"single quotes", `{'alg':'RS256'}`, ErrMalformed},
	{"cut off", `{"alg":"RS256"`, ErrMalformed},
	{"cut off in a name", `{"al`, ErrMalformed},
	{"a list", `["alg","RS256"]`, ErrMalformed},
	{"a text", `"RS256"`, ErrMalformed},
	{"null", `null`, ErrMalformed},
	{"nothing", ``, ErrMalformed},
	{"UTF-16", "{\x00\"\x00a\x00l\x00g\x00\"\x00", ErrMalformed},
	{"larger than can be", `{"alg":"RS256","a":"` + strings.Repeat("a", 4096) + `"}`, ErrMalformed},
}

func TestHeader(t *testing.T) {
	for _, c := range headers {
		t.Run(c.name, func(t *testing.T) {
			token, err := Parse(compact(c.header), Bounds{})
			wantError(t, err, c.want)
			if (token == nil) != (err != nil) {
				t.Errorf("token %v beside error %v", token, err)
			}
		})
	}
}

// TestOneWayToWrite: RFC 7515 section 2 has no padding, no line breaks and no
// white space; unused bits must be 0 (RFC 4648 section 3.5), or one token could
// be written in many ways.
func TestOneWayToWrite(t *testing.T) {
	h := b64([]byte(`{"alg":"RS256"}`))
	for _, c := range []struct{ name, token string }{
		{"nothing", ""},
		{"one part", h},
		{"two parts", h + ".e30"},
		{"two dots alone", ".."},
		{"four parts", h + ".e30.c2ln.c2ln"},
		{"an encrypted token", h + ".a.b.c.d"},
		{"a dot behind", h + ".e30.c2ln."},
		{"a dot in front", "." + h + ".e30.c2ln"},
		{"no header", ".e30.c2ln"},
		{"no signature", h + ".e30."},
		{"padding in the header", b64([]byte(`{"alg":"RS256" }`)) + "==.e30.c2ln"},
		{"padding in the payload", h + ".e30=.c2ln"},
		{"padding in the signature", h + ".e30.c2k="},
		{"a line break in the payload", h + ".e\n30.c2ln"},
		{"a carriage return in the signature", h + ".e30.c2\rln"},
		{"a line break behind", h + ".e30.c2ln\n"},
		{"a space in front", " " + h + ".e30.c2ln"},
		{"a space behind", h + ".e30.c2ln "},
		{"a comma", h + ".e30.c2ln,"},
		{"NUL", h + ".e30.c2ln\x00"},
		{"the other base64", h + ".e30.c2+/"},
		{"unused bits in the header", b64([]byte(`{"alg":"RS256" }`))[:21] + "R.e30.c2ln"},
		{"unused bits in the payload", h + ".e31.c2ln"},
		{"unused bits in the signature", h + ".e30.c2l"},
		{"a length that none has", h + ".e30.c2lnc"},
		{"not ASCII", h + ".é30.c2ln"},
		{"longer than can be", h + "." + strings.Repeat("e", 16<<10) + ".c2ln"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(c.token, Bounds{})
			wantError(t, err, ErrMalformed)
		})
	}
}

func TestBounds(t *testing.T) {
	token := compact(`{"alg":"RS256"}`)
	for _, c := range []struct {
		name   string
		bounds Bounds
		want   error
	}{
		{"just enough", Bounds{Token: len(token), Header: 15}, nil},
		{"the token is longer", Bounds{Token: len(token) - 1}, ErrMalformed},
		{"the header is longer", Bounds{Header: 14}, ErrMalformed},
		{"defaults", Bounds{}, nil},
		{"nonsense is the default", Bounds{Token: -1, Header: -1}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(token, c.bounds)
			wantError(t, err, c.want)
		})
	}
}

// TestErrorsHoldNothing: what a client sent does not come back in an error.
func TestErrorsHoldNothing(t *testing.T) {
	const secret = "confidential"
	for _, token := range []string{
		secret, compact(secret), compact(`{"alg":"` + secret + `"}`), compact(`{"alg":"RS256","` + secret + `":1,"` + secret + `":2}`),
		compact(`{"alg":"RS256","a":` + secret), compact(`{"alg":"RS256"}` + secret), compact(`{"alg":"RS256"}`) + "!" + secret,
	} {
		_, err := Parse(token, Bounds{})
		if err == nil || strings.Contains(fmt.Sprintf("%v", err), secret) || strings.Contains(err.Error(), b64([]byte(secret))[:8]) {
			t.Errorf("Parse(%q): %v", token, err)
		}
	}
}

func TestAlgorithms(t *testing.T) {
	if len(signers()) != 13 {
		t.Fatalf("%d signers", len(signers()))
	}
	for _, s := range signers() {
		a, ok := ParseAlgorithm(s.algorithm.String())
		if !ok || a != s.algorithm || signerOf(a).algorithm != a {
			t.Errorf("%v is not found by its name", s.algorithm)
		}
		only := NewAlgorithms(a)
		if !only.Has(a) || only == all || a.Symmetric() != (s.jwk == "") || only.Symmetric() == only.Asymmetric() || only.Symmetric() != a.Symmetric() {
			t.Errorf("%v: a wrong set", a)
		}
		for other := range all.All() {
			if only.Has(other) != (other == a) {
				t.Errorf("the set of %v has %v", a, other)
			}
		}
	}
	for _, name := range []string{"", "none", "RS256\x00", "HS1", "EDDSA"} {
		if a, ok := ParseAlgorithm(name); ok || a != 0 {
			t.Errorf("%q is %v", name, a)
		}
	}
	if NewAlgorithms(0, 14, 200) != 0 || all.Has(0) || all.Has(14) || Algorithm(0).String() != "none" || Algorithm(99).String() != "none" {
		t.Error("none is in a set")
	}
	if !all.Symmetric() || !all.Asymmetric() {
		t.Error("the set of all is of one kind")
	}
}
