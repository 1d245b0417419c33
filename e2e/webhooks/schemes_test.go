package webhooks

import (
	"cmp"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	stripe "github.com/stripe/stripe-go/v84/webhook"
	svix "github.com/svix/svix-webhooks/go"

	"sallyport.dev/sallyport/internal/scenario"
)

// delivery is one webhook before it is signed.
type delivery struct {
	body   []byte
	at     time.Time
	id     string
	secret string // that the sender signs with
	target string // path and query
	host   string // empty: scenario.DefaultHost
}

// url is the address that the sender calls.
func (d delivery) url() string { return "https://" + cmp.Or(d.host, scenario.DefaultHost) + d.target }

func (d delivery) unix() string { return strconv.FormatInt(d.at.Unix(), 10) }

// scheme is one way of signing: the sender's, and the receiver's as its vendor or somebody else wrote it.
type scheme struct {
	name     string
	section  object // of the policy, beside the secret
	secret   string // that sender and receiver share; with Ed25519 the private key
	public   string // with Ed25519 what the receiver has instead
	other    string // another secret
	header   string // where the signature stands
	time, id string // headers of timestamp and id; empty: it has none of its own
	timed    bool   // a timestamp is signed
	sign     func(d delivery) (headers []scenario.Header, err error)
	verify   func(d delivery, h headers) error // of a library; nil: there is none in Go
	target   func(body []byte) string          // query that the sender adds; nil: none
	kind     string                            // content type; empty: JSON
}

// verifying is the secret of the receiver.
func (s scheme) verifying() string {
	if s.public != "" {
		return s.public
	}
	return s.secret
}

// deliver is a delivery of now, with an id of its own.
func (s scheme) deliver(path string, body []byte) delivery {
	d := delivery{body: body, at: time.Now(), id: "msg_" + strconv.FormatInt(time.Now().UnixNano(), 36), secret: s.secret, target: path}
	if s.target != nil {
		d.target += s.target(body)
	}
	return d
}

