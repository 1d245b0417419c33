package webhook_test

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
	"sallyport.dev/sallyport/policy/replay"
)

// TestReplay: a delivery is let in once in a proxy, for as long as its timestamp is
// accepted, or for a day.
func TestReplay(t *testing.T) {
	for _, s := range schemes {
		t.Run(s.name, func(t *testing.T) {
			shared := guardtest.NewShared()
			text := policyOf(s.section, s.first, s.second)
			one, other := newReceiver(t, text, shared), newReceiver(t, text, shared)
			latest := 300 * second
			if s.timestamp == "" {
				latest = 24*3600*second - 1
			}
			ahead := at(now + 300*second) // accepted for the longest time
			good := s.sign(s.first, ahead, s.body())
			for _, step := range []struct {
				name  string
				rc    *receiver
				after int64
				sent  sent
				want  guard.Reason
			}{
				{"first", one, 0, good, guard.Allowed},
				{"again", one, 0, good, guard.WebhookReplayed},
				{"at another worker", other, second, good, guard.WebhookReplayed},
				{"under the other secret", other, second, s.sign(s.second, ahead, s.body()), guard.WebhookReplayed},
				{"at the last moment", other, latest, good, guard.WebhookReplayed},
				{"another body", other, 0, s.sign(s.first, ahead, ""), guard.Allowed},
			} {
				step.rc.now = now + step.after
				if d := step.rc.take(step.sent); d.Verdict.Reason != step.want {
					t.Errorf("%s: %v, want %v", step.name, d.Verdict.Reason, step.want)
				}
			}
		})
	}
}

// TestOneDeliveryHasOneMark, in whichever way it is written.
func TestOneDeliveryHasOneMark(t *testing.T) {
	github := func(body string) (sent, sent) {
		one := post(body, "x-hub-signature-256", "sha256="+hex256(secret, body))
		return one, post(body, "x-hub-signature", "sha1="+hex.EncodeToString(mac(sha1.New, secret, body)))
	}
	both, sha1Only := github("{}")
	twilio := func(url string) sent {
		return post("a=1&b=2", "content-type", "application/x-www-form-urlencoded", "x-twilio-signature", b64(mac(sha1.New, secret, url+"a1b2")))
	}
	reordered := twilio("https://api.example.com/hook?a=1")
	reordered.body = "b=%32&a=1&a=1"
	slack := schemes[3].sign(secret, at(now), "x")
	upper := slack.set("x-slack-signature", "v0="+strings.ToUpper(slack.get("x-slack-signature")[3:]))
	shopify := schemes[4].sign(secret, "", "x")
	unpadded := shopify.set("x-shopify-hmac-sha256", strings.TrimRight(shopify.get("x-shopify-hmac-sha256"), "="))
	for _, c := range []struct {
		name, section string
		first, second sent
	}{
		{"signed by SHA-1 too", `"scheme": "github", "sha1": true`, both, sha1Only},
		{"signed by SHA-1 first", `"scheme": "github", "sha1": true`, sha1Only, both},
		{"a form in another order", `"scheme": "twilio"`, twilio("https://api.example.com/hook?a=1"), reordered},
		{"an address with its port", `"scheme": "twilio"`, twilio("https://api.example.com/hook?a=1"), twilio("https://api.example.com:443/hook?a=1")},
		{"hexadecimal in upper case", `"scheme": "slack"`, slack, upper},
		{"base64 without padding", `"scheme": "shopify"`, shopify, unpadded},
	} {
		rc := newReceiver(t, policyOf(c.section, secret), guardtest.NewShared())
		if d := rc.take(c.first); !d.Verdict.Allows() {
			t.Errorf("%s: the first: %v", c.name, d.Verdict.Reason)
		}
		if d := rc.take(c.second); d.Verdict.Reason != guard.WebhookReplayed {
			t.Errorf("%s: %v", c.name, d.Verdict.Reason)
		}
	}
}

// TestTakenBack: what the upstream did not take is delivered again, and let in.
func TestTakenBack(t *testing.T) {
	s := schemes[0]
	for status, want := range map[string]guard.Reason{
		"200": guard.WebhookReplayed, "204": guard.WebhookReplayed, "299": guard.WebhookReplayed,
		"302": guard.Allowed, "400": guard.Allowed, "429": guard.Allowed, "500": guard.Allowed, "": guard.Allowed,
	} {
		rc := newReceiver(t, policyOf(s.section, s.first), guardtest.NewShared())
		rc.status = status
		if d := rc.take(s.sign(s.first, at(now), "x")); !d.Verdict.Allows() {
			t.Fatal(d.Verdict.Reason)
		}
		if d := rc.take(s.sign(s.first, at(now), "x")); d.Verdict.Reason != want {
			t.Errorf("after %q: %v, want %v", status, d.Verdict.Reason, want)
		}
	}
}

