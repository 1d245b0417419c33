package bound_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/replay"
)

// check has a worker judge a request with one proof, some time after now.
func (w *worker) check(t testing.TB, g *bound.Guard, s *signer, proof string, after time.Duration) (guard.Verdict, *guard.Request) {
	t.Helper()
	r := w.request(proof)
	r.Now += int64(after)
	return g.Check(r, bound.Token{Text: token, Source: scheme, Confirmation: s.confirmed(t)}, w.state), r
}

// TestReplay: a proof serves once in a proxy, for as long as it is not too old.
func TestReplay(t *testing.T) {
	s, g := newSigner(t, 7), compile(t, settings(nil))
	shared := guardtest.NewShared()
	one, other := newWorker(shared), newWorker(shared)
	proof := s.proof(t, set{"iat": now/second + 5})
	for _, step := range []struct {
		name  string
		w     *worker
		proof string
		after time.Duration
		want  guard.Reason
	}{
		{"first", one, proof, 0, guard.Allowed},
		{"again", one, proof, 0, guard.ProofReplayed},
		{"at another worker", other, proof, time.Second, guard.ProofReplayed},
		{"signed anew with the same jti", other, s.proof(t, nil), time.Second, guard.ProofReplayed},
		{"at the last moment", other, proof, 70 * time.Second, guard.ProofReplayed},
		{"too old", one, proof, 70*time.Second + 1, guard.ProofInvalid},
		{"another jti", other, s.proof(t, set{"jti": "2"}), 0, guard.Allowed},
		{"that one at the first worker", one, s.proof(t, set{"jti": "2"}), 0, guard.ProofReplayed},
	} {
		if v, _ := step.w.check(t, g, s, step.proof, step.after); v.Reason != step.want {
			t.Errorf("%s: %v, want %v", step.name, v.Reason, step.want)
		}
	}
	stranger := newSigner(t, 8)
	if v, _ := one.check(t, g, stranger, stranger.proof(t, nil), 0); !v.Allows() {
		t.Errorf("the same jti of another key: %v", v.Reason)
	}
	if v, _ := newWorker(guardtest.NewShared()).check(t, g, s, proof, 0); !v.Allows() {
		t.Errorf("another proxy: %v", v.Reason)
	}
}

// TestAWorkerInBetween: of two workers that see a proof at once one lets it pass.
func TestAWorkerInBetween(t *testing.T) {
	s, g := newSigner(t, 7), compile(t, settings(nil))
	shared := guardtest.NewShared()
	one, other := newWorker(shared), newWorker(shared)
	proof := s.proof(t, nil)
	var meanwhile guard.Verdict
	one.world.Before = func(call, _ string) error {
		if call == guardtest.Set {
			one.world.Before = nil
			meanwhile, _ = other.check(t, g, s, proof, 0)
		}
		return nil
	}
	if v, _ := one.check(t, g, s, proof, 0); v.Reason != guard.ProofReplayed || !meanwhile.Allows() {
		t.Errorf("%v, and meanwhile %v", v.Reason, meanwhile.Reason)
	}
}

// TestWithoutMemoryNothingPasses: shared data that fails, that others change for
// ever, and that is full.
func TestWithoutMemoryNothingPasses(t *testing.T) {
	s, g := newSigner(t, 7), compile(t, settings(nil))
	for name, before := range map[string]func(w *worker) func(call, key string) error{
		"cannot be read":    func(*worker) func(string, string) error { return failing(guardtest.Get, errors.New("no")) },
		"cannot be written": func(*worker) func(string, string) error { return failing(guardtest.Set, errors.New("no")) },
		"changes for ever":  func(*worker) func(string, string) error { return failing(guardtest.Set, guard.ErrCASMismatch) },
		"is full": func(w *worker) func(string, string) error {
			return func(call, key string) error {
				if call == guardtest.Get {
					w.world.Shared.Put(key, fullPage())
				}
				return nil
			}
		},
	} {
		w := newWorker(guardtest.NewShared())
		w.world.Before = before(w)
		v, _ := w.check(t, g, s, s.proof(t, nil), 0)
		if v.Reason != guard.ReplayUnavailable || v.RetryAfter <= 0 {
			t.Errorf("shared data that %s: %v", name, v.Reason)
		}
	}
}

func failing(call string, err error) func(string, string) error {
	return func(c, _ string) error {
		if c == call {
			return err
		}
		return nil
	}
}

// fullPage has marks that are not old, whatever the clock says.
func fullPage() []byte {
	page := make([]byte, 0, replay.Slots*16)
	for i := range replay.Slots {
		page = append(page, byte(i), byte(i>>8), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)
	}
	return page
}

