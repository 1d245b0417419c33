package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

const revokedKey = "revoked-key-0123456789"

// TestRevocationOnAKeptConnection suspends a client by extension config
// discovery. Its key was verified on a connection that stays open, and the
// worker remembers it: the next request on that very connection is refused.
// (After an update of the listener it would pass until the old one has drained.)
func TestRevocationOnAKeptConnection(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := harness.Config{Version: version, Listeners: []harness.Listener{{Name: "pushed"}}, Discovery: t.TempDir()}
			c.Push(t, "1", oneClient("active"))
			envoy := harness.Start(t, c)
			kept := keep(t, envoy.Address("pushed"))
			p := pushed{t, envoy}
			p.until("the client is not known", func(ctx context.Context) bool { return p.keyed(ctx) == 200 })
			for range 3 {
				kept.answers(200)
			}
			c.Push(t, "2", oneClient("suspended"))
			// There is one worker: what it answers others it answers here.
			p.until("the client is not suspended", func(ctx context.Context) bool { return p.keyed(ctx) == 403 })
			arrived := envoy.Upstream.Count.Load()
			kept.answers(403)
			if n := envoy.Upstream.Count.Load(); n != arrived {
				t.Errorf("the upstream received %d requests with a key that is revoked", n-arrived)
			}
		})
	}
}

func oneClient(status string) []byte {
	sum := sha256.Sum256([]byte(revokedKey))
	return []byte(`{"version": 1, "identities": {"partners": {"api_key": {"clients": [
  {"id": "acme", "status": "` + status + `", "keys": [{"id": "1", "sha256": "` + hex.EncodeToString(sum[:]) + `"}]}]}}},
 "routes": [{"name": "all", "path": "/**", "identities": ["partners"]}]}`)
}

// keyed is the status of a request with the key on a connection of its own.
func (p pushed) keyed(ctx context.Context) int {
	p.t.Helper()
	request := harness.Get("/a")
	request.Headers = append(request.Headers, scenario.Header{Name: "x-api-key", Value: revokedKey})
	got, err := p.envoy.Runner("pushed").Do(ctx, request, scenario.Upstream{Status: 200})
	if err != nil {
		p.t.Fatal(err)
	}
	return got.Status
}

// kept is a client with one connection, and no second one.
type kept struct {
	t       *testing.T
	address string
	client  http.Client
	dialled int
}

func keep(t *testing.T, address string) *kept {
	k := &kept{t: t, address: address}
	transport := &http.Transport{MaxConnsPerHost: 1, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		k.dialled++
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	k.client.Transport = transport
	t.Cleanup(transport.CloseIdleConnections)
	return k
}

func (k *kept) answers(want int) {
	k.t.Helper()
	request, err := http.NewRequestWithContext(k.t.Context(), http.MethodGet, "http://"+k.address+"/a", nil)
	if err != nil {
		k.t.Fatal(err)
	}
	request.Header.Set("x-api-key", revokedKey)
	response, err := k.client.Do(request)
	if err != nil {
		k.t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		k.t.Fatal(err)
	}
	if response.StatusCode != want || k.dialled != 1 {
		k.t.Fatalf("status %d after %d connections, want %d on the one that is kept", response.StatusCode, k.dialled, want)
	}
}
