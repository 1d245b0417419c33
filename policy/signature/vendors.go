package signature

import (
	"maps"
	"slices"
)

// single is a variant whose header is one signature.
func single(header string, w Way) Variant { return Variant{Signature: header, Ways: []Way{w}} }

// timed adds the header of a timestamp.
func (v Variant) timed(header string) Variant {
	v.Timestamp.Header = header
	return v
}

// listed makes the header a list, with the timestamp as one of its elements.
func (v Variant) listed(separator byte, timestamp string) Variant {
	v.Separator, v.Timestamp = separator, Place{v.Signature, timestamp}
	return v
}

// standard is a set of headers of Standard Webhooks: v1 is HMAC, v1a Ed25519.
func standard(family string) Variant {
	return Variant{
		Signature: family + "-signature", Separator: ' ',
		Ways:      []Way{{HMACSHA256, Base64, "v1,"}, {Ed25519, Base64, "v1a,"}},
		Timestamp: Place{Header: family + "-timestamp"}, ID: family + "-id",
	}
}

// vendor describes a scheme that has a name.
type vendor struct {
	variants  []Variant
	exclusive bool
	signed    string
	secrets   secretForm
	form      bool
}

// vendors are the schemes by name, from the senders' documentation and SDKs. The
// second variant of github is only taken where a policy asks for it.
var vendors = map[string]vendor{
	"stripe":   {variants: []Variant{single("stripe-signature", Way{HMACSHA256, Hex, "v1="}).listed(',', "t=")}, signed: "{timestamp}.{body}"},
	"github":   {variants: []Variant{single("x-hub-signature-256", Way{HMACSHA256, Hex, "sha256="}), single("x-hub-signature", Way{HMACSHA1, Hex, "sha1="})}, signed: "{body}"},
	"slack":    {variants: []Variant{single("x-slack-signature", Way{HMACSHA256, Hex, "v0="}).timed("x-slack-request-timestamp")}, signed: "v0:{timestamp}:{body}"},
	"shopify":  {variants: []Variant{single("x-shopify-hmac-sha256", Way{HMACSHA256, Base64, ""})}, signed: "{body}"},
	"standard": {variants: []Variant{standard("webhook"), standard("svix")}, exclusive: true, signed: "{id}.{timestamp}.{body}", secrets: standardSecret},
	"twilio":   {variants: []Variant{single("x-twilio-signature", Way{HMACSHA1, Base64, ""})}, signed: "{url}{body}", form: true},
	"zoom":     {variants: []Variant{single("x-zm-signature", Way{HMACSHA256, Hex, "v0="}).timed("x-zm-request-timestamp")}, signed: "v0:{timestamp}:{body}"},
	"square":   {variants: []Variant{single("x-square-hmacsha256-signature", Way{HMACSHA256, Base64, ""})}, signed: "{url}{body}"},
	"paddle":   {variants: []Variant{single("paddle-signature", Way{HMACSHA256, Hex, "h1="}).listed(';', "ts=")}, signed: "{timestamp}:{body}"},
	"discord":  {variants: []Variant{single("x-signature-ed25519", Way{Ed25519, Hex, ""}).timed("x-signature-timestamp")}, signed: "{timestamp}{body}", secrets: ed25519Secret},
}

// Names lists the schemes, the custom one last.
func Names() []string { return append(slices.Sorted(maps.Keys(vendors)), custom) }