// hmacSecret and otherSecret are texts, as most vendors hand them out; the others are of Standard Webhooks.
const (
	hmacSecret     = "8f742231b10e8888abcd99yyyzzz85a5"
	otherSecret    = "0f742231b10e8888abcd99yyyzzz85a5"
	standardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	otherStandard  = "whsec_NfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// privateKey and otherKey are Ed25519's.
var (
	privateKey = ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes, ours"))
	otherKey   = ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes, not."))
)

// schemes are all of them; each has a route of its name.
var schemes = []scheme{
	{name: "stripe", section: object{"scheme": "stripe"}, header: "stripe-signature", timed: true, sign: signStripe, verify: verifyStripe},
	{name: "github", section: object{"scheme": "github"}, header: "x-hub-signature-256", verify: verifyGitHub,
		sign: one("x-hub-signature-256", func(d delivery) string { return "sha256=" + hex.EncodeToString(mac(sha256.New, d.secret, d.body)) })},
	{name: "github-sha1", section: object{"scheme": "github", "sha1": true}, header: "x-hub-signature", verify: verifyGitHub,
		sign: one("x-hub-signature", func(d delivery) string { return "sha1=" + hex.EncodeToString(mac(sha1.New, d.secret, d.body)) })},
	{name: "slack", section: object{"scheme": "slack"}, header: "x-slack-signature", time: "x-slack-request-timestamp", timed: true,
		sign: versioned("x-slack-signature", "x-slack-request-timestamp"), verify: verifySlack},
	{name: "zoom", section: object{"scheme": "zoom"}, header: "x-zm-signature", time: "x-zm-request-timestamp", timed: true,
		sign: versioned("x-zm-signature", "x-zm-request-timestamp")},
	{name: "shopify", section: object{"scheme": "shopify"}, header: "x-shopify-hmac-sha256",
		sign: one("x-shopify-hmac-sha256", func(d delivery) string { return encode64(mac(sha256.New, d.secret, d.body)) })},
	{name: "square", section: object{"scheme": "square"}, header: "x-square-hmacsha256-signature",
		sign: one("x-square-hmacsha256-signature", func(d delivery) string { return encode64(mac(sha256.New, d.secret, []byte(d.url()), d.body)) })},
	{name: "paddle", section: object{"scheme": "paddle"}, header: "paddle-signature", timed: true, verify: verifyPaddle,
		sign: one("paddle-signature", func(d delivery) string {
			return "ts=" + d.unix() + ";h1=" + hex.EncodeToString(mac(sha256.New, d.secret, []byte(d.unix()+":"), d.body))
		})},
	{name: "twilio-form", section: object{"scheme": "twilio"}, header: "x-twilio-signature", kind: "application/x-www-form-urlencoded",
		sign: one("x-twilio-signature", func(d delivery) string { return encode64(mac(sha1.New, d.secret, []byte(d.url()), fields(d.body))) }), verify: verifyTwilio},
	{name: "twilio", section: object{"scheme": "twilio"}, header: "x-twilio-signature", verify: verifyTwilio,
		sign:   one("x-twilio-signature", func(d delivery) string { return encode64(mac(sha1.New, d.secret, []byte(d.url()))) }),
		target: func(body []byte) string { return fmt.Sprintf("?bodySHA256=%x", sha256.Sum256(body)) }},
	{name: "standard", section: object{"scheme": "standard"}, secret: standardSecret, other: otherStandard, header: "webhook-signature",
		time: "webhook-timestamp", id: "webhook-id", timed: true, sign: signStandard, verify: verifyStandard},
	{name: "svix", section: object{"scheme": "standard"}, secret: standardSecret, other: otherStandard, header: "svix-signature",
		time: "svix-timestamp", id: "svix-id", timed: true, sign: signSvix, verify: verifySvix},
	{name: "standard-ed25519", section: object{"scheme": "standard"}, secret: "whsk_" + encode64(privateKey), other: "whsk_" + encode64(otherKey),
		public: "whpk_" + encode64(public(privateKey)), header: "webhook-signature", time: "webhook-timestamp", id: "webhook-id", timed: true, sign: signAsymmetric},
	{name: "discord", section: object{"scheme": "discord"}, secret: hex.EncodeToString(privateKey), other: hex.EncodeToString(otherKey),
		public: hex.EncodeToString(public(privateKey)), header: "x-signature-ed25519", time: "x-signature-timestamp", timed: true, sign: signDiscord, verify: verifyDiscord},
	{name: "custom", section: object{"scheme": "custom", "signature": object{"header": "x-webhook-signature", "prefix": "sha256="},
		"timestamp": object{"header": "x-webhook-timestamp"}, "signed": "{timestamp}.{body}"},
		header: "x-webhook-signature", time: "x-webhook-timestamp", timed: true, sign: signCustom},
	{name: "custom-everything", section: object{"scheme": "custom", "algorithm": "hmac-sha512",
		"signature": object{"header": "x-sign", "prefix": "v2:", "encoding": "base64url", "separator": "space"},
		"timestamp": object{"header": "x-sent", "unit": "milliseconds"}, "id": object{"header": "x-delivery"},
		"signed": "{method}\n{url}\n{header.content-type}\n{id}\n{timestamp}\n{body}"},
		header: "x-sign", time: "x-sent", id: "x-delivery", timed: true, sign: signEverything},
}

func init() {
	for i := range schemes {
		s := &schemes[i]
		if s.secret == "" {
			s.secret, s.other = hmacSecret, otherSecret
		}
		if s.kind == "" {
			s.kind = "application/json"
		}
	}
}

// mac is the HMAC of texts one behind the other.
func mac(h func() hash.Hash, secret string, texts ...[]byte) []byte {
	m := hmac.New(h, []byte(secret))
	for _, text := range texts {
		m.Write(text)
	}
	return m.Sum(nil)
}

func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func public(k ed25519.PrivateKey) []byte { return k.Public().(ed25519.PublicKey) }

func field(name, value string) scenario.Header { return scenario.Header{Name: name, Value: value} }

// one is a way of signing with one header.
func one(header string, sign func(delivery) string) func(delivery) ([]scenario.Header, error) {
	return func(d delivery) ([]scenario.Header, error) { return []scenario.Header{field(header, sign(d))}, nil }
}

// versioned is Slack's way, which Zoom has too.
func versioned(signature, timestamp string) func(delivery) ([]scenario.Header, error) {
	return func(d delivery) ([]scenario.Header, error) {
		sum := mac(sha256.New, d.secret, []byte("v0:"+d.unix()+":"), d.body)
		return []scenario.Header{field(timestamp, d.unix()), field(signature, "v0="+hex.EncodeToString(sum))}, nil
	}
}

// fields is what Twilio signs of a form: names and first values, by name.
func fields(body []byte) (text []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		text = append(append(text, name...), form[name][0]...)
	}
	return text
}

