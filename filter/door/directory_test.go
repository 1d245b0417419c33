package door_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/internal/scenario"
	"sallyport.dev/sallyport/policy/apikey/keyformat"
)

const withDirectory = `{"version": 1,
  "identities": {"partners": {"api_key": {"prefix": "sk_", "forward": {"headers": {"x-client-id": "client"}},
    "directory": {"url": "http://keys/{key_id}", "cluster": "keys"}}}},
  "routes": [{"name": "all", "path": "/**", "identities": ["partners"]}]}`

// shelf is keys, and what the directory says of each by its id.
type shelf struct {
	keys    []string
	answers map[string]hosttest.Served
}

// The kinds of a key, by its number.
const (
	isKnown  = iota // of the client "client-N"
	isAbsent        // 404
	isSpoilt        // an answer that cannot be used
	isOf            // another client's digest: the directory knows another key of that id
)

func newShelf(t testing.TB, kinds ...int) shelf {
	t.Helper()
	s := shelf{answers: map[string]hosttest.Served{}}
	for n, kind := range kinds {
		key, err := keyformat.New("sk_", time.Unix(1, 0), rand.NewChaCha8([32]byte{byte(n)}))
		if err != nil {
			t.Fatal(err)
		}
		form, err := keyformat.Parse("sk_", key)
		if err != nil {
			t.Fatal(err)
		}
		text := key
		if kind == isOf {
			text += "x"
		}
		body := fmt.Sprintf(`{"id": "client-%d", "keys": [{"id": "k", "sha256": "%x"}]}`, n, sha256.Sum256([]byte(text)))
		switch s.keys = append(s.keys, key); kind {
		case isAbsent:
			s.answers[form.ID] = hosttest.Served{Status: 404}
		case isSpoilt:
			s.answers[form.ID] = hosttest.Served{Status: 200, Body: body[1:]}
		default:
			s.answers[form.ID] = hosttest.Served{Status: 200, Body: body}
		}
	}
	return s
}

func (s shelf) serve(c proxywasm.HTTPCall) hosttest.Served {
	return s.answers[strings.TrimPrefix(c.Headers[1][1], "/")]
}

// TestDirectoryWhileOthersAreJudged: however requests come, wait, leave and are
// answered among each other, each is decided by its own key.
func TestDirectoryWhileOthersAreJudged(t *testing.T) {
	kinds := []int{isKnown, isAbsent, isKnown, isSpoilt, isOf, isKnown}
	want := map[int]string{isAbsent: "key-unknown", isSpoilt: "key-directory-unavailable", isOf: "key-unknown"}
	s := newShelf(t, kinds...)
	rapid.Check(t, func(t *rapid.T) {
		h := hosttest.NewHost([]byte(withDirectory), nil)
		h.Serve = s.serve
		p, err := hosttest.NewProxy(h, door.New(h))
		if err != nil {
			t.Fatal(err)
		}
		type waiting struct {
			f *hosttest.Flight
			n int
		}
		var flights []waiting
		check := func(w waiting) {
			r := w.f.Finish(upstreamOK)
			if kinds[w.n] == isKnown {
				told := scenario.Header{Name: "x-client-id", Value: fmt.Sprintf("client-%d", w.n)}
				if r.Forwarded == nil || !slices.Contains(r.Forwarded.Headers, told) {
					t.Fatalf("key %d: %s, forwarded %v", w.n, r.Reason, r.Forwarded)
				}
			} else if r.Forwarded != nil || r.Reason != want[kinds[w.n]] {
				t.Fatalf("key %d: %s, forwarded %v, want %s", w.n, r.Reason, r.Forwarded, want[kinds[w.n]])
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				n := rapid.IntRange(0, len(kinds)-1).Draw(t, "key")
				flights = append(flights, waiting{p.Begin(get("/a", "x-api-key", s.keys[n])), n})
			case 2:
				if len(h.Calls) > 0 {
					p.Deliver()
				}
			case 3:
				if len(flights) > 0 {
					i := rapid.IntRange(0, len(flights)-1).Draw(t, "who leaves")
					flights[i].f.Leave()
					flights = slices.Delete(flights, i, i+1)
				}
			}
			if len(h.Calls) > len(kinds) {
				t.Fatalf("%d calls for %d keys", len(h.Calls), len(kinds))
			}
			flights = slices.DeleteFunc(flights, func(w waiting) bool {
				if w.f.Waits() {
					return false
				}
				check(w)
				return true
			})
		}
		for len(h.Calls) > 0 {
			p.Deliver()
		}
		for _, w := range flights {
			check(w)
		}
	})
}

var upstreamOK = scenario.Upstream{Status: 200}
