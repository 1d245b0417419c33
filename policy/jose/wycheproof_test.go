package jose

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// waivers are the vectors whose result is not ours, by file and tcId. Two are
// mistakes of the file; the others are refused here although Wycheproof takes
// them.
var waivers = map[string]map[int]string{
	"json_web_signature_test.json": {
		346: "the token is PS384, and its key's alg is PS256 (RFC 7517 section 4.4)",
		350: "as 346",
		347: "the key's alg is ES521, which is no algorithm",
		351: "as 347",
		367: "byte for byte 357, which is valid; the padding of its name is gone (TestOneWayToWrite has some)",
		370: "as 367",
		372: "a character outside of base64url in the header; some decoders pass over it, so it is a second way to write the token",
		373: "as 372, in the payload",
	},
	"json_web_key_test.json": {
		2: "secrets in a key set, which is for public keys: a policy gives a secret by itself",
	},
}

type vectors struct {
	NumberOfTests int
	TestGroups    []struct {
		Comment         string
		Public, Private json.RawMessage
		Tests           []struct {
			TcID    int
			Comment string
			JWS     json.RawMessage
			Result  string
		}
	}
}

// TestWycheproof gives Project Wycheproof's vectors to every verifier.
func TestWycheproof(t *testing.T) {
	for file, want := range map[string]int{"json_web_signature_test.json": 401, "json_web_key_test.json": 26} {
		var v vectors
		if err := json.Unmarshal(must(os.ReadFile("testdata/wycheproof/"+file)), &v); err != nil {
			t.Fatal(err)
		}
		run, waived := 0, 0
		for _, g := range v.TestGroups {
			key := g.Public
			if key == nil {
				key = g.Private
			}
			set, err := wycheproofSet(key)
			for _, c := range g.Tests {
				run++
				_, waiver := waivers[file][c.TcID]
				if waiver {
					waived++
				}
				for name, crypto := range verifiers() {
					got := "invalid"
					var failure error = err
					if err == nil {
						if _, failure = verify(crypto, set, wycheproofToken(c.JWS), all); failure == nil {
							got = "valid"
						}
					}
					if (got == c.Result) == waiver {
						t.Errorf("%s %d (%s, %s): %s, want %s, waived: %v: %v", file, c.TcID, c.Comment, name, got, c.Result, waiver, failure)
					}
				}
			}
		}
		if run != want || v.NumberOfTests != want || waived != len(waivers[file]) {
			t.Errorf("%s: ran %d of %d vectors, want %d; %d of %d waivers used", file, run, v.NumberOfTests, want, waived, len(waivers[file]))
		}
	}
}

// wycheproofToken is the token as a client would send it: a few are JSON objects.
func wycheproofToken(jws json.RawMessage) string {
	var text string
	if json.Unmarshal(jws, &text) == nil {
		return text
	}
	return string(jws)
}

// wycheproofSet reads the key, or the keys, of a group. A secret that stands alone
// goes the way that a policy's secrets go, and for its own algorithm.
func wycheproofSet(key json.RawMessage) (*Set, error) {
	var jwk struct{ Kty, Alg, K string }
	var keys struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(key, &keys); err != nil {
		return nil, err
	}
	switch len(keys.Keys) {
	case 0:
	case 1:
		key = keys.Keys[0]
	default:
		return ParseSet(key)
	}
	if err := json.Unmarshal(key, &jwk); err != nil {
		return nil, err
	}
	if jwk.Kty != "oct" {
		return ParseSet(slices.Concat([]byte(`{"keys":[`), key, []byte(`]}`)))
	}
	a, _ := ParseAlgorithm(jwk.Alg)
	secret, err := encoding.DecodeString(jwk.K)
	if err != nil {
		return nil, err
	}
	return Secret(secret, NewAlgorithms(a))
}
