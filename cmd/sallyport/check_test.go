package main

import (
	"fmt"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
)

const digestOne = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"

const sound = `{
  "version": 1,
  "identities": {"partners": {"api_key": {
    "prefix": "sk_live_", "pepper": {"env": "KEY_PEPPER"},
    "clients": [{"id": "acme", "keys": [{"id": "1", "sha256": "` + digestOne + `"}]}]
  }}},
  "limits": {"burst": {"by": ["client"], "token_bucket": {"capacity": 5, "refill_per_second": 1}}},
  "routes": [
    {"name": "health", "path": "/health", "public": true},
    {"name": "orders", "path": "/orders/**", "identities": ["partners"], "limits": ["burst"]}
  ]
}
`

var peppered = map[string]string{"KEY_PEPPER": "sixteen bytes or more"}

func TestCheckOfASoundPolicy(t *testing.T) {
	path := file(t, sound)
	sallyport(t, "", peppered, "check", path).has(t, 0, path+": ok (2 routes, 1 identity, 1 limit)\n", "")
	sallyport(t, sound, peppered, "check", "-").has(t, 0, "-: ok (2 routes, 1 identity, 1 limit)\n", "")
	sallyport(t, "", peppered, "check", "--strict-env", path).has(t, 0, ": ok (", "")
}

func TestCheckOfSecretsThatAreNotSet(t *testing.T) {
	r := sallyport(t, sound, nil, "check", "-")
	r.has(t, 0, ": ok (", `-: note: the environment variable "KEY_PEPPER" is not set`)
	r = sallyport(t, sound, nil, "check", "--strict-env", "-")
	r.has(t, 1, `-:4:37: identities.partners.api_key.pepper names the environment variable "KEY_PEPPER", which is not set`, "")
	short := map[string]string{"KEY_PEPPER": "hush"}
	r = sallyport(t, sound, short, "check", "-")
	r.has(t, 1, "-:4:37: identities.partners.api_key.pepper has 4 bytes", "")
	if strings.Contains(r.out+r.err, "hush") {
		t.Errorf("the secret is quoted: %s%s", r.out, r.err)
	}
}

// liveKey has the form of a key of key new.
const liveKey = "sk_live_10123456789" + "1vb66i" + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg" + "1czyPK"

// What check prints stands in the logs of builds, and what the filter logs in
// Envoy's: a key or a secret in the wrong place is not repeated.
func TestCheckQuotesNoKeyAndNoSecret(t *testing.T) {
	const clients = `[{"id": "acme", "keys": [{"id": "1", "sha256": "` + digestOne + `"}]}]`
	for _, c := range []struct{ name, instead, write, want string }{
		{"api_key", `"api_key": {`, `"api_key": "KEY", "mtls": {`, "api_key is a string: write an object"},
		{"clients", clients, `"KEY"`, "clients is a string: write a list"},
		{"a client", clients, `["KEY"]`, "clients[0] is a string: write an object"},
		{"keys", `[{"id": "1", "sha256": "` + digestOne + `"}]`, `"KEY"`, "keys is a string: write a list"},
		{"sha256", digestOne, `KEY`, "sha256 is not right"},
		{"prefix", `"sk_live_"`, `"KEY"`, `prefix is "…"`},
		{"pepper", `{"env": "KEY_PEPPER"}`, `"KEY"`, "pepper is a string"},
		{"pepper.env", `"KEY_PEPPER"`, `"PEPPER VALUE"`, "pepper.env is not the name of a variable"},
		{"pepper.env in letters", `"KEY_PEPPER"`, `"hushhushhushhush"`, ""},
		{"an identity of a route", `["partners"]`, `["KEY"]`, `routes[1].identities[0] names "sk_live_…", which is not defined`},
		{"identities of a route", `["partners"]`, `"KEY"`, "routes[1].identities is a string"},
		{"a limit of a route", `["burst"]`, `["KEY"]`, `routes[1].limits[0] names the limit "sk_live_…"`},
		{"a host", `"name": "orders"`, `"hosts": ["*KEY"], "name": "orders"`, "routes[1].hosts[0]"},
		{"a member", `"version"`, `"KEY"`, `["sk_live_…"] is not known`},
	} {
		for _, flag := range []string{"--strict-env=false", "--strict-env"} {
			t.Run(c.name+flag, func(t *testing.T) {
				write := strings.NewReplacer("PEPPER VALUE", "my very secret pepper value", "KEY", liveKey).Replace(c.write)
				text := strings.Replace(sound, c.instead, write, 1)
				r := sallyport(t, text, nil, "check", flag, "-")
				if !strings.Contains(r.out, c.want) || text == sound {
					t.Errorf("it says %s%s, want %s", r.out, r.err, c.want)
				}
				for _, secret := range []string{liveKey[8:], liveKey[25:40], strings.ToLower(liveKey[25:40]), "very secret", "hushhush"} {
					if strings.Contains(r.out+r.err, secret) {
						t.Errorf("%q is quoted: %s%s", secret, r.out, r.err)
					}
				}
			})
		}
	}
}

