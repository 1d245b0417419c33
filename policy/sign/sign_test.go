package sign_test

import (
	"cmp"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

const (
	now    = int64(1_800_000_000) * int64(time.Second)
	ts     = "1800000000"
	secret = "the secret of the tests"
	raw    = "0123456789abcdef01234567"
	id     = "msg_254a6f94b9de03284d7297bce1062b50" // of guardtest's randomness
)

var (
	whsec = "whsec_" + b64([]byte(raw))
	seed  = []byte("a seed of thirty-two bytes, yes!")
	edKey = ed25519.NewKeyFromSeed(seed)
)

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func mac(h func() hash.Hash, key, text string) []byte {
	m := hmac.New(h, []byte(key))
	m.Write([]byte(text))
	return m.Sum(nil)
}

func hex256(key, text string) string { return hex.EncodeToString(mac(sha256.New, key, text)) }

// schemes are all, with the headers of a body as the vendors' documentation has
// them.
var schemes = []struct {
	name, section, secret string
	verifies              string // the secret of the receiver, where it is another
	want                  func(body string) string
}{
	{"stripe", `"scheme": "stripe"`, secret, "", func(b string) string { return "stripe-signature: t=" + ts + ",v1=" + hex256(secret, ts+"."+b) }},
	{"github", `"scheme": "github"`, secret, "", func(b string) string { return "x-hub-signature-256: sha256=" + hex256(secret, b) }},
	{"slack", `"scheme": "slack"`, secret, "", func(b string) string {
		return "x-slack-request-timestamp: " + ts + "\nx-slack-signature: v0=" + hex256(secret, "v0:"+ts+":"+b)
	}},
	{"shopify", `"scheme": "shopify"`, secret, "", func(b string) string { return "x-shopify-hmac-sha256: " + b64(mac(sha256.New, secret, b)) }},
	{"standard", `"scheme": "standard"`, whsec, "", func(b string) string {
		return "webhook-id: " + id + "\nwebhook-timestamp: " + ts + "\nwebhook-signature: v1," + b64(mac(sha256.New, raw, id+"."+ts+"."+b))
	}},
	{"standard, ed25519", `"scheme": "standard"`, "whsk_" + b64(edKey), "whpk_" + b64(edKey.Public().(ed25519.PublicKey)), func(b string) string {
		return "webhook-id: " + id + "\nwebhook-timestamp: " + ts + "\nwebhook-signature: v1a," + b64(ed25519.Sign(edKey, []byte(id+"."+ts+"."+b)))
	}},
	{"twilio", `"scheme": "twilio"`, secret, "", func(b string) string {
		if b == "" {
			return "x-twilio-signature: " + b64(mac(sha1.New, secret, "https://hooks.example.com/hook?a=1"))
		}
		return "x-twilio-signature: " + b64(mac(sha1.New, secret, fmt.Sprintf("https://hooks.example.com/hook?a=1&bodySHA256=%x", sha256.Sum256([]byte(b)))))
	}},
	{"zoom", `"scheme": "zoom"`, secret, "", func(b string) string {
		return "x-zm-request-timestamp: " + ts + "\nx-zm-signature: v0=" + hex256(secret, "v0:"+ts+":"+b)
	}},
	{"square", `"scheme": "square", "url": "https://r.example/square"`, secret, "", func(b string) string {
		return "x-square-hmacsha256-signature: " + b64(mac(sha256.New, secret, "https://r.example/square"+b))
	}},
	{"paddle", `"scheme": "paddle"`, secret, "", func(b string) string { return "paddle-signature: ts=" + ts + ";h1=" + hex256(secret, ts+":"+b) }},
	{"discord", `"scheme": "discord"`, hex.EncodeToString(seed), hex.EncodeToString(edKey.Public().(ed25519.PublicKey)), func(b string) string {
		return "x-signature-timestamp: " + ts + "\nx-signature-ed25519: " + hex.EncodeToString(ed25519.Sign(edKey, []byte(ts+b)))
	}},
	{"custom", `"scheme": "custom"`, secret, "", func(b string) string {
		return "x-webhook-timestamp: " + ts + "\nx-webhook-signature: sha256=" + hex256(secret, ts+"."+b)
	}},
	{"custom, all of it", `"scheme": "custom", "algorithm": "hmac-sha512", "signature": {"header": "X-Sig", "prefix": "s=", "encoding": "base64url", "separator": "space"},
		"timestamp": {"header": "x-sig", "prefix": "at=", "unit": "rfc3339"}, "id": {"header": "x-id"}, "signed": "{method} {url} {header.x-kind} {id}|{timestamp}|{body}|end"`, secret, "", func(b string) string {
		at := "2027-01-15T08:00:00Z"
		return "x-id: " + id + "\nx-sig: at=" + at + " s=" + base64.RawURLEncoding.EncodeToString(mac(sha512.New, secret, "POST https://hooks.example.com/hook?a=1 some "+id+"|"+at+"|"+b+"|end"))
	}},
}

// policyOf has one route; host says whether the headers wait.
func policyOf(section string, host bool) string {
	return fmt.Sprintf(`{"version": 1, "host": {"headers_stop_iteration": %t}, "routes": [{"name": "out", "path": "/hook", "methods": ["POST"], %s}]}`, host, section)
}

func signing(section, secret string) string {
	return policyOf(fmt.Sprintf(`"public": true, "sign": {%s, "secret": {"value": %q}}`, section, secret), true)
}

// at judges a request by a policy, and shows what goes upstream.
type at struct {
	in    *policy.Instance
	world *guardtest.World
	r     guard.Request
}

func compile(t testing.TB, text string) *at {
	t.Helper()
	p, err := policy.Compile([]byte(text), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return &at{in: policy.NewInstance(p, "test", policy.Seeds{}), world: guardtest.New("192.0.2.1")}
}

func (a *at) judge(body string, headers ...guard.Header) policy.Decision {
	a.r.Reset()
	a.r.Method, a.r.Scheme, a.r.Authority, a.r.Target, a.r.World, a.r.Now = "POST", "https", "hooks.example.com", "/hook?a=1", a.world, now
	a.r.Headers = append(a.r.Headers, headers...)
	a.world.RequestBody = []byte(body)
	d := a.in.Judge(&a.r)
	for b := a.world.RequestBody; d.Outcome == policy.Pending && len(b) > 0; b = b[min(5, len(b)):] {
		d = a.in.Read(&a.r, b[:min(5, len(b))])
	}
	if d.Outcome == policy.Pending {
		d = a.in.Conclude(&a.r)
	}
	return d
}

// added is what the edits set, as lines.
func (a *at) added() string {
	var lines []string
	for _, e := range a.r.Upstream {
		if e.Op == guard.Replace {
			lines = append(lines, e.Name+": "+e.Value)
		}
	}
	return strings.Join(lines, "\n")
}

// TestSchemes: what is added is what the vendors' documentation says, and the guard
// that verifies takes it.
func TestSchemes(t *testing.T) {
	for _, s := range schemes {
		for _, body := range []string{`{"a": "` + "\xff\x00" + `"}`, "", strings.Repeat("long ", 4000)} {
			a := compile(t, signing(s.section, s.secret))
			d := a.judge(body, guard.Header{Name: "x-kind", Value: "some"}, guard.Header{Name: "content-type", Value: "application/json"})
			if d.Outcome != policy.Allowed || a.added() != s.want(body) {
				t.Errorf("%s: %v\n%s\nwant\n%s", s.name, d.Verdict.Reason, a.added(), s.want(body))
				continue
			}
			verified(t, s.name, a, policyOf(fmt.Sprintf(`"webhook": {%s, "secrets": [{"value": %q}]}`, s.section, cmp.Or(s.verifies, s.secret)), false), body)
			if err := a.in.Ended(&a.r); err != nil {
				t.Error(err)
			}
		}
	}
}

// verified sends what leaves to a route that takes webhooks.
func verified(t *testing.T, name string, from *at, text, body string) {
	to := compile(t, text)
	if reason := to.receive(from, []byte(body), len(body)+1); reason != guard.Allowed {
		t.Errorf("%s: the receiver says %v", name, reason)
	}
}

// TestForm: Twilio's rule for forms.
func TestForm(t *testing.T) {
	form := guard.Header{Name: "content-type", Value: "application/x-www-form-urlencoded; charset=utf-8"}
	for _, c := range []struct{ body, signed string }{
		{"b=2&a=x+%2B", "ax +b2"}, {"a=1&a=1&a=0", "a0a1"}, {"a", "a"}, {"&&a=", "a"},
	} {
		a := compile(t, signing(`"scheme": "twilio"`, secret))
		want := "x-twilio-signature: " + b64(mac(sha1.New, secret, "https://hooks.example.com/hook?a=1"+c.signed))
		if d := a.judge(c.body, form); d.Outcome != policy.Allowed || a.added() != want {
			t.Errorf("%q: %v %s", c.body, d.Verdict.Reason, a.added())
		}
	}
	for _, body := range []string{"a=%4", "a=%zz", "a=1;b=2", strings.Repeat("a&", 1001)} {
		a := compile(t, signing(`"scheme": "twilio"`, secret))
		if d := a.judge(body, form); d.Outcome != policy.Denied {
			t.Errorf("%.20q was signed", body)
		}
	}
}

// TestUnsigned: what cannot be signed does not leave.
func TestUnsigned(t *testing.T) {
	kind := `"scheme": "custom", "signed": "{header.x-kind}{body}", "max_body": 10`
	for _, c := range []struct {
		name, section, body string
		headers             []guard.Header
		before              func(call, _ string) error
		want                guard.Reason
	}{
		{"too long", kind, "12345678901", []guard.Header{{Name: "x-kind"}}, nil, guard.BodyTooLarge},
		{"said to be too long", kind, "", []guard.Header{{Name: "x-kind"}, {Name: "content-length", Value: "11"}}, nil, guard.BodyTooLarge},
		{"as long as it may be", kind, "1234567890", []guard.Header{{Name: "x-kind"}, {Name: "content-length", Value: "10"}}, nil, guard.Allowed},
		{"a header that is signed is missing", kind, "", nil, nil, guard.BadHeader},
		{"or doubled", kind, "", []guard.Header{{Name: "x-kind"}, {Name: "x-kind"}}, nil, guard.BadHeader},
		{"no randomness", `"scheme": "standard"`, "", nil, func(call, _ string) error {
			if call == guardtest.Random {
				return errors.New("no")
			}
			return nil
		}, guard.HostError},
		{"no body to be had", `"scheme": "twilio"`, "", nil, func(call, _ string) error {
			if call == guardtest.Body {
				return errors.New("no")
			}
			return nil
		}, guard.HostError},
	} {
		key := secret
		if strings.Contains(c.section, "standard") {
			key = whsec
		}
		a := compile(t, signing(c.section, key))
		a.world.Before = c.before
		d := a.judge(c.body, c.headers...)
		if d.Verdict.Reason != c.want || (a.added() != "") != (c.want == guard.Allowed) {
			t.Errorf("%s: %v, added %q", c.name, d.Verdict.Reason, a.added())
		}
	}
}

// TestCopies: what a client sends in the place of a signature does not leave, in
// no spelling.
func TestCopies(t *testing.T) {
	a := compile(t, signing(`"scheme": "custom"`, secret))
	for _, name := range []string{"x-webhook-signature", "x_webhook_signature", "x.webhook.timestamp"} {
		a.judge("", guard.Header{Name: name, Value: "forged"})
		removed := false
		for _, e := range a.r.Upstream {
			removed = removed || e.Op == guard.Remove && e.Name == name
		}
		if !removed {
			t.Errorf("%s leaves", name)
		}
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct{ section, want string }{
		{`"public": true, "sign": {"scheme": "stripe", "secret": {"value": "short"}}`, `routes[0].sign.secret has 5 bytes: write one of 8 to 1024 bytes`},
		{`"public": true, "sign": {"scheme": "standard", "secret": {"value": "whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}`, `routes[0].sign.secret is not a secret of Standard Webhooks: write whsec_`},
		{`"public": true, "sign": {"scheme": "discord", "secret": {"value": "00ff"}}`, `routes[0].sign.secret is no key of Ed25519: write its 32 bytes`},
		{`"public": true, "sign": {"scheme": "stripe", "secret": {"env": "NONE"}}`, `routes[0].sign.secret names the environment variable "NONE", which is not set`},
		{`"public": true, "sign": {"scheme": "stripe", "url": "https://a.example/", "secret": {"value": "12345678"}}`, `routes[0].sign.url stands beside a scheme that does not sign the address`},
	} {
		_, err := policy.Compile([]byte(policyOf(c.section, true)), func(string) (string, bool) { return "", false })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n%v\nwant %s", c.section, err, c.want)
		}
	}
	_, err := policy.Compile([]byte(policyOf(`"public": true, "sign": {"scheme": "stripe", "secret": {"value": "12345678"}}`, false)), nil)
	if err == nil || !strings.Contains(err.Error(), `write "host": {"headers_stop_iteration": true}`) {
		t.Errorf("headers that do not wait: %v", err)
	}
}

// TestAllocations: what is signed by HMAC allocates nothing once the worker is warm.
func TestAllocations(t *testing.T) {
	for _, s := range schemes {
		if s.verifies != "" || s.name == "twilio" {
			continue
		}
		a := compile(t, signing(s.section, s.secret))
		body := []byte("a body")
		a.world.RequestBody = body
		one := func() {
			r := &a.r
			r.Reset()
			r.Method, r.Scheme, r.Authority, r.Target, r.World, r.Now = "POST", "https", "hooks.example.com", "/hook?a=1", a.world, now
			r.Headers = append(r.Headers, guard.Header{Name: "x-kind", Value: "some"})
			if a.in.Judge(r).Outcome != policy.Pending || a.in.Read(r, body).Outcome != policy.Pending || a.in.Conclude(r).Outcome != policy.Allowed {
				t.Fatal(s.name)
			}
			r.Forget()
			if a.in.Ended(r) != nil {
				t.Fatal(s.name)
			}
		}
		one()
		if n := testing.AllocsPerRun(100, one); n > 0 {
			t.Errorf("%s: %v allocations", s.name, n)
		}
	}
}