// TestRubbishInSharedData, which any plugin of the proxy can write, counts as
// nothing: refusing it would be for ever.
func TestRubbishInSharedData(t *testing.T) {
	s, g := newSigner(t, 7), compile(t, settings(nil))
	for _, rubbish := range []string{"x", strings.Repeat("x", 17), strings.Repeat("x", 1<<20)} {
		w := newWorker(guardtest.NewShared())
		w.world.Before = func(call, key string) error {
			w.world.Before = nil
			w.world.Shared.Put(key, []byte(rubbish))
			return nil
		}
		if v, _ := w.check(t, g, s, s.proof(t, nil), 0); !v.Allows() {
			t.Errorf("%d bytes: %v", len(rubbish), v.Reason)
		}
		if v, _ := w.check(t, g, s, s.proof(t, nil), 0); v.Reason != guard.ProofReplayed {
			t.Errorf("%d bytes, again: %v", len(rubbish), v.Reason)
		}
	}
}

// TestKeysAreFixed: however many proofs, the keys are those of the pages.
func TestKeysAreFixed(t *testing.T) {
	s, g := newSigner(t, 7), compile(t, settings(nil))
	w := newWorker(guardtest.NewShared())
	for i := range 300 {
		if v, _ := w.check(t, g, s, s.proof(t, set{"jti": fmt.Sprint(i)}), 0); !v.Allows() {
			t.Fatalf("proof %d: %v", i, v.Reason)
		}
	}
	for _, key := range w.world.Shared.Keys() {
		var page int
		if n, err := fmt.Sscanf(key, "sallyport/test/proof/1/%d", &page); n != 1 || err != nil || page < 0 || page >= replay.Pages {
			t.Errorf("the key %q", key)
		}
	}
}

// TestNonce: RFC 9449 sections 8 and 9, as far as a resource server goes.
func TestNonce(t *testing.T) {
	s := newSigner(t, 7)
	g := compile(t, settings(func(d *document.DPoP) { d.Nonce = &document.DPoPNonce{Lifetime: document.Duration(10 * time.Minute)} }))
	shared := guardtest.NewShared()
	w := newWorker(shared)
	v, r := w.check(t, g, s, s.proof(t, nil), 0)
	first := told(r)
	if v.Reason != guard.ProofNonce || first == "" || v.Challenge != `DPoP realm="sallyport", error="use_dpop_nonce", algs="PS256 ES256 EdDSA"` {
		t.Fatalf("without: %v, nonce %q, challenge %q", v.Reason, first, v.Challenge)
	}
	const minute = time.Minute
	for i, step := range []struct {
		name  string
		nonce any
		after time.Duration
		want  guard.Reason
		told  bool
	}{
		{"told", first, 0, guard.Allowed, false},
		{"in its time", first, 3 * minute, guard.Allowed, false},
		{"in the next: it serves, and there is another", first, 11 * minute, guard.Allowed, true},
		{"behind that", first, 21 * minute, guard.ProofNonce, true},
		{"invented", strings.Repeat("A", 22), 0, guard.ProofNonce, true},
		{"empty", "", 0, guard.ProofNonce, true},
		{"a number", 5, 0, guard.ProofNonce, true},
		{"cut", first[:21], 0, guard.ProofNonce, true},
	} {
		other := newWorker(shared)
		proof := s.proof(t, set{"jti": fmt.Sprint(i), "nonce": step.nonce, "iat": (now + int64(step.after)) / second})
		v, r := other.check(t, g, s, proof, step.after)
		if v.Reason != step.want || (told(r) != "") != step.told || step.told && told(r) == step.nonce {
			t.Errorf("%s: %v, told %q", step.name, v.Reason, told(r))
		}
	}
}

// told is the nonce that the response carries.
func told(r *guard.Request) string {
	for _, e := range r.Response {
		if e.Op == guard.Replace && e.Name == "dpop-nonce" {
			return e.Value
		}
	}
	return ""
}

// TestNoncesOfOtherProxies are taken with the same secret, and with no other.
func TestNoncesOfOtherProxies(t *testing.T) {
	s := newSigner(t, 7)
	nonce := func(secret string) *bound.Guard {
		return compile(t, settings(func(d *document.DPoP) {
			d.Nonce = &document.DPoPNonce{Lifetime: document.Duration(time.Minute)}
			if secret != "" {
				d.Nonce.Secret = &document.Secret{Value: secret}
			}
		}))
	}
	const a, b = "the secret of some proxies", "the secret of other proxies"
	for _, c := range []struct {
		name, of, at string
		want         guard.Reason
	}{
		{"the same secret", a, a, guard.Allowed}, {"another secret", a, b, guard.ProofNonce},
		{"no secret", "", "", guard.ProofNonce}, {"a secret and none", a, "", guard.ProofNonce},
	} {
		far := &worker{&guardtest.World{Shared: guardtest.NewShared()}, bound.NewState([16]byte{9}, "test")}
		_, r := far.check(t, nonce(c.of), s, s.proof(t, nil), 0)
		v, _ := newWorker(guardtest.NewShared()).check(t, nonce(c.at), s, s.proof(t, set{"nonce": told(r)}), 0)
		if v.Reason != c.want {
			t.Errorf("%s: %v", c.name, v.Reason)
		}
	}
}