// TestARefusedReplayTakesNothingBack: its answer is no 2xx, and the mark is not its own.
func TestARefusedReplayTakesNothingBack(t *testing.T) {
	s := schemes[0]
	rc := newReceiver(t, policyOf(s.section, s.first), guardtest.NewShared())
	good := s.sign(s.first, at(now), "x")
	for i, want := range []guard.Reason{guard.Allowed, guard.WebhookReplayed, guard.WebhookReplayed} {
		if d := rc.take(good); d.Verdict.Reason != want {
			t.Errorf("%d: %v", i, d.Verdict.Reason)
		}
	}
}

// TestAtOnce: of two workers that have the same delivery at once one lets it in.
func TestAtOnce(t *testing.T) {
	s, shared := schemes[0], guardtest.NewShared()
	text := policyOf(s.section, s.first)
	one, other := newReceiver(t, text, shared), newReceiver(t, text, shared)
	good := s.sign(s.first, at(now), "x")
	if d := one.judge(good); !d.Verdict.Allows() {
		t.Fatal(d.Verdict.Reason)
	}
	if d := other.take(good); d.Verdict.Reason != guard.WebhookReplayed {
		t.Errorf("while the upstream has it: %v", d.Verdict.Reason)
	}
	one.finish(policy.Decision{Outcome: policy.Allowed})
}

// TestALimitBehindTheMark: a delivery that a limit refuses is delivered again.
func TestALimitBehindTheMark(t *testing.T) {
	s := schemes[0]
	text := strings.Replace(policyOf(s.section, s.first), `"routes": [{`, `"limits": {"each": {"by": ["client"], "token_bucket": {"capacity": 1, "refill_per_second": 0.1}}}, "routes": [{"limits": ["each"], `, 1)
	rc := newReceiver(t, text, guardtest.NewShared())
	for i, step := range []struct {
		after int64
		body  string
		want  guard.Reason
	}{{0, "a", guard.Allowed}, {0, "b", guard.RateLimited}, {10, "b", guard.Allowed}, {20, "b", guard.WebhookReplayed}} {
		rc.now = now + step.after*second
		if d := rc.take(s.sign(s.first, at(now), step.body)); d.Verdict.Reason != step.want {
			t.Errorf("%d: %v, want %v", i, d.Verdict.Reason, step.want)
		}
	}
}

// TestWithoutMemoryNothingPasses: shared data that fails, and that is full.
func TestWithoutMemoryNothingPasses(t *testing.T) {
	s := schemes[0]
	full := strings.Repeat("\x01\x02\x03\x04\x05\x06\x07\x08\xff\xff\xff\xff\xff\xff\xff\x7f", replay.Slots)
	for name, before := range map[string]func(w *guardtest.World) func(call, key string) error{
		"cannot be read":    func(*guardtest.World) func(string, string) error { return failing(guardtest.Get, errors.New("no")) },
		"cannot be written": func(*guardtest.World) func(string, string) error { return failing(guardtest.Set, errors.New("no")) },
		"changes for ever":  func(*guardtest.World) func(string, string) error { return failing(guardtest.Set, guard.ErrCASMismatch) },
		"is full": func(w *guardtest.World) func(string, string) error {
			return func(call, key string) error {
				if call == guardtest.Get {
					w.Shared.Put(key, []byte(full))
				}
				return nil
			}
		},
	} {
		rc := newReceiver(t, policyOf(s.section, s.first), guardtest.NewShared())
		rc.world.Before = before(rc.world)
		d := rc.take(s.sign(s.first, at(now), "x"))
		if d.Verdict.Reason != guard.WebhookUnavailable || d.Verdict.RetryAfter <= 0 || rc.caller.Identity != "" {
			t.Errorf("shared data that %s: %v", name, d.Verdict.Reason)
		}
		rc = newReceiver(t, policyOf(s.section+`, "replay": false`, s.first), guardtest.NewShared())
		rc.world.Before = before(rc.world)
		if d := rc.take(s.sign(s.first, at(now), "x")); !d.Verdict.Allows() {
			t.Errorf("shared data that %s, and nobody asks: %v", name, d.Verdict.Reason)
		}
	}
}

