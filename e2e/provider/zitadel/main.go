// Command zitadel is the example server of github.com/zitadel/oidc as an identity provider for tests. All that speaks OAuth and
// OpenID Connect is zitadel's; this keeps the clients of package registered, and keys that rotate.
//
//	POST /oauth/token             tokens: authorization_code with PKCE, refresh_token, client_credentials
//	GET  /auth                    leads to the login, a form
//	POST /oauth/introspect        whether a token is active
//	POST /revoke                  takes a token back
//	GET  /keys                    the key set, which /.well-known/openid-configuration names
//	POST /rotate                  rotates the keys: package keys says how
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"sallyport.dev/sallyport/e2e/provider/keys"
)

func main() {
	address := flag.String("address", "127.0.0.1:10002", "where it serves; the issuer is http:// and this")
	path := flag.String("keys", "keys.json", "the `file` with its keys, which is made where there is none")
	algorithm := flag.String("algorithm", "RS256", "of the first key: RS256 or ES256")
	lifetime := flag.Duration("lifetime", 5*time.Minute, "of access tokens")
	flag.Parse()
	if err := run(*address, *path, *algorithm, *lifetime); err != nil {
		fmt.Fprintln(os.Stderr, "zitadel:", err)
		os.Exit(1)
	}
}

func run(address, path, algorithm string, lifetime time.Duration) error {
	ring, err := keys.Open(path, algorithm)
	if err != nil {
		return err
	}
	issuer := "http://" + address
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s := newStore(storage.NewStorageWithClients(storage.NewUserStore(issuer), nil), ring, lifetime)
	mux := http.NewServeMux()
	mux.Handle(keys.Rotation, ring)
	mux.Handle("/", exampleop.SetupServer(issuer, s, logger, false))
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return server.ListenAndServe()
}
