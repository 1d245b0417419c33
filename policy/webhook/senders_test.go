package webhook_test

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// one judges a delivery by a fresh receiver.
func one(t *testing.T, text string, s sent) guard.Reason {
	t.Helper()
	return newReceiver(t, text, guardtest.NewShared()).take(s).Verdict.Reason
}

// TestTwilio: ports, hashes of bodies, and forms that are none.
func TestTwilio(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	hashed := func(body string) string { return fmt.Sprintf("/hook?bodySHA256=%x", sha256.Sum256([]byte(body))) }
	signed := func(url, fields string) string { return b64(mac(sha1.New, secret, url+fields)) }
	fixed := `"scheme": "twilio", "url": "https://hooks.example.com:8443/twilio?x=1"`
	json := post(`{"a": 1}`, "content-type", "application/json")
	withHash := func(s sent, signature string) sent {
		s.target = hashed(`{"a": 1}`)
		return s.with("x-twilio-signature", signature)
	}
	other := withHash(json, signed("https://api.example.com"+hashed(`{"a": 1}`), ""))
	other.body = `{"a": 2}`
	for _, c := range []struct {
		name, section string
		sent          sent
		want          guard.Reason
	}{
		{"with the port", `"scheme": "twilio"`, post("a=1", "content-type", form, "x-twilio-signature", signed("https://api.example.com:443/hook?a=1", "a1")), guard.Allowed},
		{"a fixed address", fixed, post("a=1", "content-type", form, "x-twilio-signature", signed("https://hooks.example.com:8443/twilio?x=1", "a1")), guard.Allowed},
		{"a fixed address without its port", fixed, post("a=1", "content-type", form, "x-twilio-signature", signed("https://hooks.example.com/twilio?x=1", "a1")), guard.Allowed},
		{"another address", fixed, post("a=1", "content-type", form, "x-twilio-signature", signed("https://api.example.com/hook?a=1", "a1")), guard.SignatureInvalid},
		{"the hash of a body", `"scheme": "twilio"`, withHash(json, signed("https://api.example.com"+hashed(`{"a": 1}`), "")), guard.Allowed},
		{"at a fixed address", fixed, withHash(json, signed("https://hooks.example.com:8443/twilio"+hashed(`{"a": 1}`)[5:], "")), guard.Allowed},
		{"the hash of another body", `"scheme": "twilio"`, other, guard.SignatureInvalid},
		{"no hash", `"scheme": "twilio"`, json.with("x-twilio-signature", signed("https://api.example.com/hook?a=1", `{"a": 1}`)), guard.SignatureMalformed},
		{"two values, of which one is not signed", `"scheme": "twilio"`, post("a=1&a=2", "content-type", form, "x-twilio-signature", signed("https://api.example.com/hook?a=1", "a1")), guard.SignatureInvalid},
		{"half an escape", `"scheme": "twilio"`, post("a=%4", "content-type", form, "x-twilio-signature", signed("https://api.example.com/hook?a=1", "a%4")), guard.SignatureMalformed},
		{"a semicolon", `"scheme": "twilio"`, post("a=1;b=2", "content-type", form, "x-twilio-signature", signed("https://api.example.com/hook?a=1", "a1;b=2")), guard.SignatureMalformed},
	} {
		if got := one(t, policyOf(c.section, secret), c.sent); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestGitHub: SHA-1 counts only where the policy says so, and only alone.
func TestGitHub(t *testing.T) {
	weak := "sha1=" + hex.EncodeToString(mac(sha1.New, secret, "{}"))
	for _, c := range []struct {
		name, section string
		sent          sent
		want          guard.Reason
	}{
		{"not asked for", `"scheme": "github"`, post("{}", "x-hub-signature", weak), guard.SignatureMissing},
		{"asked for", `"scheme": "github", "sha1": true`, post("{}", "x-hub-signature", weak), guard.Allowed},
		{"beside a bad one", `"scheme": "github", "sha1": true`, post("{}", "x-hub-signature", weak, "x-hub-signature-256", "sha256="+strings.Repeat("0", 64)), guard.SignatureInvalid},
		{"SHA-1 in the other header", `"scheme": "github", "sha1": true`, post("{}", "x-hub-signature-256", weak), guard.SignatureMalformed},
		{"no prefix", `"scheme": "github"`, post("{}", "x-hub-signature-256", hex256(secret, "{}")), guard.SignatureMalformed},
		{"two, joined by the proxy", `"scheme": "github"`, post("{}", "x-hub-signature-256", "sha256="+hex256(secret, "{}")+",sha256="+hex256(secret, "{}")), guard.SignatureMalformed},
	} {
		if got := one(t, policyOf(c.section, secret), c.sent); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestStandard: two families of headers contradict each other, an id does not reach
// into the timestamp, and keys of both kinds serve side by side.
func TestStandard(t *testing.T) {
	v1 := func(id, body string) string {
		return "v1," + b64(mac(sha256.New, standardKey(whsec), id+"."+at(now)+"."+body))
	}
	v1a := func(id, body string) string {
		return "v1a," + b64(edSign("whpk_"+b64(public(edKey)), id+"."+at(now)+"."+body))
	}
	delivery := func(id, signature string) sent {
		return post("x", "webhook-id", id, "webhook-timestamp", at(now), "webhook-signature", signature)
	}
	both := policyOf(`"scheme": "standard"`, whsec, "whpk_"+b64(public(edKey)))
	for _, c := range []struct {
		name, text string
		sent       sent
		want       guard.Reason
	}{
		{"HMAC of both", both, delivery("a", v1("a", "x")), guard.Allowed},
		{"Ed25519 of both", both, delivery("a", v1a("a", "x")), guard.Allowed},
		{"the second of two", both, delivery("a", v1("b", "x")+" "+v1a("a", "x")), guard.Allowed},
		{"neither", both, delivery("a", v1("b", "x")+" "+v1a("b", "x")), guard.SignatureInvalid},
		{"a version that no secret is for", policyOf(`"scheme": "standard"`, whsec), delivery("a", v1a("a", "x")), guard.SignatureMissing},
		{"an unknown version", both, delivery("a", "v2,AAAA"), guard.SignatureMissing},
		{"both families", both, delivery("a", v1("a", "x")).with("svix-id", "a"), guard.SignatureMalformed},
		{"mixed families", both, post("x", "webhook-id", "a", "webhook-timestamp", at(now), "svix-signature", v1("a", "x")), guard.SignatureMalformed},
		{"an id with a point", both, delivery("a.b", v1("a.b", "x")), guard.SignatureMalformed},
		{"five of Ed25519", both, delivery("a", strings.Repeat(v1a("b", "x")+" ", 4)+v1a("a", "x")), guard.SignatureMalformed},
		{"four of Ed25519", both, delivery("a", strings.Repeat(v1a("b", "x")+" ", 3)+v1a("a", "x")), guard.Allowed},
	} {
		if got := one(t, c.text, c.sent); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestUnits: milliseconds and dates, in a header of their own.
func TestUnits(t *testing.T) {
	section := `"scheme": "custom", "signature": {"header": "x-s"}, "timestamp": {"header": "x-t", "prefix": "at=", "unit": %q}`
	for _, c := range []struct {
		unit, text string
		want       guard.Reason
	}{
		{"milliseconds", "1800000000000", guard.Allowed}, {"milliseconds", "1799999700000", guard.Allowed}, {"milliseconds", "1799999699999", guard.WebhookTimestamp},
		{"milliseconds", "18000000000000", guard.SignatureMalformed}, {"seconds", "1800000000000", guard.WebhookTimestamp},
		{"rfc3339", "2027-01-15T08:00:00Z", guard.Allowed}, {"rfc3339", "2027-01-15T09:05:00.000+01:00", guard.Allowed}, {"rfc3339", "2027-01-15T08:05:01Z", guard.WebhookTimestamp},
		{"rfc3339", "1800000000", guard.SignatureMalformed}, {"rfc3339", "9999-01-15T08:00:00Z", guard.SignatureMalformed}, {"rfc3339", "0001-01-01T00:00:00Z", guard.SignatureMalformed},
	} {
		s := post("x", "x-t", "at="+c.text, "x-s", hex256(secret, c.text+".x"))
		if got := one(t, policyOf(fmt.Sprintf(section, c.unit), secret), s); got != c.want {
			t.Errorf("%s %s: %v, want %v", c.unit, c.text, got, c.want)
		}
		if got := one(t, policyOf(fmt.Sprintf(section, c.unit), secret), s.set("x-t", c.text)); got != guard.SignatureMalformed {
			t.Errorf("without its prefix: %v", got)
		}
	}
}

// TestNothingMoves: what is signed reads as one delivery only. The end of a body does not become a part of what stands
// behind it.
func TestNothingMoves(t *testing.T) {
	behind, ts := `"scheme": "custom", "id": {"header": "x-id"}, "signed": "{body}.{id}"`, at(now)
	timed := `"scheme": "custom", "signed": "{body}{timestamp}"`
	delivery := func(body, name, value, text string) sent {
		return post(body, name, value, "x-webhook-signature", "sha256="+hex256(secret, text))
	}
	for _, c := range []struct {
		name, section string
		sent          sent
		want          guard.Reason
	}{
		{"an id behind the body", behind, delivery("pay 100.50 to A", "x-id", "7", "pay 100.50 to A.7"), guard.Allowed},
		{"the body's end in the id", behind, delivery("pay 100", "x-id", "50 to A.7", "pay 100.50 to A.7"), guard.SignatureMalformed},
		{"a timestamp behind the body", timed, delivery("pay 1000", "x-webhook-timestamp", ts, "pay 1000"+ts), guard.Allowed},
		{"the body's zeros in the timestamp", timed, delivery("pay 1", "x-webhook-timestamp", "000"+ts, "pay 1000"+ts), guard.SignatureMalformed},
		{"the body's digit in the timestamp", timed, delivery("pay 100", "x-webhook-timestamp", "5"+ts, "pay 1005"+ts), guard.WebhookTimestamp},
	} {
		if got := one(t, policyOf(c.section, secret), c.sent); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestLongBodies: what is signed as a whole may be long, and is not kept.
func TestLongBodies(t *testing.T) {
	body := "a=" + strings.Repeat("x", 1<<20-2)
	for _, s := range []scheme{schemes[7], schemes[12]} { // standard with Ed25519, discord
		if got := one(t, policyOf(s.section, s.first), s.sign(s.first, at(now), body)); got != guard.Allowed {
			t.Errorf("%s: %v", s.name, got)
		}
	}
	form := post(body, "content-type", "application/x-www-form-urlencoded", "x-twilio-signature", b64(mac(sha1.New, secret, "https://api.example.com/hook?a=1a"+body[2:])))
	if got := one(t, policyOf(`"scheme": "twilio"`, secret), form); got != guard.Allowed {
		t.Errorf("twilio: %v", got)
	}
}

// FuzzForm: a form that Go's own decoder reads has the fields that Twilio signs,
// and no other passes with them.
func FuzzForm(f *testing.F) {
	for _, body := range []string{"", "a=1", "b=2&a=1", "a=1&a=1&a=0", "a+b=%2B", "=", "&&", "a=%4", "a=1;b=2", "%00=%ff"} {
		f.Add(body)
	}
	text := policyOf(`"scheme": "twilio", "replay": false`, secret)
	f.Fuzz(func(t *testing.T, body string) {
		values, err := url.ParseQuery(body)
		var names []string
		for name := range values {
			names = append(names, name)
		}
		slices.Sort(names)
		fields := ""
		for _, name := range names {
			slices.Sort(values[name])
			for _, value := range slices.Compact(values[name]) {
				fields += name + value
			}
		}
		s := post(body, "content-type", "application/x-www-form-urlencoded", "x-twilio-signature", b64(mac(sha1.New, secret, "https://api.example.com/hook?a=1"+fields)))
		rc := newReceiver(t, text, guardtest.NewShared())
		if d := rc.take(s); d.Verdict.Allows() != (err == nil) && strings.Count(body, "&") < 1000 {
			t.Errorf("%q: %v, and Go says %v", body, d.Verdict.Reason, err)
		}
	})
}
