package csrf

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"sallyport.dev/sallyport/policy/guard"
)

// answer is what the endpoint gave.
type answer struct {
	token, header, expires string
	headers                map[string]string
}

func read(t *testing.T, v guard.Verdict) answer {
	t.Helper()
	if !v.Serves() || v.Reply.Status != 200 {
		t.Fatalf("%+v", v)
	}
	a := answer{headers: map[string]string{}}
	for _, h := range v.Reply.Headers {
		if _, twice := a.headers[h[0]]; twice {
			t.Errorf("%s stands twice", h[0])
		}
		a.headers[h[0]] = h[1]
	}
	d := jsontext.NewDecoder(strings.NewReader(v.Reply.Body))
	var texts []string
	for tok, err := d.ReadToken(); err == nil; tok, err = d.ReadToken() {
		texts = append(texts, tok.String())
	}
	if len(texts) != 8 || !slices.Equal([]string{texts[1], texts[3], texts[5]}, []string{"token", "header", "expires_in"}) {
		t.Fatalf("%s", v.Reply.Body)
	}
	a.token, a.header, a.expires = texts[2], texts[4], texts[6]
	return a
}

// complete checks all headers of a new token's answer.
func (a answer) complete(t *testing.T, readable bool) {
	t.Helper()
	if a.header != "x-csrf-token" || a.expires != "43200" {
		t.Errorf("%+v", a)
	}
	want := map[string]string{
		"content-type": "application/json", "cache-control": "no-store", "vary": "cookie, origin, sec-fetch-site",
		"set-cookie": "__Host-csrf=" + a.token + "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200",
	}
	if readable {
		want["access-control-allow-origin"], want["access-control-allow-credentials"] = "https://app.example.com", "true"
	}
	if !maps.Equal(a.headers, want) {
		t.Errorf("%v, want %v", a.headers, want)
	}
}

// TestEndpoint: what it answers, to whom.
func TestEndpoint(t *testing.T) {
	s := sound(t, `"trusted_origins": ["https://app.example.com"], `+tokens, `, "public": true`)
	const path, cookie = ":path: /csrf-token", "cookie: __Host-session=" + session
	for _, c := range []struct {
		name, method string
		want         guard.Reason
		lines        []string
	}{
		{"a page of ours", "GET", guard.Served, []string{path, cookie, "sec-fetch-site: same-origin"}},
		{"who types the address", "GET", guard.Served, []string{path, cookie, "sec-fetch-site: none"}},
		{"an older browser", "GET", guard.Served, []string{path, cookie}},
		{"HEAD", "HEAD", guard.Served, []string{path, cookie}},
		{"a trusted page", "GET", guard.Served, []string{path, cookie, "sec-fetch-site: same-site", "origin: https://app.example.com"}},
		{"another host of the site", "GET", guard.CrossSite, []string{path, cookie, "sec-fetch-site: same-site"}},
		{"another site", "GET", guard.CrossSite, []string{path, cookie, "sec-fetch-site: cross-site", "origin: https://evil.example"}},
		{"another site, by a link", "GET", guard.CrossSite, []string{path, cookie, "sec-fetch-site: cross-site"}},
		{"another Origin", "GET", guard.CrossSite, []string{path, cookie, "origin: https://evil.example"}},
		{"no session", "GET", guard.CSRFTokenMissing, []string{path, "cookie: a=b"}},
		{"no cookies", "GET", guard.CSRFTokenMissing, []string{path}},
		{"an empty session", "GET", guard.CSRFTokenMissing, []string{path, "cookie: __Host-session="}},
		{"a doubled session", "GET", guard.CSRFTokenInvalid, []string{path, cookie + "; __Host-session=evil"}},
		{"an oversized session", "GET", guard.CSRFTokenInvalid, []string{path, cookie + strings.Repeat("x", maxSession)}},
		{"another method", "POST", guard.Allowed, []string{path, cookie}},
		{"a preflight", "OPTIONS", guard.Allowed, []string{path, cookie}},
		{"another path", "GET", guard.Allowed, []string{":path: /csrf-token/", cookie}},
		{"a path below", "GET", guard.Allowed, []string{":path: /csrf-token/a", cookie}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request(t, c.method, c.lines...)
			v := s.Serve(r, s.NewState())
			if v.Reason != c.want || len(r.Upstream)+len(r.Response) > 0 {
				t.Fatalf("%v, want %v", v.Reason, c.want)
			}
			if c.want != guard.Served {
				return
			}
			a := read(t, v)
			a.complete(t, c.name == "a trusted page")
			if v := s.Check(posted(t, a.token, a.token, session), s.NewState()); !v.Allows() {
				t.Errorf("its token: %v", v.Reason)
			}
		})
	}
	if v := s.Serve(request(t, "GET", path, cookie), nil); v.Reason != guard.Unjudged {
		t.Errorf("without a state: %v", v.Reason)
	}
	if v := (*Set)(nil).Serve(request(t, "GET", path, cookie), nil); !v.Allows() {
		t.Errorf("without a section: %v", v.Reason)
	}
}

// TestSecondPage: a second page gets the token of the first, until it is half
// spent; what is not ours, or not for this session, is never given back.
func TestSecondPage(t *testing.T) {
	s := sound(t, tokens, `, "public": true`)
	other := sound(t, strings.Replace(tokens, `"A"`, `"B"`, 1), `, "public": true`)
	rotated := sound(t, strings.Replace(tokens, `"A"}`, `"B"}, "previous_secret": {"env": "A"}`, 1), `, "public": true`)
	token := made(t, s, session, now)
	for _, c := range []struct {
		name    string
		set     *Set
		after   time.Duration
		cookies string
		kept    bool
		expires string
	}{
		{"at once", s, 0, "__Host-csrf=" + token + "; __Host-session=" + session, true, "43200"},
		{"later", s, time.Hour, "__Host-csrf=" + token + "; __Host-session=" + session, true, "39600"},
		{"half spent", s, 6 * time.Hour, "__Host-csrf=" + token + "; __Host-session=" + session, false, "43200"},
		{"too old", s, 13 * time.Hour, "__Host-csrf=" + token + "; __Host-session=" + session, false, "43200"},
		{"another session", s, 0, "__Host-csrf=" + token + "; __Host-session=x", false, "43200"},
		{"another secret", other, 0, "__Host-csrf=" + token + "; __Host-session=" + session, false, "43200"},
		{"the secret before", rotated, 0, "__Host-csrf=" + token + "; __Host-session=" + session, false, "43200"},
		{"doubled", s, 0, "__Host-csrf=" + token + "; __Host-csrf=" + token + "; __Host-session=" + session, false, "43200"},
		{"no token", s, 0, "__Host-csrf=x; __Host-session=" + session, false, "43200"},
	} {
		r := request(t, "GET", ":path: /csrf-token", "cookie: "+c.cookies)
		r.Now += int64(c.after)
		if err := r.World.Random(make([]byte, 16)); err != nil { // the bytes of the first token
			t.Fatal(err)
		}
		if a := read(t, c.set.Serve(r, c.set.NewState())); (a.token == token) != c.kept || a.expires != c.expires {
			t.Errorf("%s: kept: %t, expires in %s", c.name, a.token == token, a.expires)
		}
	}
}