func failing(call string, err error) func(string, string) error {
	return func(c, _ string) error {
		if c == call {
			return err
		}
		return nil
	}
}

// TestWithoutTheSecretNothingIsRemembered: nobody else fills the memory.
func TestWithoutTheSecretNothingIsRemembered(t *testing.T) {
	for _, s := range schemes {
		rc := newReceiver(t, policyOf(s.section, s.first), guardtest.NewShared())
		rc.take(s.sign(s.wrong, at(now), s.body()))
		if keys := rc.world.Shared.Keys(); len(keys) != 0 {
			t.Errorf("%s: %v", s.name, keys)
		}
	}
}

// TestWindow: how long a delivery is remembered can be said.
func TestWindow(t *testing.T) {
	s := schemes[4] // shopify
	for _, c := range []struct {
		section string
		after   time.Duration
		want    guard.Reason
	}{
		{"", 24*time.Hour - 1, guard.WebhookReplayed}, {"", 24 * time.Hour, guard.Allowed},
		{`, "replay_window": "7d"`, 7*24*time.Hour - 1, guard.WebhookReplayed}, {`, "replay_window": "1m"`, time.Minute, guard.Allowed},
		{`, "replay": false`, 0, guard.Allowed},
	} {
		rc := newReceiver(t, policyOf(s.section+c.section, s.first), guardtest.NewShared())
		good := s.sign(s.first, "", "x")
		rc.take(good)
		rc.now += int64(c.after)
		if d := rc.take(good); d.Verdict.Reason != c.want {
			t.Errorf("%s after %v: %v, want %v", c.section, c.after, d.Verdict.Reason, c.want)
		}
	}
}

// TestASlowBody: who sends the headers in time and the body after the mark is gone
// is late.
func TestASlowBody(t *testing.T) {
	s := schemes[0]
	rc := newReceiver(t, policyOf(s.section, s.first), guardtest.NewShared())
	rc.piece = 1 << 20
	good := s.sign(s.first, at(now), "")
	r := &rc.r
	r.Reset()
	r.Method, r.Scheme, r.Authority, r.Target, r.World, r.Now = "POST", "https", "api.example.com", "/hook", rc.world, now+300*second
	r.Headers = good.headers
	if d := rc.in.Judge(r); d.Outcome != policy.Pending {
		t.Fatal(d)
	}
	r.Now++
	d := rc.in.Conclude(r)
	rc.finish(d)
	if d.Verdict.Reason != guard.WebhookTimestamp {
		t.Errorf("%v", d.Verdict.Reason)
	}
}

// TestReports: in report mode nothing is refused, nothing is remembered of what
// does not fit, and nobody is known by it.
func TestReports(t *testing.T) {
	s := schemes[0]
	rc := newReceiver(t, strings.Replace(policyOf(s.section, s.first), `"version": 1`, `"version": 1, "mode": "report"`, 1), guardtest.NewShared())
	good := s.sign(s.first, at(now), "x")
	for i, c := range []struct {
		sent sent
		want guard.Reason
	}{
		{good, guard.Allowed}, {good, guard.WebhookReplayed}, {good.without("stripe-signature"), guard.SignatureMissing},
		{s.sign(s.wrong, at(now), "x"), guard.SignatureInvalid}, {s.sign(s.first, at(now), strings.Repeat("x", 1<<20+1)), guard.BodyTooLarge},
		{s.sign(s.first, "1", "x"), guard.WebhookTimestamp}, {s.sign(s.first, at(now), "y"), guard.Allowed},
	} {
		rc.piece = 1 << 19
		d := rc.take(c.sent)
		if d.Verdict.Reason != c.want || !d.Outcome.Forwards() || (rc.caller.Identity != "") != (c.want == guard.Allowed) {
			t.Errorf("%d: %v, %v, caller %+v", i, d.Verdict.Reason, d.Outcome, rc.caller)
		}
	}
}

// TestMetrics: the counter of a secret says when it can go.
func TestMetrics(t *testing.T) {
	s := schemes[0]
	rc := newReceiver(t, policyOf(s.section, s.first, s.second), guardtest.NewShared())
	for i, k := range []string{s.first, s.second, s.second, s.wrong} {
		rc.take(s.sign(k, at(now), strings.Repeat("x", i)))
	}
	got := map[string]int{}
	for m, n := range rc.world.Counted {
		got[rc.policy.Metrics()[m-1]] = n
	}
	if got["sallyport.webhook.route.hook.secret.0"] != 1 || got["sallyport.webhook.route.hook.secret.1"] != 2 || len(got) != 2 {
		t.Errorf("%v", got)
	}
}

