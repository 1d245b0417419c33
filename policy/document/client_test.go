package document

import (
	"reflect"
	"strings"
	"testing"
)

// A client that stands alone is read as in a policy: with its defaults, and as
// strictly.
func TestClientReader(t *testing.T) {
	r := NewClientReader()
	one := `{"id": "a", "keys": [{"id": "k", "sha256": "` + digest + `"}]}`
	want := &Client{ID: "a", Status: "active", Keys: []Key{{ID: "k", SHA256: digest}}}
	for range 2 {
		if got, err := r.Read([]byte(" " + one + "\n")); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	for name, json := range map[string]string{
		"nothing": "", "null": "null", "a list": "[" + one + "]", "text behind": one + one, "unknown": strings.Replace(one, `"keys"`, `"allow": 1, "keys"`, 1),
		"twice": strings.Replace(one, `"keys"`, `"id": "b", "keys"`, 1), "no keys": `{"id": "a"}`, "no digest": `{"id": "a", "keys": [{"id": "k"}]}`,
		"another status": strings.Replace(one, `"keys"`, `"status": "gone", "keys"`, 1), "empty": strings.Replace(one, `"a"`, `""`, 1),
		"deep": strings.Repeat(`{"claims":`, 100_000), "large": `{"id": "` + strings.Repeat("a", MaxSize) + `"}`,
	} {
		if c, err := r.Read([]byte(json)); err == nil || c != nil {
			t.Errorf("%s: read as %+v", name, c)
		}
	}
}
