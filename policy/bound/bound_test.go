package bound_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/claims"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// now is a whole second, as iat is.
const now = int64(1_760_000_000) * int64(time.Second)

const token = "header.payload.signature"

var (
	bearer = credential.Source{Header: "authorization", Scheme: "bearer"}
	scheme = credential.Source{Header: "authorization", Scheme: "dpop"}
	cookie = credential.Source{Cookie: "token"}
	seed   = [16]byte{1, 2, 3}
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func ath(token string) string {
	sum := sha256.Sum256([]byte(token))
	return b64(sum[:])
}

// signer is a client's key.
type signer struct{ key *ecdsa.PrivateKey }

// newSigner makes the key of a number, so that tests need no chance.
func newSigner(t testing.TB, d int64) *signer {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), big.NewInt(d).FillBytes(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return &signer{key}
}

// jwk is the public half.
func (s *signer) jwk() map[string]any {
	point, err := s.key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return map[string]any{"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}
}

// jkt is the thumbprint (RFC 7638 section 3).
func (s *signer) jkt() string {
	j := s.jwk()
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + j["x"].(string) + `","y":"` + j["y"].(string) + `"}`))
	return b64(sum[:])
}

// sign returns the compact form of two members of JSON.
func (s *signer) sign(t testing.TB, header, payload any) string {
	t.Helper()
	text := encode(t, header) + "." + encode(t, payload)
	sum := sha256.Sum256([]byte(text))
	der, err := s.key.Sign(nil, sum[:], crypto.SHA256) // without chance (RFC 6979): the processes of a fuzz test agree
	if err != nil {
		t.Fatal(err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...))
}

func encode(t testing.TB, v any) string {
	t.Helper()
	if raw, ok := v.(string); ok {
		return b64([]byte(raw))
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b64(text)
}

// set is members of an object; nil in a change takes one out.
type set = map[string]any

func with(base, change set) set {
	out := maps.Clone(base)
	for name, value := range change {
		if value == nil {
			delete(out, name)
		} else {
			out[name] = value
		}
	}
	return out
}

func (s *signer) header() set { return set{"typ": "dpop+jwt", "alg": "ES256", "jwk": s.jwk()} }

func payload() set {
	return set{"jti": "1", "htm": "GET", "htu": "https://api.example.com/v1/orders", "iat": now / int64(time.Second), "ath": ath(token)}
}

func (s *signer) proof(t testing.TB, change set) string {
	t.Helper()
	return s.sign(t, s.header(), with(payload(), change))
}

// confirmed reads what a token's cnf says.
func confirmed(t testing.TB, cnf string) bound.Confirmation {
	t.Helper()
	text := `{"sub":"a"}`
	if cnf != "" {
		text = `{"sub":"a","cnf":` + cnf + `}`
	}
	c, err := claims.Parse([]byte(text), claims.Bounds{Bytes: 4000, Values: 100, Depth: 10})
	if err != nil {
		t.Fatal(err)
	}
	return bound.Read(c)
}

func (s *signer) confirmed(t testing.TB) bound.Confirmation {
	t.Helper()
	return confirmed(t, `{"jkt":"`+s.jkt()+`"}`)
}

// proofs is a policy's dpop with its defaults.
func proofs() *document.DPoP {
	return &document.DPoP{Origins: []string{"https://api.example.com"}, Algorithms: []string{"ES256", "PS256", "EdDSA"}, MaxAge: document.Duration(time.Minute)}
}

func secret(s document.Secret, _ document.Path) []byte { return []byte(s.Value) }

func compile(t testing.TB, s bound.Settings) *bound.Guard {
	t.Helper()
	var p document.Problems
	g := bound.Compile(s, "identities.a.jwt", secret, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return g
}

func settings(change func(*document.DPoP)) bound.Settings {
	d := proofs()
	if change != nil {
		change(d)
	}
	return bound.Settings{DPoP: d, Skew: 5 * time.Second}
}

// worker is one worker of a proxy.
type worker struct {
	world *guardtest.World
	state *bound.State
}

func newWorker(shared *guardtest.Shared) *worker {
	return &worker{&guardtest.World{Shared: shared, Calls: map[string]int{}}, bound.NewState(seed, "test")}
}

func (w *worker) request(proofs ...string) *guard.Request {
	r := &guard.Request{Method: "GET", Scheme: "http", Host: "api.example.com", Path: "/v1/orders", Query: "page=2", Now: now, World: w.world}
	for _, p := range proofs {
		r.Headers = append(r.Headers, guard.Header{Name: "dpop", Value: p})
	}
	return r
}

func jsonOf(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
