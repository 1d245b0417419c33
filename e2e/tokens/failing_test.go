package tokens

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/provider"
	"sallyport.dev/sallyport/e2e/stores"
	"sallyport.dev/sallyport/internal/scenario"
)

// failure breaks a provider or the way to it, and mends it.
type failure struct {
	name, event  string // the counter that moves
	breaks, ends func(t *testing.T)
}

// answer is an answer in the provider's place.
func answer(status, body string) string {
	return "HTTP/1.1 " + status + "\r\ncontent-type: application/json\r\ncontent-length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

func failures(p *provider.Provider, way *stores.Slow) []failure {
	instead := func(text string) func(*testing.T) { return func(*testing.T) { way.Answer(text) } }
	list := []failure{
		{"killed", "failed", func(*testing.T) { p.Kill() }, func(t *testing.T) { p.Restart(t) }},
		{"refuses connections", "failed", func(t *testing.T) { way.Refuse(t, true) }, func(t *testing.T) { way.Refuse(t, false) }},
		{"slow", "failed", func(*testing.T) { way.Delay(15 * time.Second) }, func(t *testing.T) { way.Delay(0) }},
	}
	for _, c := range []struct{ name, event, text string }{
		{"an error", "failed", answer("500 Internal Server Error", `{"keys":[]}`)},
		{"not found", "failed", answer("404 Not Found", "")},
		{"elsewhere", "failed", "HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n"},
		{"rubbish", "malformed", answer("200 OK", "rubbish")},
		{"nothing", "malformed", answer("200 OK", "")},
		{"a page", "malformed", answer("200 OK", "<html>Sign in</html>")},
		{"no keys", "malformed", answer("200 OK", `{"keys":[]}`)},
		{"two documents", "malformed", answer("200 OK", `{"keys":[]}{"keys":[]}`)},
		{"nested", "malformed", answer("200 OK", strings.Repeat("[", 100_000))},
		{"too large", "failed", answer("200 OK", `{"keys":[],"x":"`+strings.Repeat("x", 600<<10)+`"}`)},
		{"cut", "failed", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"},
		{"no HTTP", "failed", "\x16\x03\x01\x00"},
	} {
		list = append(list, failure{c.name, c.event, instead(c.text), instead("")})
	}
	return list
}

// failing: whatever a provider does, the keys that are known go on, also for tokens that were never seen; and when it is back
// they are fetched again.
func (v envoy) failing(t *testing.T) {
	p := provider.Start(t, provider.Zitadel, provider.Settings{})
	way := stores.NewSlow(t, p.Address)
	g := v.start(t, object{
		"identities": object{
			"found": tokensOf(p, object{"discovery": p.Issuer, "cluster": "way", "refresh": "1s"}, nil),
			"keyed": tokensOf(p, object{"jwks_uri": p.Issuer + p.KeySet, "cluster": "way", "refresh": "1s"}, nil),
		},
		"routes": []object{route("found", "found"), route("keyed", "keyed")},
	}, map[string]string{"way": way.Address}, 1)
	used := p.ClientCredentials(t, "orders:read", "")
	for _, f := range failures(p, way) {
		t.Run(f.name, func(t *testing.T) {
			fresh := p.ClientCredentials(t, "orders:read", "")
			g.passes(t, "/found", used)
			g.passes(t, "/keyed", used)
			counter := "sallyport.fetched.document.keyed-keys.event."
			before := g.count(t, counter+f.event)
			f.breaks(t)
			g.grows(t, counter+f.event, before)
			for _, target := range []string{"/found", "/keyed"} {
				g.passes(t, target, used)
				g.passes(t, target, fresh)
			}
			f.ends(t)
			g.grows(t, counter+"taken", g.count(t, counter+"taken"))
			g.passes(t, "/keyed", used)
		})
	}
}

// late: without any keys nobody passes, and clients are told to come again; when the provider is there all pass, by itself.
func (v envoy) late(t *testing.T) {
	p := provider.Start(t, provider.Fosite, provider.Settings{})
	token := p.ClientCredentials(t, "orders:read", "")
	way := stores.NewSlow(t, p.Address)
	way.Refuse(t, true)
	g := v.start(t, object{
		"identities": object{
			"found": tokensOf(p, object{"discovery": p.Issuer, "cluster": "way"}, nil),
			"keyed": tokensOf(p, object{"jwks_uri": p.Issuer + p.KeySet, "cluster": "way"}, nil),
		},
		"routes": []object{route("found", "found"), route("keyed", "keyed")},
	}, map[string]string{"way": way.Address}, 1)
	down := func() {
		for _, target := range []string{"/found", "/keyed"} {
			r := g.refuses(t, target, token, http.StatusServiceUnavailable, "keys-unavailable")
			if again := scenario.Values(r.Headers, "retry-after"); len(again) != 1 {
				t.Errorf("retry-after is %q", again)
			}
		}
	}
	down()
	way.Answer(answer("200 OK", `{"keys":[]}`))
	way.Refuse(t, false)
	g.grows(t, "sallyport.fetched.document.keyed-keys.event.malformed", 0)
	down()
	way.Answer("")
	for _, target := range []string{"/found", "/keyed"} {
		g.becomes(t, target, token, http.StatusServiceUnavailable, http.StatusOK)
		g.passes(t, target, token)
	}
}
