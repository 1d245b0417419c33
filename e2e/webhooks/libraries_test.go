package webhooks

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"time"

	paddle "github.com/PaddleHQ/paddle-go-sdk/v4"
	"github.com/bwmarrin/discordgo"
	"github.com/google/go-github/v74/github"
	"github.com/slack-go/slack"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	stripe "github.com/stripe/stripe-go/v84/webhook"
	svix "github.com/svix/svix-webhooks/go"
	twilio "github.com/twilio/twilio-go/client"

	"sallyport.dev/sallyport/internal/scenario"
)

// headers are those that a receiver was sent.
type headers http.Header

// receivedHeaders are those of a request as net/http hands them to a library.
func receivedHeaders(list []scenario.Header) headers {
	h := http.Header{}
	for _, field := range list {
		h.Add(field.Name, field.Value)
	}
	return headers(h)
}

func (h headers) get(name string) string { return http.Header(h).Get(name) }

var errNotAccepted = errors.New("the library does not accept the signature")

func accepted(ok bool, err error) error {
	if err == nil && !ok {
		return errNotAccepted
	}
	return err
}

func verifyStripe(d delivery, h headers) error {
	return stripe.ValidatePayload(d.body, h.get("stripe-signature"), d.secret)
}

func verifyGitHub(d delivery, h headers) error {
	signature := h.get(github.SHA256SignatureHeader)
	if signature == "" {
		signature = h.get(github.SHA1SignatureHeader)
	}
	return github.ValidateSignature(signature, d.body, []byte(d.secret))
}

func verifySlack(d delivery, h headers) error {
	v, err := slack.NewSecretsVerifier(http.Header(h), d.secret)
	if err != nil {
		return err
	}
	if _, err := v.Write(d.body); err != nil {
		return err
	}
	return v.Ensure()
}

func verifyPaddle(d delivery, h headers) error {
	v := paddle.NewWebhookVerifier(d.secret, paddle.VerifierWithTimestampTolerance(5*time.Minute))
	return accepted(v.Verify(request(d, h)))
}

func verifyTwilio(d delivery, h headers) error {
	v := twilio.NewRequestValidator(d.secret)
	return accepted(v.ValidateBody(d.url(), d.body, h.get("x-twilio-signature")), nil)
}

func verifyStandard(d delivery, h headers) error {
	w, err := standard.NewWebhook(d.secret)
	if err != nil {
		return err
	}
	return w.Verify(d.body, http.Header(h))
}

func verifySvix(d delivery, h headers) error {
	w, err := svix.NewWebhook(d.secret)
	if err != nil {
		return err
	}
	return w.Verify(d.body, http.Header(h))
}

func verifyDiscord(d delivery, h headers) error {
	secret, err := hex.DecodeString(d.secret)
	if err != nil {
		return err
	}
	return accepted(discordgo.VerifyInteraction(request(d, h), ed25519.PublicKey(secret[ed25519.SeedSize:])), nil)
}

// request is a delivery as the receiver's server hands it to a library.
func request(d delivery, h headers) *http.Request {
	return &http.Request{Method: http.MethodPost, Header: http.Header(h), Body: io.NopCloser(bytes.NewReader(d.body))}
}
