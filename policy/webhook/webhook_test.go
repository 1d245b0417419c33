package webhook_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
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
	second = int64(time.Second)
	now    = int64(1_800_000_000) * second
	secret = "the secret of the tests"
	old    = "the secret before that one"
)

var (
	whsec  = "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef01234567"))
	whsec2 = "whsec_" + base64.StdEncoding.EncodeToString([]byte("another secret of 24 byte"))
	edKey  = ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes, yes!"))
	edKey2 = ed25519.NewKeyFromSeed([]byte("another seed of 32 bytes, truly!"))
)

func public(k ed25519.PrivateKey) []byte { return k.Public().(ed25519.PublicKey) }

// sent is a delivery as its sender makes it.
type sent struct {
	method, target, authority string
	headers                   []guard.Header
	body                      string
}

func (s sent) with(name, value string) sent {
	s.headers = append(append([]guard.Header(nil), s.headers...), guard.Header{Name: name, Value: value})
	return s
}

// without drops a header; set replaces its value.
func (s sent) without(name string) sent {
	var left []guard.Header
	for _, h := range s.headers {
		if h.Name != name {
			left = append(left, h)
		}
	}
	s.headers = left
	return s
}

func (s sent) set(name, value string) sent { return s.without(name).with(name, value) }

func (s sent) get(name string) string {
	for _, h := range s.headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

func mac(h func() hash.Hash, key, text string) []byte {
	m := hmac.New(h, []byte(key))
	m.Write([]byte(text))
	return m.Sum(nil)
}

func hex256(key, text string) string { return hex.EncodeToString(mac(sha256.New, key, text)) }

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func standardKey(secret string) string {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// scheme is a scheme under test: its section, and how its sender signs, written
// from the sender's documentation.
type scheme struct {
	name      string
	section   string // without the secrets
	first     string // the first secret, as the policy has it
	second    string
	wrong     string
	signature string // header
	timestamp string // header; empty: none
	id        string // header
	sign      func(secret, timestamp, body string) sent
}

func post(body string, headers ...string) sent {
	s := sent{method: "POST", target: "/hook?a=1", authority: "api.example.com", body: body}
	for i := 0; i < len(headers); i += 2 {
		s = s.with(headers[i], headers[i+1])
	}
	return s
}

var schemes = []scheme{
	{"stripe", `"scheme": "stripe"`, secret, old, "a wrong secret", "stripe-signature", "in the signature", "", func(k, t, body string) sent {
		return post(body, "stripe-signature", "t="+t+",v0="+strings.Repeat("00", 32)+",v1="+hex256(k, t+"."+body))
	}},
	{"github", `"scheme": "github"`, secret, old, "a wrong secret", "x-hub-signature-256", "", "", func(k, _, body string) sent {
		return post(body, "x-hub-signature-256", "sha256="+hex256(k, body), "x-hub-signature", "sha1="+hex.EncodeToString(mac(sha1.New, k, body)))
	}},
	{"github sha1", `"scheme": "github", "sha1": true`, secret, old, "a wrong secret", "x-hub-signature", "", "", func(k, _, body string) sent {
		return post(body, "x-hub-signature", "sha1="+hex.EncodeToString(mac(sha1.New, k, body)))
	}},
	{"slack", `"scheme": "slack"`, secret, old, "a wrong secret", "x-slack-signature", "x-slack-request-timestamp", "", func(k, t, body string) sent {
		return post(body, "x-slack-request-timestamp", t, "x-slack-signature", "v0="+hex256(k, "v0:"+t+":"+body))
	}},
	{"shopify", `"scheme": "shopify"`, secret, old, "a wrong secret", "x-shopify-hmac-sha256", "", "", func(k, _, body string) sent {
		return post(body, "x-shopify-hmac-sha256", b64(mac(sha256.New, k, body)))
	}},
	{"standard", `"scheme": "standard"`, whsec, whsec2, "whsec_" + b64([]byte("a wrong secret, with 24 bytes")), "webhook-signature", "webhook-timestamp", "webhook-id", func(k, t, body string) sent {
		return post(body, "webhook-id", "msg_1", "webhook-timestamp", t, "webhook-signature", "v1a,"+b64(make([]byte, 64))+" v1,"+b64(mac(sha256.New, standardKey(k), "msg_1."+t+"."+body)))
	}},
	{"standard, svix", `"scheme": "standard"`, whsec, whsec2, "whsec_" + b64([]byte("a wrong secret, with 24 bytes")), "svix-signature", "svix-timestamp", "svix-id", func(k, t, body string) sent {
		return post(body, "svix-id", "msg_1", "svix-timestamp", t, "svix-signature", "v1,"+b64(mac(sha256.New, standardKey(k), "msg_1."+t+"."+body)))
	}},
	{"standard, ed25519", `"scheme": "standard"`, "whpk_" + b64(public(edKey)), "whpk_" + b64(public(edKey2)), "", "webhook-signature", "webhook-timestamp", "webhook-id", func(k, t, body string) sent {
		return post(body, "webhook-id", "msg_1", "webhook-timestamp", t, "webhook-signature", "v1a,"+b64(edSign(k, "msg_1."+t+"."+body)))
	}},
	{"twilio", `"scheme": "twilio"`, secret, old, "a wrong secret", "x-twilio-signature", "", "", func(k, _, body string) sent {
		return post(body, "content-type", "application/x-www-form-urlencoded", "x-twilio-signature", b64(mac(sha1.New, k, "https://api.example.com/hook?a=1"+sorted(body))))
	}},
	{"zoom", `"scheme": "zoom"`, secret, old, "a wrong secret", "x-zm-signature", "x-zm-request-timestamp", "", func(k, t, body string) sent {
		return post(body, "x-zm-request-timestamp", t, "x-zm-signature", "v0="+hex256(k, "v0:"+t+":"+body))
	}},
	{"square", `"scheme": "square", "url": "https://hooks.example.com/square"`, secret, old, "a wrong secret", "x-square-hmacsha256-signature", "", "", func(k, _, body string) sent {
		return post(body, "x-square-hmacsha256-signature", b64(mac(sha256.New, k, "https://hooks.example.com/square"+body)))
	}},
	{"paddle", `"scheme": "paddle"`, secret, old, "a wrong secret", "paddle-signature", "in the signature", "", func(k, t, body string) sent {
		return post(body, "paddle-signature", "ts="+t+";h1="+hex256(k, t+":"+body))
	}},
	{"discord", `"scheme": "discord"`, hex.EncodeToString(public(edKey)), hex.EncodeToString(public(edKey2)), "", "x-signature-ed25519", "x-signature-timestamp", "", func(k, t, body string) sent {
		return post(body, "x-signature-timestamp", t, "x-signature-ed25519", hex.EncodeToString(edSign(k, t+body)))
	}},
	{"custom", `"scheme": "custom"`, secret, old, "a wrong secret", "x-webhook-signature", "x-webhook-timestamp", "", func(k, t, body string) sent {
		return post(body, "x-webhook-timestamp", t, "x-webhook-signature", "sha256="+hex256(k, t+"."+body))
	}},
	{"custom, all of it", `"scheme": "custom", "algorithm": "hmac-sha512", "signature": {"header": "X-Sig", "prefix": "s=", "encoding": "base64url", "separator": "comma"},
		"timestamp": {"header": "x-sig", "prefix": "at="}, "id": {"header": "x-id"}, "signed": "{method} {url}\n{header.X-Kind}\n{id}|{timestamp}|{body}|end"`,
		secret, old, "a wrong secret", "x-sig", "in the signature", "x-id", func(k, t, body string) sent {
			text := "POST https://api.example.com/hook?a=1\nsome\nid-7|" + t + "|" + body + "|end"
			return post(body, "x-kind", "some", "x-id", "id-7", "x-sig", "at="+t+", s="+base64.RawURLEncoding.EncodeToString(mac(sha512.New, k, text)))
		}},
}

// edSign signs with the private half of a public key, as it stands in a policy.
func edSign(public, text string) []byte {
	for _, k := range []ed25519.PrivateKey{edKey, edKey2} {
		pub := k.Public().(ed25519.PublicKey)
		if public == hex.EncodeToString(pub) || public == "whpk_"+b64(pub) {
			return ed25519.Sign(k, []byte(text))
		}
	}
	return make([]byte, 64)
}

// sorted is what Twilio signs of the forms of these tests, which are simple.
func sorted(body string) string {
	return map[string]string{"": "", "From=%2B1&Body=Hi+you%21": "BodyHi you!From+1", "b=2&a=1&b=1&b=2": "a1b1b2", strings.Repeat("a", 2000) + "=1": strings.Repeat("a", 2000) + "1"}[body]
}

func (s scheme) body() string {
	if s.name == "twilio" {
		return "From=%2B1&Body=Hi+you%21"
	}
	return "{\"a\": \"\xff\x00\u20ac\"}"
}

// policyOf is a policy with one route, whose webhook is a section and secrets.
func policyOf(section string, secrets ...string) string {
	list := ""
	for i, s := range secrets {
		if i > 0 {
			list += ", "
		}
		list += fmt.Sprintf(`{"value": %q}`, s)
	}
	return `{"version": 1, "routes": [{"name": "hook", "path": "/hook", "methods": ["POST"], "webhook": {` + section + `, "secrets": [` + list + `]}}]}`
}

// receiver is one worker that takes deliveries.
type receiver struct {
	policy *policy.Policy
	in     *policy.Instance
	world  *guardtest.World
	now    int64
	status string // of the upstream; empty: it never answers
	piece  int    // bytes of a piece of the body
	caller guard.Caller
	r      guard.Request
}

func newReceiver(t testing.TB, text string, shared *guardtest.Shared) *receiver {
	t.Helper()
	p, err := policy.Compile([]byte(text), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	w := guardtest.New("192.0.2.1")
	w.Shared = shared
	return &receiver{policy: p, in: policy.NewInstance(p, "test", policy.Seeds{}), world: w, now: now, status: "200", piece: 7}
}

// take judges a delivery, and ends its stream.
func (rc *receiver) take(s sent) policy.Decision {
	d := rc.judge(s)
	rc.finish(d)
	return d
}

func (rc *receiver) judge(s sent) policy.Decision {
	r := &rc.r
	r.Reset()
	r.Method, r.Scheme, r.Authority, r.Target, r.World, r.Now = s.method, "https", s.authority, s.target, rc.world, rc.now
	r.Headers = append(r.Headers, s.headers...)
	rc.world.RequestBody = []byte(s.body)
	d := rc.in.Judge(r)
	for rest := rc.world.RequestBody; d.Outcome == policy.Pending && len(rest) > 0; {
		n := min(rc.piece, len(rest))
		d = rc.in.Read(r, rest[:n])
		rest = rest[n:]
	}
	if d.Outcome == policy.Pending {
		d = rc.in.Conclude(r)
	}
	rc.caller = r.Caller
	return d
}

func (rc *receiver) finish(d policy.Decision) {
	r := &rc.r
	r.Forget()
	status := rc.status
	if !d.Outcome.Forwards() {
		status = fmt.Sprint(d.Verdict.Reason.Public().Status)
	}
	if status != "" {
		rc.world.Response = []guard.Header{{Name: ":status", Value: status}}
		if err := rc.in.Responded(r); err != nil {
			panic(err)
		}
	}
	if err := rc.in.Ended(r); err != nil {
		panic(err)
	}
}

func at(ns int64) string { return fmt.Sprint(ns / second) }

// TestSchemes: what every scheme takes, and what it refuses.
func TestSchemes(t *testing.T) {
	for _, s := range schemes {
		t.Run(s.name, func(t *testing.T) { testScheme(t, s) })
	}
}

type attempt struct {
	name string
	sent sent
	want guard.Reason
}

func testScheme(t *testing.T, s scheme) {
	body, ts := s.body(), at(now)
	good := s.sign(s.first, ts, body)
	sig := good.get(s.signature)
	cases := []attempt{
		{"allowed", good, guard.Allowed},
		{"the second secret", s.sign(s.second, ts, body), guard.Allowed},
		{"an empty body", s.sign(s.first, ts, ""), guard.Allowed},
		{"a long body", s.sign(s.first, ts, strings.Repeat("a", 2000)+"=1"), guard.Allowed},
		{"too long a body", s.sign(s.first, ts, strings.Repeat("a", 2003)), guard.BodyTooLarge},
		{"said to be too long", good.with("content-length", "2003"), guard.BodyTooLarge},
		{"as long as it may be", good.with("content-length", "2002"), guard.Allowed},
		{"a wrong secret", s.sign(s.wrong, ts, body), guard.SignatureInvalid},
		{"no body", func() sent { g := good; g.body = ""; return g }(), guard.SignatureInvalid},
		{"no signature", good.without(s.signature).without("x-hub-signature"), guard.SignatureMissing},
		{"an empty signature", good.set(s.signature, ""), empty(s)},
		{"two signatures", good.with(s.signature, sig), guard.SignatureMalformed},
		{"a signature cut", good.set(s.signature, sig[:len(sig)-4]), guard.SignatureMalformed},
		{"a signature that is none", good.set(s.signature, sig[:len(sig)-1]+"!"), guard.SignatureMalformed},
		{"a long header", good.set(s.signature, sig+strings.Repeat(" ", 5000)), guard.SignatureMalformed},
	}
	for i := range len(body) {
		flipped := good
		flipped.body = body[:i] + string([]byte{body[i] ^ 1}) + body[i+1:]
		want := guard.SignatureInvalid
		if s.name == "twilio" && (body[i] == '%' || body[i] == '&') { // no longer the same form; it may be none
			continue
		}
		cases = append(cases, attempt{fmt.Sprintf("bit of byte %d", i), flipped, want})
	}
	cases = append(cases, timed(s, good, body)...)
	if s.id != "" {
		cases = append(cases, attempt{"no id", good.without(s.id), guard.SignatureMalformed}, attempt{"two ids", good.with(s.id, "x"), guard.SignatureMalformed},
			attempt{"an empty id", good.set(s.id, ""), guard.SignatureMalformed}, attempt{"a long id", good.set(s.id, strings.Repeat("x", 257)), guard.SignatureMalformed},
			attempt{"another id", good.set(s.id, "x"), guard.SignatureInvalid})
	}
	for _, c := range cases {
		rc := newReceiver(t, policyOf(s.section+`, "max_body": 2002`, s.first, s.second), guardtest.NewShared())
		d := rc.take(c.sent)
		if d.Verdict.Reason != c.want {
			t.Errorf("%s: %v, want %v", c.name, d.Verdict.Reason, c.want)
		}
		if known := rc.caller.Identity == "webhook" && rc.caller.Client == "hook"; known != (c.want == guard.Allowed) {
			t.Errorf("%s: the caller is %+v", c.name, rc.caller)
		}
	}
}

// empty: a list without elements has no signature, a header that is none is not one.
func empty(s scheme) guard.Reason {
	if strings.HasPrefix(s.name, "standard") || s.timestamp == "in the signature" {
		return guard.SignatureMissing
	}
	return guard.SignatureMalformed
}

func timed(s scheme, good sent, body string) (cases []attempt) {
	if s.timestamp == "" {
		return nil
	}
	const tolerance = 300 * second
	for _, c := range []struct {
		name, timestamp string
		want            guard.Reason
	}{
		{"old, at the border", at(now - tolerance), guard.Allowed}, {"ahead, at the border", at(now + tolerance), guard.Allowed},
		{"old", at(now - tolerance - second), guard.WebhookTimestamp}, {"ahead", at(now + tolerance + second), guard.WebhookTimestamp},
		{"of 1970", "0", guard.WebhookTimestamp}, {"beyond int64", "9999999999999", guard.WebhookTimestamp},
		{"overflow", "18446744075509551616", guard.SignatureMalformed}, {"negative", "-1", guard.SignatureMalformed}, {"signed", "+1800000000", guard.SignatureMalformed},
		{"hexadecimal", "0x6b49d200", guard.SignatureMalformed}, {"fraction", "1800000000.0", guard.SignatureMalformed}, {"empty", "", guard.SignatureMalformed}, {"words", "now", guard.SignatureMalformed},
	} {
		cases = append(cases, attempt{"timestamp " + c.name, s.sign(s.first, c.timestamp, body), c.want})
	}
	if s.timestamp != "in the signature" {
		return append(cases, attempt{"no timestamp", good.without(s.timestamp), guard.SignatureMalformed}, attempt{"two timestamps", good.with(s.timestamp, at(now)), guard.SignatureMalformed},
			attempt{"another timestamp", good.set(s.timestamp, at(now+second)), guard.SignatureInvalid})
	}
	sig := good.get(s.signature)
	separator := sig[strings.IndexAny(sig, ",;"):][:1]
	stamp, rest, _ := strings.Cut(sig, separator)
	return append(cases, attempt{"no timestamp", good.set(s.signature, rest), guard.SignatureMalformed},
		attempt{"two timestamps", good.set(s.signature, stamp+separator+sig), guard.SignatureMalformed},
		attempt{"the header joined with itself", good.set(s.signature, sig+separator+sig), guard.SignatureMalformed},
		attempt{"several signatures, the last fits", good.set(s.signature, stamp+separator+strings.Repeat(flip(rest)+separator, 15)+rest), guard.Allowed},
		attempt{"too many signatures", good.set(s.signature, stamp+separator+strings.Repeat(flip(rest)+separator, 16)+rest), guard.SignatureMalformed})
}

// flip changes the last of some elements into another signature.
func flip(elements string) string {
	first := strings.TrimSpace(elements[strings.LastIndexByte(elements, ',')+1:])
	i := strings.IndexByte(first, '=') + 2
	c := byte('0')
	if first[i] == c {
		c = '1'
	}
	return first[:i] + string(c) + first[i+1:]
}
