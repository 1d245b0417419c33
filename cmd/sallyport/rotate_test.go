package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/apikey/keyformat"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// oldKey is a key that the client of rotatable holds, made so that it is the
// same every time.
func oldKey(t *testing.T) string {
	t.Helper()
	key, err := keyformat.New("sk_live_", testNow.Add(-time.Hour), bytes.NewReader(bytes.Repeat([]byte{7, 130, 61}, 100)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func hashed(key string) string {
	mac := hmac.New(sha256.New, []byte(peppered["KEY_PEPPER"]))
	mac.Write([]byte(key))
	return hex.EncodeToString(mac.Sum(nil))
}

// digestOf is a digest of n and of nothing else.
func digestOf(n string) string { return strings.Repeat(n, 64) }

// rotatable is a policy whose client has a key of every kind: KEYS.
func rotatable(t *testing.T) string {
	t.Helper()
	return strings.NewReplacer("KEYS", `[
        {"expires": "2026-07-01T12:00:00Z", "id": "over", "sha256": "`+digestOf("a")+`"},
	{"id":"live\u002d1",  "sha256" : "`+hashed(oldKey(t))+`", "not_before": "2026-01-01T00:00:00+01:00"},
        {"expires": "2026-12-31T00:00:00Z", "id": "long", "sha256": "`+digestOf("b")+`"}, {"id": "short", "sha256": "`+digestOf("c")+`", "expires": "2026-07-05T00:00:00Z"},
        {"id": "next", "sha256": "`+digestOf("d")+`", "not_before": "2026-09-01T00:00:00Z"}  ]`).Replace(`{
  "version":   1,
  "identities": {"other": {"api_key": {"clients": [{"id": "acme", "keys": [{"id": "1", "sha256": "` + digestOf("e") + `"}]}]}},
   "partners": {"api_key": {
    "prefix": "sk_live_",  "pepper": {"env": "KEY_PEPPER"},
    "clients": [ {"keys":[{"id": "1", "sha256": "` + digestOf("f") + `"}], "id": "zeta"},
      {"id": "acme", "keys": KEYS, "tenant" : "caf\u00e9" }]
  }}},
  "routes": [ {"name": "orders", "path": "/orders/**", "identities": ["partners", "other"]} ]
}

`)
}

// The keys that stay, as key rotate writes them: only "expires" is touched.
func rotated(t *testing.T) string {
	t.Helper()
	return `[
        {"id": "live\u002d1", "sha256": "` + hashed(oldKey(t)) + `", "not_before": "2026-01-01T00:00:00+01:00", "expires": "2026-07-31T12:00:00Z"},
        {"id": "long", "sha256": "` + digestOf("b") + `", "expires": "2026-07-31T12:00:00Z"},
        {"id": "short", "sha256": "` + digestOf("c") + `", "expires": "2026-07-05T00:00:00Z"},
        {"id": "next", "sha256": "` + digestOf("d") + `", "not_before": "2026-09-01T00:00:00Z"},
        {"id": "ID", "sha256": "DIGEST"}
      ]`
}

const rotationRemarks = `sallyport: key "over" has expired and is left out
sallyport: key "live-1" now expires on 2026-07-31T12:00:00Z
sallyport: key "long" now expires on 2026-07-31T12:00:00Z
sallyport: key "short" expires on 2026-07-05T00:00:00Z and stays as it is
sallyport: key "next" is not valid yet and stays as it is
sallyport: key "ID" is new
`

func TestRotateWrites(t *testing.T) {
	before := rotatable(t)
	dir := t.TempDir()
	path, link := filepath.Join(dir, "policy.json"), filepath.Join(dir, "link.json")
	if err := os.WriteFile(path, []byte(before), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("policy.json", link); err != nil {
		t.Fatal(err)
	}
	r := sallyport(t, "", peppered, "key", "rotate", "--identity", "partners", "--client", "acme", "--write", link)
	key := strings.TrimSuffix(r.out, "\n")
	id := key[9:19]
	if r.status != 0 || strings.Contains(key, "\n") || r.err != strings.ReplaceAll(rotationRemarks, "ID", id) {
		t.Fatalf("status %d\n%s%s", r.status, r.out, r.err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// All but the list of keys stands as it stood, to the byte.
	start, stop := strings.Index(before, "[\n        {\"expires\""), strings.Index(before, `, "tenant"`)
	want := before[:start] + strings.NewReplacer("ID", id, "DIGEST", hashed(key)).Replace(rotated(t)) + before[stop:]
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	if info, err = os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, error %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, error %v", left, err)
	}
	mustRotate(t, got, key)
}

// mustRotate: old and new key pass during the overlap, and the new one alone
// after it.
func mustRotate(t *testing.T, text []byte, key string) {
	t.Helper()
	p, err := policy.Compile(text, func(n string) (string, bool) { v, ok := peppered[n]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	in := policy.NewInstance(p, "test", policy.Seeds{})
	overlap := testNow.AddDate(0, 0, 30).Truncate(time.Second)
	for _, c := range []struct {
		name, key string
		at        time.Time
		want      guard.Reason
	}{
		{"old, now", oldKey(t), testNow, guard.Allowed},
		{"new, now", key, testNow, guard.Allowed},
		{"old, at the end", oldKey(t), overlap.Add(-1), guard.Allowed},
		{"old, after the end", oldKey(t), overlap, guard.KeyExpired},
		{"new, after the end", key, overlap.AddDate(9, 0, 0), guard.Allowed},
	} {
		r := &guard.Request{
			Method: "GET", Scheme: "https", Authority: "a.example", Target: "/orders/1", Now: c.at.UnixNano(), Route: -1, World: guardtest.New("192.0.2.1"),
			Headers: []guard.Header{{Name: "x-api-key", Value: c.key}},
		}
		if got := in.Judge(r).Verdict.Reason; got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRotatePrints(t *testing.T) {
	path := file(t, sound)
	r := sallyport(t, "", peppered, "key", "rotate", "--identity", "partners", "--client", "acme", "--expires", "365d", "--overlap", "12h", path)
	key, entry, _ := strings.Cut(r.out, "\n")
	want := `{
  "id": "acme",
  "keys": [
    {
      "id": "1",
      "sha256": "` + digestOne + `",
      "expires": "2026-07-02T00:00:00Z"
    },
    {
      "id": "` + key[9:19] + `",
      "sha256": "` + hashed(key) + `",
      "expires": "2027-07-01T12:00:00Z"
    }
  ]
}
`
	if r.status != 0 || entry != want {
		t.Errorf("status %d\n%s%s\nwant\n%s", r.status, r.out, r.err, want)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != sound {
		t.Errorf("without --write the file is changed: %s, error %v", got, err)
	}
	if piped := sallyport(t, sound, peppered, "key", "rotate", "--identity", "partners", "--client", "acme", "--expires", "365d", "--overlap", "12h", "-"); piped != r {
		t.Errorf("from standard input: %+v", piped)
	}
}

func TestRotateWithoutOverlap(t *testing.T) {
	r := sallyport(t, rotatable(t), peppered, "key", "rotate", "--identity", "partners", "--client", "acme", "--overlap", "0s", "-")
	r.has(t, 0, `"id": "next"`, `key "live-1" is left out: with the new policy it is refused`)
	if strings.Count(r.out, `"sha256"`) != 2 {
		t.Errorf("more than the key that is not valid yet and the new one: %s", r.out)
	}
}

// An identity without prefix and pepper has keys of sallyport key new too, and a
// pepper may stand in the policy or under another name.
func TestRotateTakesPrefixAndPepper(t *testing.T) {
	pepper := peppered["KEY_PEPPER"]
	for _, c := range []struct {
		name, instead string
		env           map[string]string
		flags         []string
	}{
		{"from the policy's variable", `{"env": "KEY_PEPPER"}`, peppered, nil},
		{"from another", `{"env": "KEY_PEPPER"}`, map[string]string{"OTHER": pepper}, []string{"--pepper-env", "OTHER"}},
		{"from the policy", `{"value": "` + pepper + `"}`, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(sound, `{"env": "KEY_PEPPER"}`, c.instead, 1)
			r := sallyport(t, text, c.env, append([]string{"key", "rotate", "--identity", "partners", "--client", "acme", "-"}, c.flags...)...)
			key, _, _ := strings.Cut(r.out, "\n")
			r.has(t, 0, hashed(key), `key "1" now expires`)
		})
	}
	plain := sallyport(t, strings.Replace(sound, `"prefix": "sk_live_", "pepper": {"env": "KEY_PEPPER"},`, "", 1), nil, "key", "rotate", "--identity", "partners", "--client", "acme", "-")
	key, _, _ := strings.Cut(plain.out, "\n")
	sum := sha256.Sum256([]byte(key))
	plain.has(t, 0, hex.EncodeToString(sum[:]), "is new")
	if !strings.HasPrefix(key, "sk_live_1") {
		t.Errorf("key %s", key)
	}
}

func TestRotateRefuses(t *testing.T) {
	path := file(t, sound)
	broken := file(t, strings.Replace(sound, `"limits": ["burst"]`, `"limits": ["bust"]`, 1))
	client := []string{"--identity", "partners", "--client", "acme"}
	for _, c := range []struct {
		name   string
		args   []string
		env    map[string]string
		status int
		errs   string
	}{
		{"no file", client, peppered, 2, "accepts 1 arg"},
		{"no such file", append(client, "no/such.json"), peppered, 2, "no/such.json"},
		{"no identity", []string{"--client", "acme", path}, peppered, 2, "--identity is missing"},
		{"no client", []string{"--identity", "partners", path}, peppered, 2, "--client is missing"},
		{"unknown identity", []string{"--identity", "partner", "--client", "acme", path}, peppered, 2, `--identity is "partner", which is no api_key identity of the policy: write one of "partners"`},
		{"unknown client", []string{"--identity", "partners", "--client", "acne", path}, peppered, 2, `--client is "acne", which identity "partners" does not have`},
		{"a key for the client", []string{"--identity", "partners", "--client", liveKey, path}, peppered, 2, `--client is "…"`},
		{"overlap", append(client, "--overlap", "soon", path), peppered, 2, `--overlap is "soon": write a duration`},
		{"no overlap", append(client, "--overlap", "", path), peppered, 2, `--overlap is ""`},
		{"endless overlap", append(client, "--overlap", "90000d", path), peppered, 2, "too far away"},
		{"has expired", append(client, "--expires", "2026-01-01T00:00:00Z", path), peppered, 2, "which has passed"},
		{"no pepper", append(client, path), nil, 2, `the policy takes the pepper from "KEY_PEPPER", which is not set`},
		{"short pepper", append(client, path), map[string]string{"KEY_PEPPER": "hush"}, 1, "pepper has 4 bytes"},
		{"pepper for nothing", []string{"--identity", "other", "--client", "acme", "--pepper-env", "KEY_PEPPER", file(t, rotatable(t))}, peppered, 2, "identity without a pepper"},
		{"writes standard input", append(client, "--write", "-"), peppered, 2, "--write needs a file"},
		{"a policy that does not compile", append(client, "--write", broken), peppered, 1, ":10:85: routes[1].limits[0] names the limit \"bust\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sallyport(t, "", c.env, append([]string{"key", "rotate"}, c.args...)...)
			r.has(t, c.status, "", c.errs)
			if strings.Contains(r.err, liveKey) || strings.Contains(r.err, "hush") {
				t.Errorf("a secret is quoted: %s", r.err)
			}
		})
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != sound {
		t.Errorf("the file is changed: %s, error %v", got, err)
	}
}

func TestReplaceLeavesAChangedFileAlone(t *testing.T) {
	path := file(t, "changed")
	err := replace(path, []byte("as it was read"), []byte("new"))
	if err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, error %v", left, err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "changed" {
		t.Errorf("it is %q, error %v", text, err)
	}
}

// The key has been printed by then, so every failure says that it is void.
func TestReplaceSaysThatTheKeyIsVoid(t *testing.T) {
	err := replace(filepath.Join(t.TempDir(), "gone.json"), []byte("old"), []byte("new"))
	if err == nil || !strings.Contains(err.Error(), "the key above is good for nothing") {
		t.Errorf("error %v", err)
	}
}

func TestLayOutKeepsTheFilesWhitespace(t *testing.T) {
	entry := []byte(`{"id":"1"}`)
	for _, c := range []struct{ before, want string }{
		{"{\n\t\t\"keys\": ", "[\n\t\t\t{\"id\": \"1\"}\n\t\t]"},
		{"{\r\n  \"keys\": ", "[\r\n    {\"id\": \"1\"}\r\n  ]"},
		{`{"keys": `, "[\n  {\"id\": \"1\"}\n]"},
	} {
		text := []byte(c.before)
		got, err := layOut([]jsontext.Value{bytes.Clone(entry)}, indentation(text, int64(len(text))), newline(text))
		if err != nil || string(got) != c.want {
			t.Errorf("%q, error %v, want %q", got, err, c.want)
		}
	}
}
