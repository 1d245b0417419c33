package webhook_test

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/signature"
)

// TestProblems: what does not compile, and that no problem quotes a secret.
func TestProblems(t *testing.T) {
	const hidden = "hunter2!"
	custom := func(more string) string {
		return `{"scheme": "custom", ` + more + `, "secrets": [{"value": "12345678"}]}`
	}
	for _, c := range []struct{ name, route, webhook, want string }{
		{"an empty secret", "", `{"scheme": "stripe", "secrets": [{"env": "EMPTY"}]}`, `routes[0].webhook.secrets[0] names the environment variable "EMPTY", which is empty`},
		{"a secret of spaces", "", `{"scheme": "stripe", "secrets": [{"value": "            "}]}`, `routes[0].webhook.secrets[0] is empty`},
		{"a secret with a line feed", "", `{"scheme": "stripe", "secrets": [{"value": "` + hidden + `\n"}]}`, `routes[0].webhook.secrets[0] begins or ends with white space: remove it`},
		{"a short secret", "", `{"scheme": "stripe", "secrets": [{"value": "hunter2"}]}`, `routes[0].webhook.secrets[0] has 7 bytes: write one of 8 to 1024 bytes`},
		{"a secret that is not set", "", `{"scheme": "stripe", "secrets": [{"env": "NONE"}]}`, `routes[0].webhook.secrets[0] names the environment variable "NONE", which is not set`},
		{"nine secrets", "", `{"scheme": "stripe", "secrets": [` + strings.Repeat(`{"value": "12345678"}, `, 8) + `{"value": "12345678"}]}`, `routes[0].webhook.secrets has 9 secrets: write 1 to 8`},
		{"no whsec_", "", `{"scheme": "standard", "secrets": [{"value": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}]}`, `routes[0].webhook.secrets[0] is not a secret of Standard Webhooks: write whsec_ and 24 to 64 bytes in base64`},
		{"whsec_ and no base64", "", `{"scheme": "standard", "secrets": [{"value": "whsec_` + hidden + `"}]}`, `routes[0].webhook.secrets[0] is not a secret of Standard Webhooks`},
		{"whsec_ of 23 bytes", "", `{"scheme": "standard", "secrets": [{"value": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY="}]}`, `routes[0].webhook.secrets[0] is not a secret of Standard Webhooks`},
		{"a private key", "", `{"scheme": "standard", "secrets": [{"value": "whsk_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}]}`, `routes[0].webhook.secrets[0] is not a secret of Standard Webhooks`},
		{"no public key", "", `{"scheme": "discord", "secrets": [{"value": "` + hidden + `"}]}`, `routes[0].webhook.secrets[0] is no key of Ed25519: write its 32 bytes in hexadecimal or base64`},
		{"a public key for which any signature fits", "", `{"scheme": "discord", "secrets": [{"value": "` + strings.Repeat("0", 64) + `"}]}`, `routes[0].webhook.secrets[0] is no key of Ed25519`},
		{"sha1 of another scheme", "", `{"scheme": "slack", "sha1": true, "secrets": [{"value": "12345678"}]}`, `routes[0].webhook.sha1 stands beside the scheme "slack": remove it`},
		{"a template of another scheme", "", `{"scheme": "slack", "signed": "{body}", "secrets": [{"value": "12345678"}]}`, `routes[0].webhook.signed stands beside the scheme "slack", which says it itself: remove it, or write "scheme": "custom"`},
		{"a window beside no replay", "", `{"scheme": "slack", "replay": false, "replay_window": "1h", "secrets": [{"value": "12345678"}]}`, `routes[0].webhook.replay_window stands beside "replay": false`},
		{"a window that is too short", "", `{"scheme": "slack", "replay_window": "9m", "secrets": [{"value": "12345678"}]}`, `routes[0].webhook.replay_window is shorter than a timestamp is accepted`},
		{"an address of a scheme without", "", `{"scheme": "stripe", "url": "https://a.example/", "secrets": [{"value": "12345678"}]}`, `routes[0].webhook.url stands beside a scheme that does not sign the address`},
		{"an address that is none", "", `{"scheme": "square", "url": "a.example/hook", "secrets": [{"value": "12345678"}]}`, `routes[0].webhook.url is "a.example/hook", which no sender can call`},
		{"an address with a fragment", "", `{"scheme": "square", "url": "https://a.example/#x", "secrets": [{"value": "12345678"}]}`, `routes[0].webhook.url is`},
		{"a template without the body", "", custom(`"signed": "{timestamp}"`), `routes[0].webhook.signed is "{timestamp}", which does not have {body} once`},
		{"the body twice", "", custom(`"signed": "{body}{body}"`), `routes[0].webhook.signed is "{body}{body}", which does not have {body} once`},
		{"a strange name", "", custom(`"signed": "{bdoy}"`), `routes[0].webhook.signed is "{bdoy}", in which {bdoy} is not known`},
		{"half a brace", "", custom(`"signed": "{body} {"`), `routes[0].webhook.signed is "{body} {", which has a brace without its other half`},
		{"a header that is none", "", custom(`"signed": "{body}{header.a b}"`), `routes[0].webhook.signed is "a b", which is not a header name`},
		{"a timestamp that is not signed", "", custom(`"signed": "{body}", "timestamp": {"header": "x-at"}`), `routes[0].webhook.timestamp is not signed, so that anybody could change it`},
		{"an id that is not signed", "", custom(`"id": {"header": "x-id"}`), `routes[0].webhook.id is not signed, so that anybody could change it`},
		{"an id that is nowhere", "", custom(`"signed": "{id}.{body}"`), `routes[0].webhook.id is missing, and {id} is signed`},
		{"a timestamp that cannot be told", "", custom(`"signature": {"header": "x-s"}, "timestamp": {"header": "x-s", "prefix": "t="}`), `routes[0].webhook.timestamp stands in the header of the signature, from which it cannot be told`},
		{"a prefix with a comma", "", custom(`"signature": {"header": "x-s", "prefix": "a,", "separator": "comma"}`), `routes[0].webhook.signature.prefix holds a comma`},
		{"identities beside it", `"identities": ["a"],`, `{"scheme": "stripe", "secrets": [{"value": "12345678"}]}`, `routes[0].identities stands beside "webhook"`},
		{"public beside it", `"public": true,`, `{"scheme": "stripe", "secrets": [{"value": "12345678"}]}`, `routes[0].public stands beside "webhook"`},
		{"scopes beside it", `"scopes": ["a"],`, `{"scheme": "stripe", "secrets": [{"value": "12345678"}]}`, `routes[0].scopes stands beside "webhook"`},
		{"any method", `-`, `{"scheme": "stripe", "secrets": [{"value": "12345678"}]}`, `routes[0] takes webhooks by any method: write "methods": ["POST"]`},
		{"a method of nobody", `-"methods": ["POST", "GET"],`, `{"scheme": "stripe", "secrets": [{"value": "12345678"}]}`, `routes[0].methods[1] is "GET", which no sender of "stripe" uses`},
	} {
		route, whole := strings.CutPrefix(c.route, "-")
		if !whole {
			route += `"methods": ["POST"],`
		}
		text := `{"version": 1, "routes": [{"name": "hook", "path": "/hook", ` + route + ` "webhook": ` + c.webhook + `}]}`
		_, err := policy.Compile([]byte(text), func(name string) (string, bool) { return "", name == "EMPTY" })
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), hidden) {
			t.Errorf("%s:\n%v\nwant %s", c.name, err, c.want)
		}
	}
	twilio := `{"version": 1, "routes": [{"name": "hook", "path": "/hook", "methods": ["GET", "POST"], "webhook": {"scheme": "twilio", "secrets": [{"value": "12345678"}]}}]}`
	if _, err := policy.Compile([]byte(twilio), nil); err != nil {
		t.Error(err)
	}
	twice := policyOf(`"scheme": "stripe"`, secret, secret)
	if _, err := policy.Compile([]byte(twice), nil); err != nil {
		t.Error(err)
	}
}

// TestPlaceholder: a policy that is only checked compiles, and lets nobody in.
func TestPlaceholder(t *testing.T) {
	for _, s := range schemes {
		rc := newReceiver(t, policyOf(s.section, signature.Placeholder), guardtest.NewShared())
		if d := rc.take(s.sign(s.first, at(now), s.body())); d.Outcome.Forwards() {
			t.Errorf("%s: %v", s.name, d.Verdict.Reason)
		}
		rc = newReceiver(t, policyOf(s.section, signature.Placeholder, s.second), guardtest.NewShared())
		if d := rc.take(s.sign(s.second, at(now), s.body())); d.Outcome.Forwards() {
			t.Errorf("%s: %v, and the delivery has no mark", s.name, d.Verdict.Reason)
		}
	}
}
