package document

// Webhook is a caller who is known by the signature of a webhook.
type Webhook struct {
	Scheme       string            `json:"scheme" required:"true" enum:"stripe,github,slack,shopify,standard,twilio,zoom,square,paddle,discord,custom" doc:"Whose way of signing."`
	Secrets      []Secret          `json:"secrets" required:"true" doc:"Secrets that are accepted; several rotate without a gap. With Ed25519 the sender's public keys."`
	Tolerance    Duration          `json:"tolerance" default:"\"5m\"" min:"1s" max:"1h" doc:"How far the timestamp may be from now, both ways."`
	Replay       bool              `json:"replay" default:"true" doc:"Refuse a delivery that was seen before."`
	ReplayWindow Duration          `json:"replay_window" min:"1s" max:"7d" doc:"How long a delivery is remembered. Absent: as long as its timestamp is accepted; 24h where the scheme signs none."`
	MaxBody      Size              `json:"max_body" default:"\"1MiB\"" max:"16MiB" doc:"Longer bodies are refused with 413."`
	SHA1         bool              `json:"sha1" default:"false" doc:"With the scheme github: accept X-Hub-Signature, which is HMAC-SHA-1, where there is no other."`
	URL          string            `json:"url" doc:"The address that the sender calls, where a scheme signs it (twilio, square, custom with {url}). Absent: the request's own, with https."`
	Signature    *WebhookSignature `json:"signature" doc:"Where the signature stands; with the scheme custom."`
	Timestamp    *WebhookTimestamp `json:"timestamp" doc:"Where the timestamp stands; with the scheme custom."`
	ID           *WebhookID        `json:"id" doc:"Where the delivery's id stands; with the scheme custom."`
	Signed       string            `json:"signed" doc:"What is signed, such as {timestamp}.{body}; with the scheme custom. Also {id}, {url}, {method}, {header.NAME}."`
	Algorithm    string            `json:"algorithm" enum:"hmac-sha256,hmac-sha512,hmac-sha1,ed25519" doc:"Signature algorithm; with the scheme custom. Absent: hmac-sha256."`
}

// Sign signs requests that leave, as a webhook.
type Sign struct {
	Scheme    string            `json:"scheme" required:"true" enum:"stripe,github,slack,shopify,standard,twilio,zoom,square,paddle,discord,custom" doc:"Whose way of signing."`
	Secret    Secret            `json:"secret" required:"true" doc:"The secret that the receiver knows. With Ed25519 the private key."`
	MaxBody   Size              `json:"max_body" default:"\"1MiB\"" max:"16MiB" doc:"Longer bodies are refused with 413."`
	URL       string            `json:"url" doc:"The receiver's address, where a scheme signs it (twilio, square, custom with {url}). Absent: the request's own, with https."`
	Signature *WebhookSignature `json:"signature" doc:"Where the signature stands; with the scheme custom."`
	Timestamp *WebhookTimestamp `json:"timestamp" doc:"Where the timestamp stands; with the scheme custom."`
	ID        *WebhookID        `json:"id" doc:"Where the delivery's id stands; with the scheme custom."`
	Signed    string            `json:"signed" doc:"What is signed, such as {timestamp}.{body}; with the scheme custom. Also {id}, {url}, {method}, {header.NAME}."`
	Algorithm string            `json:"algorithm" enum:"hmac-sha256,hmac-sha512,hmac-sha1,ed25519" doc:"Signature algorithm; with the scheme custom. Absent: hmac-sha256."`
}

// WebhookSignature is where a signature stands.
type WebhookSignature struct {
	Header    string `json:"header" required:"true" doc:"Name of the header."`
	Prefix    string `json:"prefix" doc:"What stands before the signature, such as sha256= or v1=."`
	Encoding  string `json:"encoding" default:"\"hex\"" enum:"hex,base64,base64url" doc:"How the signature is written."`
	Separator string `json:"separator" enum:"comma,space" doc:"What stands between several elements of the header, of which each with the prefix is a signature. Absent: the header is one signature."`
}

// WebhookTimestamp is where a timestamp stands.
type WebhookTimestamp struct {
	Header string `json:"header" required:"true" doc:"Name of the header."`
	Prefix string `json:"prefix" doc:"What stands before the timestamp, such as t=, in an element of a header that is the signature's too."`
	Unit   string `json:"unit" default:"\"seconds\"" enum:"seconds,milliseconds,rfc3339" doc:"How the time is written: seconds or milliseconds since 1970, or RFC 3339."`
}

// WebhookID is where the id of a delivery stands.
type WebhookID struct {
	Header string `json:"header" required:"true" doc:"Name of the header."`
}
