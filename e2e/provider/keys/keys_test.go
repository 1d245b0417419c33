package keys

import (
	"net/http/httptest"
	"path/filepath"
	"testing"
)

// TestRing rotates as a test would, and opens the file again, as a provider that was restarted does.
func TestRing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	ring, err := Open(path, "RS256")
	if err != nil {
		t.Fatal(err)
	}
	first := ring.All()[0]
	for _, c := range []struct {
		name, method, query string
		status              int
		algorithms          []string
	}{
		{"another algorithm", "POST", "algorithm=ES256&old=keep", 204, []string{"ES256", "RS256"}},
		{"not by GET", "GET", "algorithm=RS256&old=drop", 400, []string{"ES256", "RS256"}},
		{"an unknown algorithm", "POST", "algorithm=none&old=drop", 400, []string{"ES256", "RS256"}},
		{"what becomes of the old is not said", "POST", "algorithm=RS256", 400, []string{"ES256", "RS256"}},
		{"the old leave", "POST", "algorithm=RS256&old=drop", 204, []string{"RS256"}},
	} {
		answer := httptest.NewRecorder()
		ring.ServeHTTP(answer, httptest.NewRequest(c.method, Rotation+"?"+c.query, nil))
		if answer.Code != c.status {
			t.Errorf("%s: answered %d, want %d", c.name, answer.Code, c.status)
		}
		again, err := Open(path, "ES256")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*Ring{ring, again} {
			wantAlgorithms(t, c.name, r.All(), c.algorithms)
		}
	}
	if last := ring.All()[0]; last.ID == first.ID {
		t.Errorf("key %s signs still", first.ID)
	}
}

func wantAlgorithms(t *testing.T, name string, keys []Key, want []string) {
	t.Helper()
	if len(keys) != len(want) {
		t.Fatalf("%s: %d keys, want %d", name, len(keys), len(want))
	}
	for i, k := range keys {
		if k.Algorithm != want[i] || k.ID == "" || k.Private == nil {
			t.Errorf("%s: key %d is %q of %q, want %q", name, i, k.ID, k.Algorithm, want[i])
		}
	}
}
