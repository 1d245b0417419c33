package jwt

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// now is the time of all tests, in Unix nanoseconds and seconds.
const (
	second = int64(time.Second)
	nowS   = int64(1_800_000_000)
	now    = nowS * second
)

const (
	issuer = "https://issuer.example"
	secret = "a shared secret of thirty-two bytes!"
)

// key returns the key of a name.
func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// jwk is its public half.
func jwk(name string) string {
	x := base64.RawURLEncoding.EncodeToString(key(name).Public().(ed25519.PublicKey))
	return fmt.Sprintf(`{"kty": "OKP", "crv": "Ed25519", "kid": %q, "x": %q}`, name, x)
}

func jwks(names ...string) string {
	var list []string
	for _, name := range names {
		list = append(list, jwk(name))
	}
	return `{"keys": [` + strings.Join(list, ", ") + `]}`
}

// sign returns a token of a key, with a header and claims as they are written.
func sign(name, header, claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(header)) + "." + encode([]byte(claims))
	if name == secret {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(text))
		return text + "." + encode(mac.Sum(nil))
	}
	return text + "." + encode(ed25519.Sign(key(name), []byte(text)))
}

// token returns a sound token of key a, with more claims; those that are there
// already are replaced.
func token(more ...string) string {
	return sign("a", `{"alg": "EdDSA", "kid": "a"}`, claimsWith(more...))
}

// claimsWith puts members, each `"name": value`, in the place of a sound token's
// or behind them. One that ends in a colon is left out.
func claimsWith(more ...string) string {
	list := []string{`"iss": "` + issuer + `"`, `"sub": "alice"`, `"aud": "api"`, fmt.Sprintf(`"exp": %d`, nowS+60)}
	for _, m := range more {
		name, _, _ := strings.Cut(m, ":")
		kept := list[:0]
		for _, old := range list {
			if !strings.HasPrefix(old, name+":") {
				kept = append(kept, old)
			}
		}
		if list = kept; !strings.HasSuffix(m, ":") {
			list = append(list, m)
		}
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// smallest is the members of a section that accepts token(), keys left out.
const smallest = `"issuer": "` + issuer + `", "audiences": ["api"], "algorithms": ["EdDSA"]`

// inline is a whole section with key a.
func inline(more ...string) string { return section(`"keys": {"jwks": `+jwks("a")+`}`, more...) }

func section(keys string, more ...string) string {
	return "{" + strings.Join(append([]string{smallest, keys}, more...), ", ") + "}"
}

// read reads sections of a document, by the names of their identities.
func sections(t testing.TB, bodies ...string) map[string]document.Identity {
	t.Helper()
	var list, names []string
	for i, body := range bodies {
		name := string(rune('a' + i))
		list, names = append(list, fmt.Sprintf(`%q: {"jwt": %s}`, name, body)), append(names, fmt.Sprintf("%q", name))
	}
	doc, err := document.Parse([]byte(`{"version": 1, "identities": {` + strings.Join(list, ", ") + `},
		"routes": [{"name": "r", "path": "/", "identities": [` + strings.Join(names, ", ") + `]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Identities
}

func testSecret(s document.Secret, _ document.Path) []byte { return []byte(s.Value) }

// compileAll compiles sections as identities a, b, …
func compileAll(t testing.TB, bodies ...string) []authenticate.Identity {
	t.Helper()
	var ids []authenticate.Identity
	var p document.Problems
	read := sections(t, bodies...)
	for i := range bodies {
		name := string(rune('a' + i))
		ids = append(ids, Compile(name, *read[name].JWT, document.Path("identities").Key(name).Key("jwt"), testSecret, &p))
	}
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// worker is one worker with a route that takes tokens of all identities.
type worker struct {
	*guardtest.World
	state *State
	guard *authenticate.Guard
	now   int64
}

func newWorker(t testing.TB, bodies ...string) *worker {
	t.Helper()
	return workerOf(guardtest.New("192.0.2.1"), compileAll(t, bodies...))
}

func workerOf(w *guardtest.World, all []authenticate.Identity) *worker {
	var ids []*Identity
	for _, id := range all {
		ids = append(ids, id.(*Identity))
	}
	out := &worker{World: w, now: now}
	out.state = NewState(all, "test", [16]byte{1}, [16]byte{2})
	out.guard = authenticate.New([]authenticate.Kind{NewGuard(ids, out.state)}, false, "")
	return out
}

// request is one that shows a token as Bearer; empty: none.
func (w *worker) request(token string) *guard.Request {
	r := &guard.Request{Route: 0, Now: w.now, World: w.World, Method: "GET", Path: "/"}
	if token != "" {
		r.Headers = append(r.Headers, guard.Header{Name: "authorization", Value: "Bearer " + token})
	}
	return r
}

func (w *worker) ask(token string) (*guard.Request, guard.Verdict) {
	r := w.request(token)
	return r, w.guard.Check(r)
}

// want fails unless a token is judged so. A denial names nobody and tells the
// upstream nothing.
func (w *worker) want(t *testing.T, token string, reason guard.Reason) *guard.Request {
	t.Helper()
	r, v := w.ask(token)
	if v.Reason != reason {
		t.Errorf("%s, want %s", v.Reason, reason)
	}
	if !v.Allows() && (r.Caller.Identity != "" || len(r.Upstream) > 0) {
		t.Errorf("denied, and yet %+v goes on with %v", r.Caller, r.Upstream)
	}
	return r
}
