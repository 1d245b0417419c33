package tokens

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
)

// certificate is one with its key.
type certificate struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// newCertificate returns one that another signs, or that signs itself and others.
func newCertificate(t *testing.T, name string, by *certificate) *certificate {
	t.Helper()
	key := newSender(t).key
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	parent, signer := template, key
	if by == nil {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
	} else {
		parent, signer = by.Certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &certificate{made, key}
}

// text is the certificate in PEM, and secret its key.
func (c *certificate) text() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

func (c *certificate) secret(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// token is one that is bound to the certificate (RFC 8705 section 3.1).
func (c *certificate) token(t *testing.T, issuer *ecdsa.PrivateKey) string {
	t.Helper()
	sum := sha256.Sum256(c.Raw)
	return boundToken(t, issuer, object{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])})
}

// client shows a certificate, or none.
func client(ca, shown *certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(ca.Certificate)
	config := &tls.Config{RootCAs: roots}
	if shown != nil {
		config.Certificates = []tls.Certificate{{Certificate: [][]byte{shown.Raw}, PrivateKey: shown.key}}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
}

// certified: a token that is bound to a certificate passes on connections of that certificate alone; where the policy asks for
// such tokens, others do not pass.
func (v envoy) certified(t *testing.T) {
	issuer, ca := newSender(t).key, newCertificate(t, "ca", nil)
	server, alice, mallory := newCertificate(t, "server", ca), newCertificate(t, "alice", ca), newCertificate(t, "mallory", ca)
	policy := written(t, object{
		"identities": object{"asked": ownTokens(issuer, object{"bound": []string{"mtls"}}), "free": ownTokens(issuer, nil)},
		"routes":     []object{route("asked", "asked"), route("free", "free")},
	})
	g := harness.Start(t, harness.Config{Version: string(v), Listeners: []harness.Listener{{Name: listener, Policy: policy,
		TLS: &harness.TLS{Certificate: server.text(), Key: server.secret(t), ClientCA: ca.text()}}}})
	bound, unbound := alice.token(t, issuer), boundToken(t, issuer, nil)
	for _, c := range []struct {
		name, target, token string
		shown               *certificate
		reason              string
	}{
		{"its certificate", "/asked", bound, alice, ""},
		{"its certificate, where it need not be bound", "/free", bound, alice, ""},
		{"another certificate", "/asked", bound, mallory, "token-not-bound"},
		{"another certificate, where it need not be bound", "/free", bound, mallory, "token-not-bound"},
		{"no certificate", "/asked", bound, nil, "token-not-bound"},
		{"no certificate, where it need not be bound", "/free", bound, nil, "token-not-bound"},
		{"not bound", "/asked", unbound, alice, "token-not-bound"},
		{"not bound, where it need not be", "/free", unbound, nil, ""},
		{"its certificate again", "/asked", bound, alice, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := g.Upstream.Count.Load()
			status, code := show(t, client(ca, c.shown), "https://"+g.Address(listener)+c.target, c.token)
			want, passed := http.StatusOK, int64(1)
			if c.reason != "" {
				want, passed = http.StatusUnauthorized, 0
			}
			if status != want || code != c.reason || g.Upstream.Count.Load()-before != passed {
				t.Errorf("status %d, %q, %d upstream, want %d, %q", status, code, g.Upstream.Count.Load()-before, want, c.reason)
			}
		})
	}
}

// show asks with a token, on a connection of its own, and returns the reason of a denial.
func show(t *testing.T, c *http.Client, address, token string) (status int, code string) {
	t.Helper()
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("authorization", "Bearer "+token)
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var problem struct{ Code string }
	if len(body) > 0 {
		if err := json.Unmarshal(body, &problem); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
	}
	return resp.StatusCode, problem.Code
}
