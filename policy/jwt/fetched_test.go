package jwt

import (
	"fmt"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// serve answers calls by their paths, with 404 for others.
func serve(pages map[string]string) func(*guard.Call) (guard.Answer, error) {
	return func(c *guard.Call) (guard.Answer, error) {
		body, ok := pages[c.Path]
		if !ok {
			return guard.Answer{Status: 404}, nil
		}
		return guard.Answer{Status: 200, Body: []byte(body)}, nil
	}
}

const fromURI = `"keys": {"jwks_uri": "https://issuer.example/keys", "cluster": "c", "refresh": "1m"}`

// later lets time pass and does what is due.
func (w *worker) later(seconds int64) {
	w.now += seconds * second
	for _, task := range w.state.Tasks() {
		task.Run(&guard.Request{Now: w.now, World: w.World})
	}
}

// of is a sound token of a key, valid for an hour.
func of(name string) string {
	return sign(name, `{"alg": "EdDSA", "kid": "`+name+`"}`, claimsWith(fmt.Sprintf(`"exp": %d`, nowS+3600)))
}

func TestKeysAreFetched(t *testing.T) {
	w := newWorker(t, section(fromURI))
	calls := 0
	pages := map[string]string{"/keys": jwks("a")}
	w.Answer = func(c *guard.Call) (guard.Answer, error) {
		if calls++; c.Cluster != "c" || c.Authority != "issuer.example" || c.Path != "/keys" {
			t.Errorf("%+v", c)
		}
		return serve(pages)(c)
	}
	w.want(t, of("a"), guard.Allowed) // it comes before the keys, and waits
	w.want(t, of("a"), guard.Allowed)
	if calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

// TestRotation: a new key is taken as soon as a token names it, and the tokens of
// a removed one end with it, though they are remembered.
func TestRotation(t *testing.T) {
	w := newWorker(t, section(fromURI))
	pages := map[string]string{"/keys": jwks("a")}
	w.Answer = serve(pages)
	w.want(t, of("a"), guard.Allowed)
	w.want(t, of("b"), guard.TokenKeyUnknown)
	pages["/keys"] = jwks("a", "b")
	w.want(t, of("b"), guard.TokenKeyUnknown) // it was asked for less than 30 s ago
	w.now += 31 * second
	w.want(t, of("b"), guard.Allowed)
	w.want(t, of("a"), guard.Allowed)
	pages["/keys"] = jwks("b")
	w.want(t, of("a"), guard.Allowed) // nobody knows yet
	w.later(61)
	w.want(t, of("a"), guard.TokenKeyUnknown)
	w.want(t, of("b"), guard.Allowed)
}

// TestRotationWithoutKeyIDs: an issuer need not name its keys.
func TestRotationWithoutKeyIDs(t *testing.T) {
	nameless := func(name string) string { return sign(name, `{"alg": "EdDSA"}`, claimsWith()) }
	w := newWorker(t, section(fromURI))
	pages := map[string]string{"/keys": jwks("a")}
	w.Answer = serve(pages)
	w.want(t, nameless("a"), guard.Allowed)
	pages["/keys"] = jwks("b")
	w.want(t, nameless("b"), guard.Allowed)
	w.want(t, nameless("a"), guard.TokenSignature)
}

// TestKeysAreMissing: nobody is let in, and told when to come again. Once there
// were keys, they serve.
func TestKeysAreMissing(t *testing.T) {
	for name, answer := range map[string]func(*guard.Call) (guard.Answer, error){
		"no cluster": nil,
		"down":       serve(nil),
		"rubbish":    serve(map[string]string{"/keys": "<html>"}),
		"no key":     serve(map[string]string{"/keys": `{"keys": []}`}),
		"a secret":   serve(map[string]string{"/keys": `{"keys": [{"kty": "oct", "kid": "a", "k": "AAAA"}]}`}),
		"an error":   func(*guard.Call) (guard.Answer, error) { return guard.Answer{}, guard.ErrNoAnswer },
		"gone":       func(*guard.Call) (guard.Answer, error) { return guard.Answer{}, guard.ErrGone },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorker(t, section(fromURI))
			w.Answer = answer
			w.want(t, of("a"), guard.KeysUnavailable)
			if _, v := w.ask(of("a")); v.RetryAfter <= 0 || v.Challenge != "" {
				t.Errorf("%+v", v)
			}
			w.Answer = serve(map[string]string{"/keys": jwks("a")})
			w.later(20)
			w.want(t, of("a"), guard.Allowed)
			w.Answer = answer
			w.later(20)
			w.want(t, of("a"), guard.Allowed)
			w.want(t, sign("a", `{"alg": "EdDSA"}`, claimsWith(`"jti": "new"`)), guard.Allowed)
			w.want(t, of("b"), guard.KeysUnavailable) // nobody knows whether there is such a key
		})
	}
}

// TestForgeriesFetchNothing: a signature that does not fit the key that the token
// names has nobody ask for keys, nor has an algorithm that is not taken.
func TestForgeriesFetchNothing(t *testing.T) {
	w := newWorker(t, section(fromURI))
	w.want(t, sign("a", `{"alg": "HS256"}`, claimsWith()), guard.TokenAlgorithm)
	w.Answer = serve(map[string]string{"/keys": jwks("a")})
	w.want(t, of("a"), guard.Allowed)
	w.Answer = func(*guard.Call) (guard.Answer, error) {
		t.Error("it asks")
		return guard.Answer{}, guard.ErrNotSent
	}
	w.want(t, sign("b", `{"alg": "EdDSA", "kid": "a"}`, claimsWith()), guard.TokenSignature)
	w.want(t, sign("a", `{"alg": "HS256", "kid": "b"}`, claimsWith()), guard.TokenAlgorithm)
}

