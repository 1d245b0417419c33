package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
)

const sockets = `{"version": 1, "csrf": {"trusted_origins": ["https://app.example.com"]}, "routes": [{"name": "all", "path": "/**", "public": true}]}`

// TestWebSocketOrigins: a page of another site cannot open a WebSocket with the
// cookies of who visits it, and the upstream hears nothing of it.
func TestWebSocketOrigins(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			e := harness.Start(t, harness.Config{Version: version, Listeners: []harness.Listener{{Name: "sockets", Policy: []byte(sockets), WebSockets: true}}})
			for origin, denied := range map[string]bool{"https://evil.example": true, "null": true, "http://api.example.com": false, "https://app.example.com": false} {
				before := e.Upstream.Count.Load()
				status := handshake(t, e.Address("sockets"), origin)
				if arrived := e.Upstream.Count.Load() - before; (status == 403) != denied || (arrived == 0) != denied {
					t.Errorf("%s: status %d, and %d requests upstream", origin, status, arrived)
				}
			}
		})
	}
}

// handshake asks for a WebSocket as a browser does (RFC 6455 section 4.1).
func handshake(t *testing.T, address, origin string) int {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "GET /socket HTTP/1.1\r\nHost: api.example.com\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nCookie: a=b\r\n"+
		"Origin: %s\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", origin)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