func signStripe(d delivery) ([]scenario.Header, error) {
	signed := stripe.GenerateTestSignedPayload(&stripe.UnsignedPayload{Payload: d.body, Secret: d.secret, Timestamp: d.at})
	return []scenario.Header{field("stripe-signature", signed.Header)}, nil
}

func signStandard(d delivery) ([]scenario.Header, error) {
	w, err := standard.NewWebhook(d.secret)
	if err != nil {
		return nil, err
	}
	signature, err := w.Sign(d.id, d.at, d.body)
	return family("webhook", d, signature), err
}

func signSvix(d delivery) ([]scenario.Header, error) {
	w, err := svix.NewWebhook(d.secret)
	if err != nil {
		return nil, err
	}
	signature, err := w.Sign(d.id, d.at, d.body)
	return family("svix", d, signature), err
}

// family are the headers of Standard Webhooks under one of their names.
func family(name string, d delivery, signature string) []scenario.Header {
	return []scenario.Header{field(name+"-id", d.id), field(name+"-timestamp", d.unix()), field(name+"-signature", signature)}
}

// key reads a private key as the scheme of a delivery writes it.
func key(d delivery) ed25519.PrivateKey {
	for _, k := range []ed25519.PrivateKey{privateKey, otherKey} {
		if d.secret == "whsk_"+encode64(k) || d.secret == hex.EncodeToString(k) {
			return k
		}
	}
	return nil
}

func signAsymmetric(d delivery) ([]scenario.Header, error) {
	signature := ed25519.Sign(key(d), fmt.Appendf(nil, "%s.%s.%s", d.id, d.unix(), d.body))
	return family("webhook", d, "v1a,"+encode64(signature)), nil
}

func signDiscord(d delivery) ([]scenario.Header, error) {
	signature := ed25519.Sign(key(d), append([]byte(d.unix()), d.body...))
	return []scenario.Header{field("x-signature-timestamp", d.unix()), field("x-signature-ed25519", hex.EncodeToString(signature))}, nil
}

func signCustom(d delivery) ([]scenario.Header, error) {
	sum := mac(sha256.New, d.secret, []byte(d.unix()+"."), d.body)
	return []scenario.Header{field("x-webhook-timestamp", d.unix()), field("x-webhook-signature", "sha256="+hex.EncodeToString(sum))}, nil
}

func signEverything(d delivery) ([]scenario.Header, error) {
	sent := strconv.FormatInt(d.at.UnixMilli(), 10)
	sum := mac(sha512.New, d.secret, fmt.Appendf(nil, "POST\n%s\napplication/json\n%s\n%s\n%s", d.url(), d.id, sent, d.body))
	return []scenario.Header{field("x-sent", sent), field("x-delivery", d.id), field("x-sign", "v1:x v2:"+base64.RawURLEncoding.EncodeToString(sum))}, nil
}
