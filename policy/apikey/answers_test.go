package apikey

import (
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
)

// A record that claims to be of the future is of a clock that was set back.
func TestRecordAges(t *testing.T) {
	e := &record{at: start}
	for _, c := range []struct {
		later time.Duration
		want  bool
	}{{0, true}, {time.Hour - 1, true}, {time.Hour, false}, {-time.Second, true}, {-2 * time.Minute, false}} {
		if got := e.within(int64(time.Hour), start+int64(c.later)); got != c.want {
			t.Errorf("%v later: %t", c.later, got)
		}
	}
	if (*record)(nil).within(int64(time.Hour), start) || e.within(0, start) {
		t.Error("nothing is young, or anything is within no time")
	}
}

// fuzzed is a directory whose identity forwards what could break a header.
func fuzzed(t testing.TB) *directory {
	t.Helper()
	var p document.Problems
	i := Compile("i", document.APIKey{Prefix: "sk_", Directory: &document.Directory{URL: "http://k/{key_id}"},
		Forward: &document.APIKeyForward{Headers: map[string]string{"x-client": "client", "x-roles": "roles", "x-key": "key"}}}, "i", nil, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return i.directory
}

// FuzzDirectoryAnswer: of what is accepted nothing can break a header or a log,
// and the policy would take the very same text as a client.
func FuzzDirectoryAnswer(f *testing.F) {
	const sum = `"sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"`
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `{"id": "a"}`,
		`{"id": "a", "keys": [{"id": "k", ` + sum + `}]}`,
		`{"id": "a", "status": "suspended", "tenant": "t", "plan": "p", "scopes": ["s"], "roles": ["r"], "claims": {"c": "d"}, "keys": [{"id": "k", ` + sum + `, "not_before": "2026-01-01T00:00:00Z", "expires": "2027-01-01T00:00:00Z"}]}`,
		`{"id": "a\r\nx: y", "keys": [{"id": "k", ` + sum + `}]}`,
		`{"id": "a", "roles": ["b c"], "keys": [{"id": "k", ` + sum + `}, {"id": "l", ` + sum + `}]}`,
		`{"id": "a", "id": "b", "keys": [{"id": "k", ` + sum + `}]} trailing`,
		`{"id": "a", "keys": [{"id": "k", "bcrypt": "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"}]}`,
		strings.Repeat(`{"claims":`, 200),
	} {
		f.Add([]byte(seed))
	}
	d := fuzzed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		e := d.read(body, start)
		if e == nil {
			return
		}
		if len(e.keys) == 0 || e.size < len(body) {
			t.Fatalf("%d keys of %d bytes", len(e.keys), e.size)
		}
		for _, k := range e.keys {
			for _, value := range append([]string{k.id}, k.client.values...) {
				if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c > '~' }) || strings.Contains(value, ",") {
					t.Errorf("a header would have the value %q", value)
				}
			}
			if c := k.client.caller; c.Identity != "i" || c.Client == "" || hasControl(c.Client+c.Tenant+c.Plan) {
				t.Errorf("the caller is %+v", c)
			}
		}
		text := `{"version": 1, "routes": [{"name": "a", "path": "/", "identities": ["i"]}], "identities": {"i": {"api_key": {"clients": [` + string(body) + `]}}}}`
		if _, err := document.Parse([]byte(text)); err != nil {
			t.Errorf("a policy would refuse it: %v", err)
		}
	})
}
