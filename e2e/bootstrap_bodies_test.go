package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	stripe "github.com/stripe/stripe-go/v84/webhook"

	"sallyport.dev/sallyport/e2e/harness"
)

const stripeSecret = "whsec_of_a_test_and_of_nobody_else"

// signedBody is a body and the header by which Stripe signs it.
func signedBody(body []byte) (signature string) {
	return stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: body, Secret: stripeSecret, Timestamp: time.Now()}).Header
}

// holdsBack shows that with the bootstrap a webhook that is refused reaches no upstream, not even its headers, and that one
// of the greatest length passes.
func (b bootstrap) holdsBack(t *testing.T, address string, upstream *harness.Upstream) {
	for _, two := range []bool{false, true} {
		for _, path := range []string{b.webhook, "/webhooks/../webhooks/stripe", "/%77ebhooks/stripe", "//webhooks//stripe", "/webhooks/./stripe"} {
			before := upstream.Count.Load()
			body := fmt.Appendf(nil, "{%q: %d}", path, time.Now().UnixNano())
			signature := signedBody(body)
			body[0] ^= 1
			if got := b.deliver(t, address, path, signature, body, two); got != http.StatusUnauthorized && got != http.StatusBadRequest {
				t.Errorf("%s: status %d, want a denial", path, got)
			}
			if n := upstream.Count.Load() - before; n != 0 {
				t.Errorf("%s: a webhook that is refused reached the upstream", path)
			}
		}
		before := upstream.Count.Load()
		body := bytes.Repeat([]byte(fmt.Sprint("16 bytes, ", two))[:14], 1<<20/14+1)[:1<<20]
		if got := b.deliver(t, address, b.webhook, signedBody(body), body, two); got != http.StatusOK || upstream.Count.Load()-before != 1 {
			t.Errorf("1 MiB: status %d, %d arrived", got, upstream.Count.Load()-before)
		}
		if arrived := upstream.Arrived(); !bytes.Equal(arrived[len(arrived)-1].Body, body) {
			t.Errorf("1 MiB: %d bytes arrived", len(arrived[len(arrived)-1].Body))
		}
	}
}

// deliver sends a webhook whose headers come well before the end of its body.
func (b bootstrap) deliver(t *testing.T, address, path, signature string, body []byte, two bool) int {
	t.Helper()
	reader, writer := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.scheme+"://"+address, reader)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Opaque, req.Host = path, "api.example.com"
	if strings.HasPrefix(path, "//") {
		req.URL.Opaque, req.URL.RawPath, req.URL.Path = "", path, path
	}
	req.Header.Set("stripe-signature", signature)
	go halves(writer, body)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!two)
	protocols.SetHTTP2(two)
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true, Protocols: protocols}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	if (resp.ProtoMajor == 2) != two {
		t.Errorf("it went over HTTP/%d", resp.ProtoMajor)
	}
	return resp.StatusCode
}

// halves writes a body with time in between for what is not held back to leave.
func halves(to *io.PipeWriter, body []byte) {
	defer to.Close()
	for _, piece := range [][]byte{body[:len(body)/2], body[len(body)/2:]} {
		if _, err := to.Write(piece); err != nil {
			return // it is answered already
		}
		time.Sleep(30 * time.Millisecond)
	}
}
