package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/e2e/sample"
)

// bootstrap is one of envoy/, and what it answers.
type bootstrap struct {
	listener string
	fit      func(t *testing.T, s *sample.Sample, u *harness.Upstream, dir string) *sample.Sample
	scheme   string
	allowed  string // path of a public route
	denied   string // path of a route that needs a key
	webhook  string // path of a route that Stripe calls; empty: there is none
	env      map[string]string
}

var bootstraps = map[string]bootstrap{
	"demo": {listener: "demo", scheme: "http", allowed: "/health", denied: "/v1/orders",
		fit: func(t *testing.T, s *sample.Sample, u *harness.Upstream, _ string) *sample.Sample {
			return s.Replace("dist/sallyport.wasm", harness.Artefact(t, harness.Shipped)).
				Port(10000, 0).Port(10001, 0).Port(10002, port(t, u)) // nobody asks the identity provider
		}},
	"production": {listener: "https", scheme: "https", allowed: "/health", denied: "/v1/orders", webhook: "/webhooks/stripe",
		env: map[string]string{"SALLYPORT_KEY_PEPPER": "f4c1b3a2950e8d7c6b5a493827160594", "SALLYPORT_STRIPE_SECRET": stripeSecret},
		fit: func(t *testing.T, s *sample.Sample, u *harness.Upstream, dir string) *sample.Sample {
			certificate, key := certificate(t, dir)
			return s.Replace("/etc/envoy/sallyport.wasm", harness.Artefact(t, harness.Shipped)).
				Replace("/etc/envoy/tls/tls.crt", certificate).Replace("/etc/envoy/tls/tls.key", key).
				Replace("address: 0.0.0.0", "address: 127.0.0.1").Replace("address: orders.internal", "address: 127.0.0.1").
				Port(9901, 0).Port(8443, 0).Port(8080, port(t, u))
		}},
}

func port(t *testing.T, u *harness.Upstream) int {
	t.Helper()
	_, text, _ := strings.Cut(u.Address, ":")
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestBootstraps shows that every bootstrap of envoy/ passes Envoy's validation
// and serves.
func TestBootstraps(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(harness.Root(t), "envoy", "*", "envoy.yaml"))
	if err != nil || len(files) != len(bootstraps) {
		t.Fatalf("bootstraps %q, error %v; the test knows %d", files, err, len(bootstraps))
	}
	for name, b := range bootstraps {
		for variable, value := range b.env {
			t.Setenv(variable, value)
		}
		for _, version := range harness.Versions() {
			t.Run(name+"/"+version, func(t *testing.T) { b.run(t, name, version) })
		}
	}
}

func (b bootstrap) run(t *testing.T, name, version string) {
	dir, upstream := t.TempDir(), harness.NewUpstream(t)
	path := filepath.Join(dir, "envoy.yaml")
	fitted := b.fit(t, sample.Read(filepath.Join(harness.Root(t), "envoy", name, "envoy.yaml")), upstream, dir)
	if err := fitted.Write(path); err != nil {
		t.Fatal(err)
	}
	if output, err := harness.ValidateFile(t, version, "--config-path", path); err != nil || strings.Contains(output, "eprecated") {
		t.Fatalf("envoy --mode validate: %v\n%s", err, output)
	}
	envoy := harness.Launch(t, version, dir, "--config-path", path, "--concurrency", "1")
	addresses, err := envoy.Listeners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.wantStatus(t, addresses[b.listener], b.allowed, http.StatusOK)
	b.wantStatus(t, addresses[b.listener], b.denied, http.StatusUnauthorized)
	if n := upstream.Count.Load(); n != 1 {
		t.Errorf("%d requests arrived upstream, want 1", n)
	}
	metrics, err := envoy.Get(t.Context(), "/stats/prometheus?filter=sallyport")
	if err != nil || !hasMetric(metrics, `sallyport_requests{outcome="denied",reason="credential-missing",route="orders"} 1`) {
		t.Errorf("error %v, metrics:\n%s", err, metrics)
	}
	wantAccessLog(t, envoy.LogPath)
	if b.webhook != "" {
		b.holdsBack(t, addresses[b.listener], upstream)
	}
}

// wantStatus asks as a client of the sample's host would; the certificate is
// the test's own.
func (b bootstrap) wantStatus(t *testing.T, address, path string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.scheme+"://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "api.example.com"
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true, ForceAttemptHTTP2: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status || resp.Header.Get("x-content-type-options") != "nosniff" {
		t.Errorf("%s: status %d, want %d; headers %v, body %s", path, resp.StatusCode, status, resp.Header, body)
	}
	if got := resp.Header.Get("server"); b.scheme == "https" && got != "" {
		t.Errorf("%s: the response tells that the server is %q", path, got)
	}
}

// wantAccessLog polls for the denial in the access log, which the samples write
// to standard output.
func wantAccessLog(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "sallyport:credential-missing") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the denial is not in the access log:\n%s", text)
		}
	}
}

// TestSamplePolicies shows that the policy beside a bootstrap is the one in it.
func TestSamplePolicies(t *testing.T) {
	for name := range bootstraps {
		dir := filepath.Join(harness.Root(t), "envoy", name)
		beside, err := os.ReadFile(filepath.Join(dir, "policy.json"))
		if err != nil {
			t.Fatal(err)
		}
		inside, err := sample.Read(filepath.Join(dir, "envoy.yaml")).Policy()
		if err != nil {
			t.Fatal(err)
		}
		if inside != string(beside) {
			t.Errorf("envoy/%s: the policy in envoy.yaml is not policy.json: copy the one to the other", name)
		}
	}
}

// certificate writes a certificate of the test's own and its key.
func certificate(t *testing.T, dir string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "api.example.com"},
		DNSNames: []string{"api.example.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, dir, "CERTIFICATE", der), writePEM(t, dir, "PRIVATE KEY", secret)
}

func writePEM(t *testing.T, dir, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(dir, strings.ReplaceAll(strings.ToLower(kind), " ", "-")+".pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