// TestAllocations: an allowed delivery allocates nothing once the worker is warm.
func TestAllocations(t *testing.T) {
	for _, s := range schemes {
		text := policyOf(s.section+`, "replay_window": "1h"`, s.first, s.second)
		rc := newReceiver(t, text, guardtest.NewShared())
		var all []sent
		for i := range 300 {
			all = append(all, s.sign(s.first, at(now+int64(i)), s.body()))
		}
		body, response := []byte(all[0].body), []guard.Header{{Name: ":status", Value: "503"}}
		i := 0
		one := func() {
			r, s := &rc.r, all[i%len(all)]
			i++
			r.Reset()
			r.Method, r.Scheme, r.Authority, r.Target, r.World, r.Now = s.method, "https", s.authority, s.target, rc.world, rc.now
			r.Headers = append(r.Headers, s.headers...)
			rc.world.RequestBody, rc.world.Response = body, response
			d := rc.in.Judge(r)
			if d.Outcome == policy.Pending {
				if d = rc.in.Read(r, body); d.Outcome == policy.Pending {
					d = rc.in.Conclude(r)
				}
			}
			if d.Outcome != policy.Allowed {
				t.Fatalf("%s: %v", rc.policy.RouteNames(), d.Verdict.Reason)
			}
			r.Forget()
			if rc.in.Responded(r) != nil || rc.in.Ended(r) != nil {
				t.Fatal("not settled")
			}
		}
		for range 10 {
			one()
		}
		if n := testing.AllocsPerRun(200, one); n > 0 {
			t.Errorf("%s: %v allocations", s.name, n)
		}
	}
}

// TestTakingBackFails: the error is told, and the mark stays.
func TestTakingBackFails(t *testing.T) {
	s := schemes[0]
	rc := newReceiver(t, policyOf(s.section, s.first), guardtest.NewShared())
	good := s.sign(s.first, at(now), "x")
	if d := rc.judge(good); !d.Verdict.Allows() {
		t.Fatal(d.Verdict.Reason)
	}
	rc.r.Forget()
	rc.world.Before = failing(guardtest.Get, errors.New("no"))
	rc.world.Response = []guard.Header{{Name: ":status", Value: "500"}}
	if err := rc.in.Responded(&rc.r); err == nil {
		t.Error("nobody is told")
	}
	rc.world.Before = nil
	if err := rc.in.Ended(&rc.r); err != nil {
		t.Error(err)
	}
	if d := rc.take(s.sign(s.first, at(now), "y")); !d.Verdict.Allows() {
		t.Error(d.Verdict.Reason)
	}
	if d := rc.take(good); d.Verdict.Reason != guard.WebhookReplayed {
		t.Error(d.Verdict.Reason)
	}
}

// FuzzHeaders: whatever stands in the headers, nobody without the secret is let
// in, and nothing panics.
func FuzzHeaders(f *testing.F) {
	for i, s := range schemes {
		good := s.sign(s.first, at(now), s.body())
		f.Add(i, good.get(s.signature), good.get(s.timestamp), good.get(s.id))
		f.Add(i, "", "18446744073709551616", "")
		f.Add(i, strings.Repeat("v1=,", 40), "-", "..")
		f.Add(i, "t="+at(now)+",v1="+strings.Repeat("0", 64)+",t=1", at(now), "a.b")
	}
	receivers := make([]*receiver, len(schemes))
	for i, s := range schemes {
		receivers[i] = newReceiver(f, policyOf(s.section, s.first), guardtest.NewShared())
	}
	f.Fuzz(func(t *testing.T, i int, signature, timestamp, id string) {
		if i < 0 || i >= len(schemes) {
			return
		}
		s := schemes[i]
		forged := s.sign(s.first, at(now), s.body()).set(s.signature, signature)
		forged.body += "!"
		if s.timestamp != "" && s.timestamp != "in the signature" {
			forged = forged.set(s.timestamp, timestamp)
		}
		if s.id != "" {
			forged = forged.set(s.id, id)
		}
		if d := receivers[i].take(forged); d.Outcome.Forwards() {
			t.Errorf("%s: %q %q %q was let in", s.name, signature, timestamp, id)
		}
	})
}
