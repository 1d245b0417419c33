package tokens

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/e2e/provider"
	"sallyport.dev/sallyport/internal/scenario"
)

const (
	workers     = 2
	connections = 16 // so many that each worker has some
	enough      = 300
)

// rotated: while a provider changes its keys no request is lost whose token is good, with keys that are refreshed all the
// time and with keys that are asked for only when one is missing. Tokens of a key that left the set are refused, also those
// that were remembered.
func (v envoy) rotated(t *testing.T) {
	p := provider.Start(t, provider.Zitadel, provider.Settings{})
	keys := func(refresh string) object {
		return object{"jwks_uri": p.Issuer + p.KeySet, "cluster": "idp", "refresh": refresh}
	}
	g := v.start(t, object{
		"identities": object{"steady": tokensOf(p, keys("1h"), nil), "quick": tokensOf(p, keys("1s"), nil)},
		"routes":     []object{route("steady", "steady"), route("quick", "quick")},
	}, map[string]string{"idp": p.Address}, workers)
	first := p.ClientCredentials(t, "orders:read", "")
	second := g.rotateUnderLoad(t, p, first)
	g.wantAllWorkers(t)

	p.Rotate(t, "RS256", provider.Drop)
	third := p.ClientCredentials(t, "orders:read", "")
	for _, old := range []string{first, second} {
		g.settles(t, "/quick", old, http.StatusUnauthorized)
		g.refuses(t, "/quick", old, http.StatusUnauthorized, "token-key-unknown")
	}
	g.settles(t, "/quick", third, http.StatusOK)
	for _, old := range []string{first, second} { // and for good
		wantStatuses(t, "tokens of keys that are gone", g.volley(t, "/quick", old), http.StatusUnauthorized)
	}
}

// load asks on both routes, with all tokens in turn, until it is ended.
type load struct {
	tokens   atomic.Pointer[[]string]
	answered atomic.Int64
	lost     atomic.Pointer[string]
}

func (l *load) next(n int64) scenario.Request {
	tokens := *l.tokens.Load()
	target := [...]string{"/steady", "/quick"}[n%2]
	return harness.Get(target, bearer(tokens[n/2%int64(len(tokens))]))
}

func (l *load) note(_ int64, resp *http.Response, body []byte) {
	if l.answered.Add(1); resp.StatusCode != http.StatusOK {
		text := resp.Status + ": " + string(body)
		l.lost.CompareAndSwap(nil, &text)
	}
}

// reaches waits for so many answers more.
func (l *load) reaches(t *testing.T, more int64) {
	t.Helper()
	want := l.answered.Load() + more
	for end := time.Now().Add(patience); l.answered.Load() < want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d answers, want %d", l.answered.Load(), want)
		}
	}
}

// rotateUnderLoad has a new key sign while tokens of the old one are in use, and returns a token of the new key.
func (g *gateway) rotateUnderLoad(t *testing.T, p *provider.Provider, first string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := &load{}
	l.tokens.Store(&[]string{first})
	type outcome struct {
		statuses map[int]int64
		err      error
	}
	ended := make(chan outcome, 1)
	go func() {
		statuses, err := harness.Load{Address: g.Address(listener), Connections: connections, Next: l.next, Answered: l.note}.Run(ctx)
		ended <- outcome{statuses, err}
	}()
	l.reaches(t, enough)
	p.Rotate(t, "ES256", provider.Keep)
	second := p.ClientCredentials(t, "orders:read", "")
	l.tokens.Store(&[]string{first, second}) // which both workers see at once for the first time
	l.reaches(t, 2*enough)
	cancel()
	got := <-ended
	if got.err != nil {
		t.Fatal(got.err)
	}
	if lost := l.lost.Load(); lost != nil {
		t.Errorf("statuses %v, the first that was lost: %s", got.statuses, *lost)
	}
	wantStatuses(t, "while keys change", got.statuses, http.StatusOK)
	return second
}

func wantStatuses(t *testing.T, what string, statuses map[int]int64, want int) {
	t.Helper()
	if len(statuses) != 1 || statuses[want] == 0 {
		t.Errorf("%s: statuses %v, want %d alone", what, statuses, want)
	}
}

// volley asks with a token on so many connections that each worker answers some.
func (g *gateway) volley(t *testing.T, target, token string) map[int]int64 {
	t.Helper()
	statuses, err := harness.Load{Address: g.Address(listener), Connections: connections, Requests: 4 * connections,
		Next: func(int64) scenario.Request { return harness.Get(target, bearer(token)) }}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return statuses
}

// settles waits until all workers answer a token with a status.
func (g *gateway) settles(t *testing.T, target, token string, status int) {
	t.Helper()
	var statuses map[int]int64
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if statuses = g.volley(t, target, token); slices.Equal(slices.Collect(maps.Keys(statuses)), []int{status}) {
			return
		}
	}
	t.Fatalf("%s: statuses %v, want %d alone", target, statuses, status)
}

// wantAllWorkers checks that the test tested something.
func (g *gateway) wantAllWorkers(t *testing.T) {
	t.Helper()
	busy := 0
	stats := g.events(t, `worker_[0-9]\.downstream_cx_total$`)
	for name, value := range stats {
		if strings.HasPrefix(name, "listener.127.0.0.1") && value > 0 {
			busy++
		}
	}
	if busy != workers {
		t.Errorf("%d of %d workers had connections: %v", busy, workers, stats)
	}
}
