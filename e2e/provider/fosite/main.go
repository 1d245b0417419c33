// Command fosite is an identity provider for tests whose OAuth is github.com/ory/fosite: client credentials, for access tokens
// as RFC 9068 has them, introspection and revocation. Fosite is a library of handlers and publishes no keys: the endpoints
// and the key set are this command's.
//
//	POST /oauth2/token            tokens: client_credentials
//	POST /oauth2/introspect       whether a token is active
//	POST /oauth2/revoke           takes a token back
//	GET  /jwks.json               the key set, which /.well-known/oauth-authorization-server names (RFC 8414)
//	POST /rotate                  rotates the keys: package keys says how
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"sallyport.dev/sallyport/e2e/provider/keys"
)

func main() {
	address := flag.String("address", "127.0.0.1:10002", "where it serves; the issuer is http:// and this")
	path := flag.String("keys", "keys.json", "the `file` with its keys, which is made where there is none")
	algorithm := flag.String("algorithm", "RS256", "of the first key: RS256 or ES256")
	lifetime := flag.Duration("lifetime", 5*time.Minute, "of access tokens")
	flag.Parse()
	if err := run(*address, *path, *algorithm, *lifetime); err != nil {
		fmt.Fprintln(os.Stderr, "fosite:", err)
		os.Exit(1)
	}
}

func run(address, path, algorithm string, lifetime time.Duration) error {
	ring, err := keys.Open(path, algorithm)
	if err != nil {
		return err
	}
	p, err := newProvider("http://"+address, ring, lifetime)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: address, Handler: p.handler(), ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}
