package document

// Webhook is a caller who is known by the signature of a webhook.
type Webhook struct {
	Scheme    string            `json:"scheme" required:"true" enum:"stripe,github,slack,shopify,standard,twilio,zoom,square,paddle,discord,custom" doc:"Whose way of signing."`
	Secrets   []Secret          `json:"secrets" required:"true" doc:"Secrets that are accepted; several rotate without a gap."`
	Tolerance Duration          `json:"tolerance" default:"\"5m\"" doc:"How far the timestamp may be from now, both ways."`
	Replay    bool              `json:"replay" default:"true" doc:"Refuse a delivery that was seen before."`
	Signature *WebhookSignature `json:"signature" doc:"Where the signature stands; with the scheme custom."`
	Timestamp *WebhookTimestamp `json:"timestamp" doc:"Where the timestamp stands; with the scheme custom."`
	Signed    string            `json:"signed" doc:"What is signed, such as {timestamp}.{body}; with the scheme custom."`
	Algorithm string            `json:"algorithm" enum:"hmac-sha256,hmac-sha512,ed25519" doc:"Signature algorithm; with the scheme custom."`
}

// Sign signs requests that leave, as a webhook.
type Sign struct {
	Scheme    string            `json:"scheme" required:"true" enum:"stripe,github,slack,shopify,standard,twilio,zoom,square,paddle,discord,custom" doc:"Whose way of signing."`
	Secret    Secret            `json:"secret" required:"true" doc:"The secret that the receiver knows."`
	Signature *WebhookSignature `json:"signature" doc:"Where the signature stands; with the scheme custom."`
	Timestamp *WebhookTimestamp `json:"timestamp" doc:"Where the timestamp stands; with the scheme custom."`
	Signed    string            `json:"signed" doc:"What is signed, such as {timestamp}.{body}; with the scheme custom."`
	Algorithm string            `json:"algorithm" enum:"hmac-sha256,hmac-sha512,ed25519" doc:"Signature algorithm; with the scheme custom."`
}

// WebhookSignature is where a signature stands.
type WebhookSignature struct {
	Header   string `json:"header" required:"true" doc:"Name of the header."`
	Prefix   string `json:"prefix" doc:"What stands before the signature, such as sha256=."`
	Encoding string `json:"encoding" default:"\"hex\"" enum:"hex,base64,base64url" doc:"How the signature is written."`
}

// WebhookTimestamp is where a timestamp stands.
type WebhookTimestamp struct {
	Header string `json:"header" required:"true" doc:"Name of the header."`
}