func TestDiscovery(t *testing.T) {
	w := newWorker(t, section(`"keys": {"discovery": "`+issuer+`", "cluster": "c"}`))
	w.Answer = serve(map[string]string{
		"/.well-known/openid-configuration": `{"issuer": "` + issuer + `", "jwks_uri": "https://issuer.example/k"}`,
		"/k":                                jwks("a"),
	})
	w.want(t, of("a"), guard.Allowed)
	w = newWorker(t, section(`"keys": {"discovery": "`+issuer+`", "cluster": "c"}`))
	w.Answer = serve(map[string]string{
		"/.well-known/openid-configuration": `{"issuer": "https://evil.example", "jwks_uri": "https://issuer.example/k"}`,
		"/k":                                jwks("a"),
	})
	w.want(t, of("a"), guard.KeysUnavailable)
}

const fetchedList = `"revocation": {"jti": ["one"], "list": {"url": "https://issuer.example/revoked", "cluster": "c", "refresh": "10s"}}`

// TestRevokedWhileRemembered: the list is asked for every request, also one whose
// token is remembered; without any list nobody is let in.
func TestRevokedWhileRemembered(t *testing.T) {
	id := func(jti string) string { return token(`"jti": "` + jti + `"`) }
	w := newWorker(t, inline(fetchedList))
	w.Answer = serve(nil)
	w.want(t, id("two"), guard.RevocationUnavailable)
	w.want(t, id("one"), guard.TokenRevoked)
	pages := map[string]string{"/revoked": `["three"]`}
	w.Answer = serve(pages)
	w.later(15)
	w.want(t, id("two"), guard.Allowed)
	w.want(t, id("three"), guard.TokenRevoked)
	pages["/revoked"] = "two\nthree\n"
	w.want(t, id("two"), guard.Allowed)
	w.later(11)
	w.want(t, id("two"), guard.TokenRevoked)
	w.Answer = serve(map[string]string{"/revoked": "<html>"})
	w.later(11)
	w.want(t, id("two"), guard.TokenRevoked)
	w.want(t, id("four"), guard.Allowed)
}

// TestWorkersShareKeys: what one worker has fetched serves the others.
func TestWorkersShareKeys(t *testing.T) {
	shared := guardtest.New("192.0.2.1")
	ids := compileAll(t, section(fromURI))
	first := workerOf(shared, ids)
	first.Answer = serve(map[string]string{"/keys": jwks("a")})
	first.want(t, of("a"), guard.Allowed)
	second := workerOf(shared, ids)
	second.Answer = func(*guard.Call) (guard.Answer, error) {
		t.Error("it asks again")
		return guard.Answer{}, guard.ErrNotSent
	}
	second.want(t, of("a"), guard.Allowed)
}

// TestRotationBesideNamelessKeys: a key that has no kid does not stand for one
// that a token names and the set does not have yet.
func TestRotationBesideNamelessKeys(t *testing.T) {
	nameless := strings.Replace(jwk("a"), `"kid": "a", `, "", 1)
	w := newWorker(t, section(fromURI))
	pages := map[string]string{"/keys": `{"keys": [` + nameless + `]}`}
	w.Answer = serve(pages)
	w.want(t, of("a"), guard.Allowed) // as the key in PEM of an issuer that names it
	pages["/keys"] = `{"keys": [` + nameless + `, ` + jwk("b") + `]}`
	w.want(t, of("b"), guard.Allowed)
	w.want(t, of("a"), guard.Allowed)
	w.want(t, sign("c", `{"alg": "EdDSA", "kid": "b"}`, claimsWith()), guard.TokenSignature)
}

// TestRefusedKeysAreLogged: once for each set, by the worker that fetched it, and
// not the whole of what a server writes.
func TestRefusedKeysAreLogged(t *testing.T) {
	const symmetric = `{"kty": "oct", "kid": "s", "k": "c2VjcmV0"}`
	set := func(keys ...string) string { return `{"keys": [` + strings.Join(keys, ", ") + `]}` }
	w := newWorker(t, section(fromURI))
	pages := map[string]string{"/keys": set(symmetric, jwk("a"))}
	w.Answer = serve(pages)
	w.want(t, of("a"), guard.Allowed)
	w.later(61)
	w.later(61)
	const line = "a-keys: left out: jose: unusable key: keys[0]: a secret among public keys"
	if len(w.Warned) != 1 || w.Warned[0] != line {
		t.Errorf("logged %q, want %q once", w.Warned, line)
	}
	many := []string{jwk("a")}
	for range 20 {
		many = append(many, symmetric)
	}
	long := func(name string) string { // one kid, which the error quotes
		return strings.Replace(jwk(name), `"`+name+`"`, `"`+strings.Repeat("k", 5000)+`"`, 1)
	}
	for name, c := range map[string]struct {
		page string
		want int
	}{
		"many":                       {set(many...), 9}, // eight keys, and that there are more
		"two of one kid, and a long": {set(jwk("a"), long("b"), long("c")), 2},
		"none":                       {jwks("a", "b"), 0},
	} {
		w.Warned, pages["/keys"] = nil, c.page
		if w.later(61); len(w.Warned) != c.want {
			t.Errorf("%s: %d lines, want %d", name, len(w.Warned), c.want)
		}
		for _, line := range w.Warned {
			if len(line) > 300 {
				t.Errorf("%s: a line of %d bytes", name, len(line))
			}
		}
	}
}
