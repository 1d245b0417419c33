package csrf

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

const session = "0a1b2c3d"

// made is a token of a set for a session, of a time.
func made(t testing.TB, s *Set, session string, at int64) string {
	t.Helper()
	text, err := s.tokens[0].make(session, at, s.NewState(), guardtest.New("192.0.2.1"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func posted(t testing.TB, header, cookie, session string) *guard.Request {
	return request(t, "POST", "sec-fetch-site: same-origin", "x-csrf-token: "+header, "cookie: __Host-csrf="+cookie+"; __Host-session="+session)
}

func TestToken(t *testing.T) {
	s := sound(t, tokens, `, "public": true`)
	good := made(t, s, session, now)
	old := made(t, s, session, now-int64(12*time.Hour))
	flipped := []byte(good)
	flipped[40] ^= 1
	const itself = "sec-fetch-site: same-origin"
	both, header := "cookie: __Host-csrf="+good+"; __Host-session="+session, "x-csrf-token: "+good
	for _, c := range []struct {
		name  string
		want  guard.Reason
		lines []string
	}{
		{"all of it", guard.Allowed, []string{itself, both, header}},
		{"in two fields, with others", guard.Allowed, []string{itself, "cookie: a=b;__Host-session=" + session, "cookie: __Host-csrf = " + good + " ;c=d", header}},
		{"as old as may be", guard.Allowed, []string{itself, "cookie: __Host-csrf=" + old + "; __Host-session=" + session, "x-csrf-token: " + old}},
		{"of a trusted origin, not asked for less", guard.CSRFTokenMissing, []string{"origin: https://api.example.com", both}},
		{"another site, with all of it", guard.CrossSite, []string{"sec-fetch-site: cross-site", both, header}},
		{"no header", guard.CSRFTokenMissing, []string{itself, both}},
		{"an empty header", guard.CSRFTokenMissing, []string{itself, both, "x-csrf-token: "}},
		{"no cookie", guard.CSRFTokenMissing, []string{itself, "cookie: __Host-session=" + session, header}},
		{"an empty cookie", guard.CSRFTokenMissing, []string{itself, "cookie: __Host-csrf=; __Host-session=" + session, header}},
		{"no session", guard.CSRFTokenMissing, []string{itself, "cookie: __Host-csrf=" + good, header}},
		{"an empty session", guard.CSRFTokenMissing, []string{itself, "cookie: __Host-csrf=" + good + "; __Host-session=", header}},
		{"no cookies and no token: a login", guard.CSRFTokenMissing, []string{itself}},
		{"a program, without a token", guard.CSRFTokenMissing, nil},
		{"header and cookie differ", guard.CSRFTokenInvalid, []string{itself, both, "x-csrf-token: " + old}},
		{"a flipped bit in both", guard.CSRFTokenInvalid, []string{itself, "cookie: __Host-csrf=" + string(flipped) + "; __Host-session=" + session, "x-csrf-token: " + string(flipped)}},
		{"another session", guard.CSRFTokenInvalid, []string{itself, "cookie: __Host-csrf=" + good + "; __Host-session=" + session + "x", header}},
		{"no token, in both", guard.CSRFTokenInvalid, []string{itself, "cookie: __Host-csrf=x; __Host-session=" + session, "x-csrf-token: x"}},
		{"with padding", guard.CSRFTokenInvalid, []string{itself, "cookie: __Host-csrf=" + good + "=; __Host-session=" + session, "x-csrf-token: " + good + "="}},
		{"in quotes", guard.CSRFTokenInvalid, []string{itself, `cookie: __Host-csrf="` + good + `"; __Host-session=` + session, header}},
		{"doubled header", guard.CSRFTokenInvalid, []string{itself, both, header, header}},
		{"joined header", guard.CSRFTokenInvalid, []string{itself, both, header + "," + good}},
		{"oversized", guard.CSRFTokenInvalid, []string{itself, "cookie: __Host-csrf=" + strings.Repeat(good, 100) + "; __Host-session=" + session, "x-csrf-token: " + strings.Repeat(good, 100)}},
		{"an oversized session", guard.CSRFTokenInvalid, []string{itself, "cookie: __Host-csrf=" + good + "; __Host-session=" + strings.Repeat("x", maxSession+1), header}},
		{"doubled cookie", guard.CSRFTokenInvalid, []string{itself, both + "; __Host-csrf=" + good, header}},
		{"doubled session", guard.CSRFTokenInvalid, []string{itself, both + "; __Host-session=" + session, header}},
		{"doubled session, in two fields", guard.CSRFTokenInvalid, []string{itself, "cookie: __Host-session=evil", both, header}},
		{"a session that some server takes for ours", guard.CSRFTokenInvalid, []string{itself, both + "; __HOST-session=evil", header}},
		{"another one, alone", guard.CSRFTokenMissing, []string{itself, "cookie: __Host-csrf=" + good + "; __host-session=" + session, header}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(t, "POST", c.lines...)
			if v := s.Check(r, s.NewState()); v.Reason != c.want || len(r.Upstream)+len(r.Response) > 0 {
				t.Errorf("%v, want %v", v.Reason, c.want)
			}
		})
	}
}

func TestNoStateDenies(t *testing.T) {
	s := sound(t, tokens, `, "public": true`)
	text := made(t, s, session, now)
	if v := s.Check(posted(t, text, text, session), nil); v.Reason != guard.Unjudged {
		t.Errorf("%v", v.Reason)
	}
	r := posted(t, text, text, session)
	if r.Route = -1; s.Check(r, s.NewState()).Reason != guard.Unjudged {
		t.Error("a request without a route is judged")
	}
}

// TestTokenTimes: a token serves for its lifetime, and a minute before it was
// made, by another proxy's clock.
func TestTokenTimes(t *testing.T) {
	s := sound(t, `"token": {"secret": {"env": "A"}, "session_cookie": "__Host-session", "lifetime": "1m"}`, `, "public": true`)
	for after, want := range map[time.Duration]bool{
		0: true, time.Minute: true, 61 * time.Second: false, -time.Minute: true, -61 * time.Second: false, 1 << 62: false, -time.Duration(now): false,
	} {
		text := made(t, s, session, now)
		r := posted(t, text, text, session)
		r.Now = now + int64(after)
		if v := s.Check(r, s.NewState()); v.Allows() != want {
			t.Errorf("%v after it was made: %v", after, v.Reason)
		}
	}
}

// TestRotation: tokens of the secret before serve, and its endpoint makes none.
func TestRotation(t *testing.T) {
	const head, tail = `"token": {"secret": {"env": "`, `"session_cookie": "__Host-session"}`
	first := sound(t, head+`A"}, `+tail, `, "public": true`)
	second := sound(t, head+`B"}, "previous_secret": {"env": "A"}, `+tail, `, "public": true`)
	third := sound(t, head+`B"}, `+tail, `, "public": true`)
	before, after := made(t, first, session, now), made(t, second, session, now)
	for _, c := range []struct {
		name  string
		set   *Set
		token string
		want  guard.Reason
	}{
		{"the old one before", first, before, guard.Allowed},
		{"the new one before", first, after, guard.CSRFTokenInvalid},
		{"the old one meanwhile", second, before, guard.Allowed},
		{"the new one meanwhile", second, after, guard.Allowed},
		{"the old one afterwards", third, before, guard.CSRFTokenInvalid},
		{"the new one afterwards", third, after, guard.Allowed},
	} {
		if v := c.set.Check(posted(t, c.token, c.token, session), c.set.NewState()); v.Reason != c.want {
			t.Errorf("%s: %v, want %v", c.name, v.Reason, c.want)
		}
	}
}

// TestTokensAreOurs: no token passes that differs in a bit, was made for another
// session or by another secret, or is older than its lifetime.
func TestTokensAreOurs(t *testing.T) {
	s := sound(t, tokens, `, "public": true`)
	other := sound(t, strings.Replace(tokens, `"A"`, `"B"`, 1), `, "public": true`)
	text := rapid.StringMatching(`[!#-+\--:<-~]{1,200}`)
	rapid.Check(t, func(rt *rapid.T) {
		st := s.NewState()
		mine, age := text.Draw(rt, "session"), rapid.Int64Range(0, 12*3600).Draw(rt, "age")
		w := guardtest.New("192.0.2.1")
		token, err := s.tokens[0].make(mine, now-age*int64(time.Second), st, w)
		if err != nil {
			rt.Fatal(err)
		}
		reason := func(token, session string, at int64) guard.Reason {
			r := posted(t, token, token, session)
			r.Now = at
			return s.Check(r, st).Reason
		}
		if got := reason(token, mine, now); got != guard.Allowed {
			rt.Fatalf("our own token: %v", got)
		}
		if theirs := text.Draw(rt, "other session"); theirs != mine && reason(token, theirs, now) != guard.CSRFTokenInvalid {
			rt.Fatalf("a token of %q passes for %q", mine, theirs)
		}
		if reason(token, mine, now+(12*3600-age+1)*int64(time.Second)) != guard.CSRFTokenInvalid {
			rt.Fatal("it passes when it is too old")
		}
		foreign, err := other.tokens[0].make(mine, now, other.NewState(), w)
		if err != nil || reason(foreign, mine, now) != guard.CSRFTokenInvalid {
			rt.Fatalf("one of another secret passes (%v)", err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			rt.Fatal(err)
		}
		raw[rapid.IntRange(0, len(raw)-1).Draw(rt, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		if reason(base64.RawURLEncoding.EncodeToString(raw), mine, now) != guard.CSRFTokenInvalid {
			rt.Fatal("one with a flipped bit passes")
		}
	})
}

func TestAllocations(t *testing.T) {
	s := sound(t, `"trusted_origins": ["https://app.example.com"], `+strings.Replace(tokens, `"A"}`, `"B"}, "previous_secret": {"env": "A"}`, 1), `, "anonymous": true`, from(bearer, cookied))
	st := s.NewState()
	first := sound(t, tokens, `, "public": true`)
	text := made(t, first, session, now)
	pair := "cookie: __Host-csrf=" + text + "; __Host-session=" + session
	for name, r := range map[string]*guard.Request{
		"safe":       request(t, "GET", "upgrade: h2c"),
		"token":      request(t, "POST", "sec-fetch-site: same-origin", pair, "x-csrf-token: "+text),
		"origin":     request(t, "POST", "origin: https://API.example.com", pair, "x-csrf-token: "+text),
		"trusted":    request(t, "POST", "sec-fetch-site: same-site", "origin: https://app.example.com", pair, "x-csrf-token: "+text),
		"referer":    request(t, "POST", "referer: https://api.example.com/a", pair, "x-csrf-token: "+text),
		"credential": request(t, "POST", "authorization: Bearer x", "cookie: a=b"),
	} {
		if n := testing.AllocsPerRun(100, func() {
			r.Scratch.Reset()
			if v := s.Check(r, st); !v.Allows() {
				t.Fatalf("%s: %v", name, v.Reason)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

// TestRandomnessFails: a token that anybody could guess is none.
func TestRandomnessFails(t *testing.T) {
	s := sound(t, tokens, `, "public": true`)
	r := request(t, "GET", ":path: /csrf-token", "cookie: __Host-session="+session)
	w := guardtest.New("192.0.2.1")
	w.Before = func(call, _ string) error {
		if call == guardtest.Random {
			return errors.New("no randomness")
		}
		return nil
	}
	r.World = w
	if v := s.Serve(r, s.NewState()); v.Reason != guard.HostError {
		t.Errorf("%v", v.Reason)
	}
}

// TestTokenForm: the form of a token is in the package's own words; proxies of
// two versions read each other's, and what is signed for another use of the
// secret, or in a form to come, is none.
func TestTokenForm(t *testing.T) {
	s := sound(t, tokens, `, "public": true`)
	raw, err := base64.RawURLEncoding.DecodeString(made(t, s, session, now))
	if err != nil || len(raw) != 57 || raw[0] != 1 || binary.BigEndian.Uint64(raw[1:]) != uint64(now/1e9) {
		t.Fatalf("%x: %v", raw, err)
	}
	long := strings.Repeat("x", maxSession)
	for _, c := range []struct {
		name, purpose, session string
		version                byte
		want                   guard.Reason
	}{
		{"a token", "sallyport csrf", session, 1, guard.Allowed},
		{"a code for something else", "sallyport cors", session, 1, guard.CSRFTokenInvalid},
		{"a version to come", "sallyport csrf", session, 2, guard.CSRFTokenInvalid},
		{"a long session", "sallyport csrf", long, 1, guard.Allowed},
		{"a session that is too long", "sallyport csrf", long + "x", 1, guard.CSRFTokenInvalid},
	} {
		raw[0] = c.version
		mac := hmac.New(sha256.New, []byte(secretA))
		mac.Write([]byte(c.purpose + string(raw[:25]) + c.session))
		text := base64.RawURLEncoding.EncodeToString(mac.Sum(raw[:25:25]))
		if v := s.Check(posted(t, text, text, c.session), s.NewState()); v.Reason != c.want {
			t.Errorf("%s: %v, want %v", c.name, v.Reason, c.want)
		}
	}
}
