package main

import (
	"fmt"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

func TestKeyNewPrintsTheKeyOnce(t *testing.T) {
	r := sallyport(t, "", nil, "key", "new")
	r.has(t, 0, "sk_live_1", "")
	key, entry, _ := strings.Cut(r.out, "\n")
	if len(key) != len("sk_live_")+56 || strings.Contains(entry, key[30:50]) {
		t.Errorf("key %q, entry %s", key, entry)
	}
	want := fmt.Sprintf("{\n  \"id\": %q,\n  \"sha256\": \"", key[9:19])
	if !strings.HasPrefix(entry, want) || strings.Contains(entry, "expires") {
		t.Errorf("entry %s", entry)
	}
}

func TestKeyNewExpires(t *testing.T) {
	for _, c := range []struct {
		expires   string
		status    int
		out, errs string
	}{
		{"2027-01-31T01:00:00+01:00", 0, `"expires": "2027-01-31T00:00:00Z"`, ""},
		{"90d", 0, `"expires": "2026-09-29T12:00:00Z"`, ""},
		{"1h30m", 0, `"expires": "2026-07-01T13:30:00Z"`, ""},
		{"2026-07-01T12:00:00Z", 2, "", "which has passed"},
		{"0d", 2, "", "write a time such as"},
		{"tomorrow", 2, "", "write a time such as"},
		{"90000d", 2, "", "too far away"},
	} {
		t.Run(c.expires, func(t *testing.T) {
			sallyport(t, "", nil, "key", "new", "--expires", c.expires).has(t, c.status, c.out, c.errs)
		})
	}
}

func TestKeyNewRefuses(t *testing.T) {
	env := map[string]string{"SHORT": "hush", "EMPTY": ""}
	for _, c := range []struct{ name, flag, value, want string }{
		{"prefix", "--prefix", "SK", `--prefix is "SK"`},
		{"empty prefix", "--prefix", "", `--prefix is ""`},
		{"a key for the prefix", "--prefix", liveKey, `--prefix is "…"`},
		{"a key for the expiry", "--expires", liveKey, `--expires is "…"`},
		{"a pepper for its variable", "--pepper-env", "my very secret pepper value", `--pepper-env is not the name`},
		{"a pepper for its variable, in base64", "--pepper-env", "bXkgdmVyeSBzZWNyZXQ=", `--pepper-env is not the name`},
		{"a pepper for its variable, in letters", "--pepper-env", "a94a8fe5ccb19ba6", `--pepper-env names "…", which is not set`},
		{"a key for a command", "--", liveKey, `unknown command`},
		{"pepper not set", "--pepper-env", "NONE", `"NONE", which is not set`},
		{"pepper empty", "--pepper-env", "EMPTY", `"EMPTY", which has 0 bytes`},
		{"pepper short", "--pepper-env", "SHORT", `"SHORT", which has 4 bytes`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sallyport(t, "", env, "key", "new", c.flag, c.value)
			r.has(t, 2, "", c.want)
			if strings.Contains(r.err, c.value) && len(c.value) > 15 {
				t.Errorf("the secret is quoted: %s", r.err)
			}
		})
	}
}

// What key new prints is pasted into a policy, and the policy knows the key.
func TestANewKeyWorks(t *testing.T) {
	text := `{"version": 1,
	  "identities": {"partners": {"api_key": {"prefix": "acme_", %s "clients": [%s]}}},
	  "routes": [{"name": "all", "path": "/a", "identities": ["partners"]}]}`
	for name, c := range map[string]struct {
		args   []string
		member string
	}{
		"plain":    {nil, ""},
		"peppered": {[]string{"--pepper-env", "KEY_PEPPER"}, `"pepper": {"env": "KEY_PEPPER"},`},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"key", "new", "--prefix", "acme_", "--client", `a "b" <c>`, "--expires", "1d"}, c.args...)
			r := sallyport(t, "", peppered, args...)
			r.has(t, 0, "acme_1", "")
			key, client, _ := strings.Cut(r.out, "\n")
			p, err := policy.Compile(fmt.Appendf(nil, text, c.member, client), func(n string) (string, bool) { v, ok := peppered[n]; return v, ok })
			if err != nil {
				t.Fatal(err)
			}
			request := &guard.Request{
				Method: "GET", Scheme: "https", Authority: "a.example", Target: "/a", Now: testNow.UnixNano(), Route: -1, World: guardtest.New("192.0.2.1"),
				Headers: []guard.Header{{Name: "x-api-key", Value: key}},
			}
			d := policy.NewInstance(p, "test", policy.Seeds{}).Judge(request)
			if d.Outcome != policy.Allowed || request.Caller.Client != `a "b" <c>` || request.Caller.Key != key[6:16] {
				t.Errorf("decision %+v, caller %+v", d, request.Caller)
			}
		})
	}
}

func TestKeyInspect(t *testing.T) {
	key, _, _ := strings.Cut(sallyport(t, "", nil, "key", "new", "--prefix", "acme_").out, "\n")
	want := "prefix:   acme_\nversion:  1\nid:       " + key[6:16] + "\ncreated:  2026-07-01T12:00:00Z\nchecksum: ok\n"
	secret := key[22:55]
	for _, c := range []struct {
		name, stdin string
		args        []string
		status      int
		out, errs   string
	}{
		{"argument", "", []string{key}, 0, want, ""},
		{"standard input", key + "\n", []string{"-"}, 0, want, ""},
		{"standard input by default", " " + key + "\r\n", nil, 0, want, ""},
		{"absent", "", nil, 1, "", "cut short or too long"},
		{"mistyped", key[:30] + "0" + key[31:], nil, 1, "", "checksum does not match"},
		{"cut", key[:len(key)-1], nil, 1, "", "prefix"},
		{"another alphabet", key[:30] + "-" + key[31:], nil, 1, "", "other than 0-9"},
		{"another version", "acme_2" + key[6:], nil, 1, "", "unknown version"},
		{"oversized", strings.Repeat("a", 1<<20), nil, 1, "", "prefix"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sallyport(t, c.stdin, nil, append([]string{"key", "inspect"}, c.args...)...)
			r.has(t, c.status, c.out, c.errs)
			for at := 0; at+8 <= len(secret); at++ {
				if strings.Contains(r.out+r.err, secret[at:at+8]) {
					t.Fatalf("the secret is shown: %s%s", r.out, r.err)
				}
			}
		})
	}
}
