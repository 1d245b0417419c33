package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

const csrfSession = "__Host-session"

// TestCSRFTokens takes tokens from the endpoint of a real Envoy, uses them, and
// rotates the secret by pushing policies: no page is left without a token that
// serves, and at the end the first secret serves nobody.
func TestCSRFTokens(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := harness.Config{Version: version, Concurrency: 2, Listeners: []harness.Listener{{Name: "pushed"}}, Discovery: t.TempDir(),
				Env: map[string]string{"CSRF_FIRST": "the first secret, of 32 bytes and more", "CSRF_SECOND": "the second secret, of 32 bytes as well"}}
			c.Push(t, "1", tokensBy(`"secret": {"env": "CSRF_FIRST"}`))
			p := pages{pushed{t, harness.Start(t, c)}}

			first := p.token("alice", "")
			p.posts("alice", first, 200)
			p.posts("mallory", first, 403)
			p.posts("", first, 403)
			p.posts("alice", "", 403)
			if again := p.token("alice", first); again != first {
				t.Error("a second page took the token of the first away")
			}
			if other := p.token("alice", ""); other == first || len(other) != len(first) {
				t.Errorf("two browsers have the tokens %q and %q", first, other)
			}

			c.Push(t, "2", tokensBy(`"secret": {"env": "CSRF_SECOND"}, "previous_secret": {"env": "CSRF_FIRST"}`))
			second := ""
			p.until("the second secret is not in force", func(context.Context) bool {
				second = p.token("alice", first) // the first is still good, but is not handed out again
				return second != first
			})
			for range 20 { // both workers
				p.posts("alice", first, 200)
				p.posts("alice", second, 200)
			}

			c.Push(t, "3", tokensBy(`"secret": {"env": "CSRF_SECOND"}`))
			p.until("the first secret is still accepted", func(context.Context) bool { return p.post("alice", first) == 403 })
			for range 20 {
				p.posts("alice", second, 200)
				p.posts("alice", first, 403)
			}
		})
	}
}

func tokensBy(secrets string) []byte {
	return []byte(`{"version": 1, "csrf": {"token": {` + secrets + `, "session_cookie": "` + csrfSession + `"}},
 "routes": [{"name": "all", "path": "/**", "public": true}]}`)
}

// pages are what a browser shows.
type pages struct{ pushed }

// token gets a token for a session, beside the one that the browser has.
func (p pages) token(session, has string) string {
	p.t.Helper()
	got, err := p.envoy.Runner("pushed").Do(p.t.Context(), harness.Get("/csrf-token", cookies(session, has)...), scenario.Upstream{Status: 200})
	if err != nil {
		p.t.Fatal(err)
	}
	var body struct{ Token, Header string }
	if err := json.Unmarshal(got.Body, &body); err != nil || got.Status != 200 || got.Forwarded != nil || body.Header != "x-csrf-token" {
		p.t.Fatalf("status %d, %s, forwarded: %t, %v", got.Status, got.Body, got.Forwarded != nil, err)
	}
	if set := scenario.Values(got.Headers, "set-cookie"); len(set) != 1 || !strings.HasPrefix(set[0], "__Host-csrf="+body.Token+"; Path=/; Secure; HttpOnly; SameSite=Strict; ") {
		p.t.Fatalf("set-cookie: %q", set)
	}
	return body.Token
}

func (p pages) post(session, token string) int {
	p.t.Helper()
	request := harness.Get("/a", append(cookies(session, token), scenario.Header{Name: "x-csrf-token", Value: token})...)
	request.Method = "POST"
	got, err := p.envoy.Runner("pushed").Do(p.t.Context(), request, scenario.Upstream{Status: 200})
	if err != nil {
		p.t.Fatal(err)
	}
	if (got.Status == 200) != (got.Forwarded != nil) {
		p.t.Errorf("status %d, forwarded: %t", got.Status, got.Forwarded != nil)
	}
	return got.Status
}

func (p pages) posts(session, token string, want int) {
	p.t.Helper()
	if got := p.post(session, token); got != want {
		p.t.Errorf("%q with the token %q: status %d, want %d", session, token, got, want)
	}
}

// cookies are what a browser of the same origin sends of a session and a token.
func cookies(session, token string) []scenario.Header {
	headers := []scenario.Header{{Name: "sec-fetch-site", Value: "same-origin"}}
	for name, value := range map[string]string{csrfSession: session, "__Host-csrf": token} {
		if value != "" {
			headers = append(headers, scenario.Header{Name: "cookie", Value: name + "=" + value})
		}
	}
	return headers
}
