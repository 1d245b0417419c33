package tokens

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/provider"
)

// within is how long a revocation may take: its refresh, the second in which another worker's list is noticed, and what a
// busy machine adds.
const within = 10 * time.Second

// list is a server of a list of revoked tokens; with none it is down.
type list struct{ text atomic.Pointer[string] }

func (l *list) set(text string) { l.text.Store(&text) }

func (l *list) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	text := l.text.Load()
	if text == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if _, err := w.Write([]byte(*text)); err != nil {
		return // the proxy does not wait any more
	}
}

// revoked: a token that is on the list is refused within its refresh, on all workers, although it is remembered; others pass.
// Nobody passes before there is a list, and a list that cannot be fetched anew serves on.
func (v envoy) revoked(t *testing.T) {
	l := &list{}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	p := provider.Start(t, provider.Fosite, provider.Settings{})
	revocation := object{"revocation": object{"list": object{"url": server.URL + "/revoked", "cluster": "list", "refresh": "1s"}}}
	g := v.start(t, object{
		"identities": object{"users": tokensOf(p, object{"discovery": p.Issuer, "cluster": "idp"}, revocation)},
		"routes":     []object{route("orders", "users")},
	}, map[string]string{"idp": p.Address, "list": server.Listener.Addr().String()}, workers)
	stolen, other := p.ClientCredentials(t, "orders:read", ""), p.ClientCredentials(t, "orders:read", "")
	g.refuses(t, "/orders", stolen, http.StatusServiceUnavailable, "revocation-unavailable")
	l.set("[]")
	for _, token := range []string{stolen, other} {
		g.settles(t, "/orders", token, http.StatusOK)
		wantStatuses(t, "remembered", g.volley(t, "/orders", token), http.StatusOK)
	}

	since := time.Now()
	l.set(`["` + identifier(t, stolen) + `"]`)
	g.settles(t, "/orders", stolen, http.StatusUnauthorized)
	if took := time.Since(since); took > within {
		t.Errorf("it took %v", took)
	}
	g.refuses(t, "/orders", stolen, http.StatusUnauthorized, "token-revoked")
	wantStatuses(t, "another", g.volley(t, "/orders", other), http.StatusOK)

	const counter = "sallyport.fetched.document.users-revoked.event."
	before := g.count(t, counter+"malformed")
	l.set("<html>Sign in</html>")
	g.grows(t, counter+"malformed", before)
	wantStatuses(t, "with a list of before", g.volley(t, "/orders", stolen), http.StatusUnauthorized)
	wantStatuses(t, "another with a list of before", g.volley(t, "/orders", other), http.StatusOK)
}

// identifier returns the claim jti.
func identifier(t *testing.T, token string) string {
	t.Helper()
	_, payload, _ := parts(t, token)
	var claims struct{ JTI string }
	if err := json.Unmarshal([]byte(payload), &claims); err != nil || claims.JTI == "" {
		t.Fatalf("no jti in %s: %v", payload, err)
	}
	return claims.JTI
}
