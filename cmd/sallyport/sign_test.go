package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func hex256(key, text string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

func twilio(key, text string) string {
	m := hmac.New(sha1.New, []byte(key))
	m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

var signEnv = map[string]string{"SECRET": "the secret of the test", "SHORT": "hunter2", "STANDARD": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}

func TestSign(t *testing.T) {
	const body = `{"it's": 1}`
	secret, at := signEnv["SECRET"], fmt.Sprint(testNow.Unix())
	file := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	hashed := fmt.Sprintf("https://a.example/sms?x=1&bodySHA256=%x", sha256.Sum256([]byte(body)))
	for _, c := range []struct {
		name string
		args []string
		out  string
	}{
		{"stripe, now", []string{"--scheme", "stripe", "--secret-env", "SECRET"}, "stripe-signature: t=" + at + ",v1=" + hex256(secret, at+"."+body) + "\n"},
		{"stripe, then", []string{"--scheme", "stripe", "--secret-env", "SECRET", "--timestamp", "17"}, "stripe-signature: t=17,v1=" + hex256(secret, "17."+body) + "\n"},
		{"a file", []string{"--scheme", "github", "--secret-env", "SECRET", file}, "x-hub-signature-256: sha256=" + hex256(secret, body) + "\n"},
		{"custom", []string{"--scheme", "custom", "--secret-env", "SECRET"}, "x-webhook-timestamp: " + at + "\nx-webhook-signature: sha256=" + hex256(secret, at+"."+body) + "\n"},
		{"curl", []string{"--scheme", "github", "--secret-env", "SECRET", "--curl", "https://a.example/it's", file},
			`curl -X 'POST' 'https://a.example/it'\''s' -H 'content-type: application/json' -H 'x-hub-signature-256: sha256=` + hex256(secret, body) + `' --data-binary '@` + file + "'\n"},
		{"the hash of a body in the address", []string{"--scheme", "twilio", "--secret-env", "SECRET", "--curl", "https://a.example/sms?x=1"},
			`curl -X 'POST' '` + hashed + `' -H 'content-type: application/json' -H 'x-twilio-signature: ` + twilio(secret, hashed) + "' --data-binary '@-'\n"},
	} {
		sallyport(t, body, signEnv, append([]string{"sign"}, c.args...)...).has(t, exitFine, c.out, "")
	}
	form := sallyport(t, "b=2&a=1", signEnv, "sign", "--scheme", "twilio", "--secret-env", "SECRET", "--url", "https://a.example/sms", "--content-type", "application/x-www-form-urlencoded")
	form.has(t, exitFine, "x-twilio-signature: "+twilio(secret, "https://a.example/smsa1b2")+"\n", "https://a.example/sms")
	standard := sallyport(t, body, signEnv, "sign", "--scheme", "standard", "--secret-env", "STANDARD", "--id", "msg_7")
	standard.has(t, exitFine, "webhook-id: msg_7\nwebhook-timestamp: "+at+"\nwebhook-signature: v1,", "")
	random := sallyport(t, body, signEnv, "sign", "--scheme", "standard", "--secret-env", "STANDARD")
	if id, _, _ := strings.Cut(random.out, "\n"); len(id) != len("webhook-id: msg_")+32 {
		t.Errorf("an id of %q", id)
	}
}

func TestSignByPolicy(t *testing.T) {
	dir := t.TempDir()
	policy, secret := filepath.Join(dir, "policy.json"), filepath.Join(dir, "secret")
	text := `{"version": 1, "routes": [{"name": "hook", "path": "/h", "methods": ["POST"], "webhook": {"scheme": "custom", "secrets": [{"env": "X"}],
		"signature": {"header": "X-Sig"}, "signed": "{method} {url} {header.x-kind} {body}"}}, {"name": "open", "path": "/**", "public": true}]}`
	for file, content := range map[string]string{policy: text, secret: "the secret of the test\n"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"sign", "--policy", policy, "--route", "hook", "--secret-file", secret, "--method", "PUT"}
	sallyport(t, "x", nil, append(args, "--url", "https://a.example/h", "--header", "X-Kind: some")...).
		has(t, exitFine, "x-sig: "+hex256("the secret of the test", "PUT https://a.example/h some x")+"\n", "")
	sallyport(t, "x", nil, append(args, "--url", "https://a.example/h")...).has(t, exitUsage, "", `the scheme signs the header "x-kind"`)
	sallyport(t, "x", nil, append(args, "--header", "x-kind: some")...).has(t, exitUsage, "", "write --url or --curl")
	sallyport(t, "x", nil, "sign", "--policy", policy, "--route", "open", "--secret-file", secret).has(t, exitUsage, "", `"open" has neither webhook nor sign`)
	sallyport(t, "x", nil, "sign", "--policy", policy, "--route", "none", "--secret-file", secret).has(t, exitUsage, "", `has no route "none"`)
	sallyport(t, "x", nil, "sign", "--policy", policy, "--secret-file", secret).has(t, exitUsage, "", "--policy needs --route")
}

func TestSignRefuses(t *testing.T) {
	for _, c := range []struct {
		name, stdin string
		args        []string
		status      int
		errs        string
	}{
		{"no scheme", "", []string{"--secret-env", "SECRET"}, exitUsage, `--scheme is "": write one of discord, github, paddle`},
		{"no secret", "", []string{"--scheme", "stripe"}, exitUsage, "write --secret-env NAME or --secret-file FILE"},
		{"two secrets", "", []string{"--scheme", "stripe", "--secret-env", "SECRET", "--secret-file", "x"}, exitUsage, "write --secret-env NAME or --secret-file FILE"},
		{"a secret that is not set", "", []string{"--scheme", "stripe", "--secret-env", "NONE"}, exitUsage, "is not set"},
		{"a secret that is too short", "", []string{"--scheme", "stripe", "--secret-env", "SHORT"}, exitWrong, "the secret has 7 bytes"},
		{"a secret of another kind", "", []string{"--scheme", "standard", "--secret-env", "SECRET"}, exitWrong, "is not a secret of Standard Webhooks"},
		{"no address", "", []string{"--scheme", "square", "--secret-env", "SECRET"}, exitUsage, "write --url or --curl"},
		{"no form", "a=%", []string{"--scheme", "twilio", "--secret-env", "SECRET", "--url", "https://a.example/", "--content-type", "application/x-www-form-urlencoded"}, exitWrong, "the body is no form"},
		{"no header", "", []string{"--scheme", "stripe", "--secret-env", "SECRET", "--header", "x"}, exitUsage, `write "name: value"`},
		{"no file", "", []string{"--scheme", "stripe", "--secret-env", "SECRET", "/none/such"}, exitUsage, "no such file"},
	} {
		r := sallyport(t, c.stdin, signEnv, append([]string{"sign"}, c.args...)...)
		r.has(t, c.status, "", c.errs)
		if strings.Contains(r.err, signEnv["SHORT"]) || strings.Contains(r.err, signEnv["SECRET"]) {
			t.Errorf("%s: the secret is shown: %s", c.name, r.err)
		}
	}
}

// TestCheckWithoutSecrets: a policy is checked where its secrets are not, in each
// form that they have.
func TestCheckWithoutSecrets(t *testing.T) {
	text := `{"version": 1, "routes": [{"name": "a", "path": "/a", "methods": ["POST"], "webhook": {"scheme": "standard", "secrets": [{"env": "A"}, {"env": "B"}]}},
		{"name": "b", "path": "/b", "methods": ["POST"], "webhook": {"scheme": "discord", "secrets": [{"env": "C"}]}}]}`
	sallyport(t, text, nil, "check", "-").has(t, exitFine, "ok (2 routes", "placeholder")
}

func TestCheckWarnsOfWebhooks(t *testing.T) {
	text := `{"version": 1, "routes": [{"name": "a", "path": "/a", "methods": ["POST"], "webhook": {"scheme": "github", "sha1": true, "replay": false, "secrets": [{"value": "12345678"}]}}]}`
	r := sallyport(t, text, nil, "check", "-")
	for _, want := range []string{"routes[0].webhook.sha1 takes signatures by SHA-1", "routes[0].webhook.replay lets one delivery in"} {
		r.has(t, exitFine, "ok", want)
	}
}
