package jose

import (
	"encoding/json"
	"os"
	"testing"
)

// classes are the words of testdata/rfc.json for how a token fares.
var classes = map[string]error{
	"valid": nil, "algorithm": ErrAlgorithm, "malformed": ErrMalformed, "critical": ErrCritical, "signature": ErrSignature,
}

// TestExamplesOfTheStandards: appendices A and E of RFC 7515, section 4 of RFC
// 7520, appendix A of RFC 8037. Those in JSON serialisation are refused.
func TestExamplesOfTheStandards(t *testing.T) {
	var cases []struct {
		Name, Want, Token, Secret string
		JWK                       json.RawMessage
	}
	if err := json.Unmarshal(must(os.ReadFile("testdata/rfc.json")), &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 21 {
		t.Errorf("%d examples, want 21", len(cases))
	}
	for _, c := range cases {
		var set *Set
		if c.Secret != "" {
			set = must(Secret(must(encoding.DecodeString(c.Secret)), NewAlgorithms(HS256)))
		} else {
			set = must(ParseSet([]byte(`{"keys":[` + string(c.JWK) + `]}`)))
		}
		want, known := classes[c.Want]
		if !known {
			t.Fatalf("%s: no class %q", c.Name, c.Want)
		}
		for name, crypto := range verifiers() {
			t.Run(c.Name+"/"+name, func(t *testing.T) {
				_, err := verify(crypto, set, c.Token, all)
				wantError(t, err, want)
			})
		}
	}
}

// TestThumbprints: the examples of RFC 7638 section 3.1 and RFC 8037 appendix
// A.3. What does not make the key changes nothing.
func TestThumbprints(t *testing.T) {
	const n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W" +
		"-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q" +
		"NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
	for _, c := range []struct{ name, jwk, want string }{
		{"RSA", `{"kty":"RSA","n":"` + n + `","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
		{"RSA with zeros in front", `{"kty":"RSA","n":"` + b64(append([]byte{0}, must(encoding.DecodeString(n))...)) + `","e":"AAEAAQ"}`,
			"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
		{"Ed25519", `{"kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","crv":"Ed25519","kty":"OKP"}`,
			"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sum := must(ParseKey([]byte(c.jwk))).Thumbprint()
			if got := b64(sum[:]); got != c.want {
				t.Errorf("thumbprint %s, want %s", got, c.want)
			}
		})
	}
}