func TestCheckOfAWrongPolicy(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "-:1:1: the document"},
		{"not JSON", "version: 1\n", "-:1:1: the document"},
		{"what the text has wrong", strings.Replace(sound, `"version": 1`, `"version": 2`, 1), "-:2:14: version is 2"},
		{"what its meaning has wrong", strings.Replace(sound, `"partners"]`, `"partner"]`, 1), `-:10:61: routes[1].identities[0] names "partner", which is not defined`},
		{"what a key has wrong", strings.Replace(sound, `"id": "1"`, `"id": "1\u0007"`, 1), "-:5:48: identities.partners.api_key.clients[0].keys[0].id is"},
		{"oversized", strings.Repeat(" ", document.MaxSize+10) + "{}", "the document has 8388609 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sallyport(t, c.text, peppered, "check", "-").has(t, 1, c.want, "")
		})
	}
}

// Every file is checked, also behind a wrong one.
func TestCheckOfSeveralFiles(t *testing.T) {
	good, bad := file(t, sound), file(t, "{}")
	r := sallyport(t, "", peppered, "check", bad, good)
	r.has(t, 1, bad+":1:1: ", "")
	r.has(t, 1, good+": ok", "")
}

func TestCheckWarns(t *testing.T) {
	text := `{
  "version": 1,
  "identities": {"partners": {"api_key": {
    "clients": [{"id": "acme", "keys": [{"id": "1", "sha256": "` + digestOne + `", "expires": "%s"}]}]
  }}},
  "routes": [
    {"name": "orders", "path": "/orders/**", "identities": ["partners"]},
    {"name": "rest", "path": "/**", "public": true}
  ]
}`
	want := []string{
		"-:3:42: warning: identities.partners.api_key has no prefix: ",
		"-:3:42: warning: identities.partners.api_key has no pepper: ",
		"-:8:5: warning: routes[1] lets anybody call everything below /: ",
	}
	r := sallyport(t, fmt.Sprintf(text, "2026-07-15T12:00:01Z"), nil, "check", "-")
	r.has(t, 0, ": ok (", "warning")
	assertLines(t, r.err, want)
	r = sallyport(t, fmt.Sprintf(text, "2026-07-01T12:00:00Z"), nil, "check", "-")
	want = append(want[:2:2], "-:4:41: warning: identities.partners.api_key.clients[0].keys[0] has expired: remove it", want[2])
	r.has(t, 0, ": ok (", "warning")
	assertLines(t, r.err, want)
	if r = sallyport(t, sound, peppered, "check", "-"); r.err != "" {
		t.Errorf("a sound policy gives %q", r.err)
	}
}

// assertLines compares how lines begin.
func assertLines(t *testing.T, got string, want []string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if len(lines) != len(want) {
		t.Errorf("%d lines, want %d:\n%s", len(lines), len(want), got)
		return
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("line %d is %q, want %q", i, line, want[i])
		}
	}
}

// A source by which every script runs is a warning: the policy compiles.
func TestCheckWarnsOfScripts(t *testing.T) {
	r := sallyport(t, `{
  "version": 1,
  "headers": {"response": {"content_security_policy": {"default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-inline'"]}}},
  "routes": [{"name": "page", "path": "/", "public": true}]
}`, nil, "check", "-")
	r.has(t, 0, ": ok (", "warning")
	assertLines(t, r.err, []string{"-:4:30: warning: headers.response.content_security_policy.script-src[1] lets every script run "})
}
