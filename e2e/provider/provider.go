// Package provider starts identity providers that others wrote, and fetches tokens from them as clients do. The providers are
// programs of modules of their own, in its folders.
package provider

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/process"
	"sallyport.dev/sallyport/e2e/provider/keys"
	"sallyport.dev/sallyport/e2e/stores"
)

// Kind is a program that is an identity provider, and the paths at which it serves.
type Kind struct {
	Name                                                   string // of its folder here
	Metadata, KeySet, Token, Authorize, Introspect, Revoke string
}

var (
	// Zitadel has every flow. Its JWTs say typ JWT; those of the client registered.Opaque are none.
	Zitadel = Kind{Name: "zitadel", Metadata: "/.well-known/openid-configuration", KeySet: "/keys",
		Token: "/oauth/token", Authorize: "/auth", Introspect: "/oauth/introspect", Revoke: "/revoke"}
	// Fosite has client credentials only. Its JWTs say typ at+jwt (RFC 9068).
	Fosite = Kind{Name: "fosite", Metadata: "/.well-known/oauth-authorization-server", KeySet: "/jwks.json",
		Token: "/oauth2/token", Introspect: "/oauth2/introspect", Revoke: "/oauth2/revoke"}
)

// Settings are what a provider is started with; the zero value is as most are.
type Settings struct {
	Address   string        // empty: any that is free
	Algorithm string        // of its first key: RS256, which stands for the empty one too, or ES256
	Lifetime  time.Duration // of access tokens; 0: five minutes
}

// Provider is a running identity provider. It keeps its address and its keys when it is killed and restarted; whether tokens
// from before are active it does not know then.
type Provider struct {
	*stores.Server
	Kind
	Issuer string
}

// Start starts a provider that ends with the test.
func Start(t testing.TB, kind Kind, settings Settings) *Provider {
	t.Helper()
	server := stores.Run(t, kind.Program(settings))
	return &Provider{server, kind, "http://" + server.Address}
}

// Program is the provider as a program to start.
func (k Kind) Program(settings Settings) stores.Program {
	return stores.Program{Name: "provider-" + k.Name, Address: settings.Address,
		Command: func(s *stores.Server, dir, _ string) (process.Command, error) {
			path, err := stores.Built("provider-" + k.Name)
			command := process.Command{Binary: path, Args: []string{"-address", s.Address, "-keys", filepath.Join(dir, "keys.json")}}
			if settings.Algorithm != "" {
				command.Args = append(command.Args, "-algorithm", settings.Algorithm)
			}
			if settings.Lifetime != 0 {
				command.Args = append(command.Args, "-lifetime", settings.Lifetime.String())
			}
			return command, err
		},
		Ready: func(ctx context.Context, address string) error {
			answer, err := get(ctx, "http://"+address+k.Metadata)
			if err == nil && answer.Status != http.StatusOK {
				err = fmt.Errorf("%s answered %+v", k.Name, answer)
			}
			return err
		}}
}

func get(ctx context.Context, address string) (stores.Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return stores.Answer{}, err
	}
	return ask(http.DefaultClient, req)
}

func ask(client *http.Client, req *http.Request) (stores.Answer, error) {
	resp, err := client.Do(req)
	if err != nil {
		return stores.Answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return stores.Answer{Status: resp.StatusCode, Body: string(text)}, err
}

// Fetch returns the document at a path of the provider, such as its key set.
func (p *Provider) Fetch(t testing.TB, path string) string {
	t.Helper()
	answer, err := get(t.Context(), p.Issuer+path)
	if err != nil || answer.Status != http.StatusOK {
		t.Fatalf("%s answered %+v, error %v", path, answer, err)
	}
	return answer.Body
}

// Old says what becomes of the keys that signed until now.
type Old string

// The old keys stay in the key set, so that tokens of theirs are good still, or leave it.
const (
	Keep Old = "keep"
	Drop Old = "drop"
)

// Rotate has a new key sign from now on, by an algorithm: RS256 or ES256.
func (p *Provider) Rotate(t testing.TB, algorithm string, old Old) {
	t.Helper()
	query := url.Values{"algorithm": {algorithm}, "old": {string(old)}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer+keys.Rotation+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := ask(http.DefaultClient, req); err != nil || answer.Status != http.StatusNoContent {
		t.Fatalf("rotating answered %+v, error %v", answer, err)
	}
}

// post sends a form as a client, which names itself by HTTP Basic where it has a secret (RFC 6749 section 2.3.1).
func (p *Provider) post(ctx context.Context, path, id, secret string, form url.Values) (stores.Answer, error) {
	if secret == "" && id != "" {
		form.Set("client_id", id)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		return stores.Answer{}, err
	}
	req.Header.Set("content-type", "application/x-www-form-urlencoded")
	if secret != "" {
		req.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	}
	return ask(http.DefaultClient, req)
}
