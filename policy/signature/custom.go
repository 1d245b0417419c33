package signature

import (
	"slices"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
)

// Spec is what a policy says of a scheme, be it to verify or to sign.
type Spec struct {
	Scheme, URL, Signed, Algorithm string

	SHA1      bool
	Signature *document.WebhookSignature
	Timestamp *document.WebhookTimestamp
	ID        *document.WebhookID
}

// custom is the scheme that a policy describes itself.
const custom = "custom"

// What a custom scheme is where the policy says nothing.
const (
	defaultSignature = "x-webhook-signature"
	defaultTimestamp = "x-webhook-timestamp"
	defaultSigned    = "{timestamp}.{body}"
)

// Compile prepares a scheme. It is never nil, and of no use when it adds problems.
func Compile(s Spec, at document.Path, p *document.Problems) *Scheme {
	var out *Scheme
	if s.Scheme == custom {
		out = compileCustom(s, at, p)
	} else {
		out = compileVendor(s, at, p)
	}
	if s.SHA1 && s.Scheme != "github" {
		p.Add(at.Key("sha1"), "stands beside the scheme "+document.Quote(s.Scheme), "remove it: only github signs so")
	}
	out.compileURL(s.URL, at.Key("url"), p)
	return out
}

func compileVendor(s Spec, at document.Path, p *document.Problems) *Scheme {
	v, ok := vendors[s.Scheme]
	if !ok { // the document's enumeration has said so
		v = vendors["github"]
	}
	for _, member := range []struct {
		name  string
		there bool
	}{{"signature", s.Signature != nil}, {"timestamp", s.Timestamp != nil}, {"id", s.ID != nil}, {"signed", s.Signed != ""}, {"algorithm", s.Algorithm != ""}} {
		if member.there {
			p.Add(at.Key(member.name), "stands beside the scheme "+document.Quote(s.Scheme)+", which says it itself", `remove it, or write "scheme": "custom"`)
		}
	}
	variants := slices.Clone(v.variants)
	if s.Scheme == "github" && !s.SHA1 {
		variants = variants[:1]
	}
	signed, _ := parseTemplate(v.signed)
	return &Scheme{Name: s.Scheme, Variants: variants, Exclusive: v.exclusive, Signed: signed, Form: v.form, secrets: v.secrets}
}

func compileCustom(s Spec, at document.Path, p *document.Problems) *Scheme {
	algorithm := HMACSHA256
	if s.Algorithm != "" {
		algorithm = algorithms[s.Algorithm]
	}
	out := &Scheme{Name: custom, Variants: []Variant{compileSignature(s.Signature, algorithm, at.Key("signature"), p)}}
	if algorithm == Ed25519 {
		out.secrets = ed25519Secret
	}
	text := s.Signed
	if text == "" {
		text = defaultSigned
	}
	var problem string
	if out.Signed, problem = parseTemplate(text); problem != "" {
		p.Add(at.Key("signed"), "is "+document.Quote(text)+", "+problem,
			`write {body} once, and what else is signed of {timestamp}, {id}, {url}, {method}, {header.NAME}`)
		return out
	}
	out.compileTimestamp(s.Timestamp, at.Key("timestamp"), p)
	out.compileID(s.ID, at.Key("id"), p)
	for _, name := range out.Signed.Headers() {
		credential.CheckHeaderName(name, at.Key("signed"), p)
	}
	return out
}

func compileSignature(s *document.WebhookSignature, a Algorithm, at document.Path, p *document.Problems) Variant {
	if s == nil {
		prefix := map[Algorithm]string{HMACSHA256: "sha256=", HMACSHA512: "sha512=", HMACSHA1: "sha1="}
		return single(defaultSignature, Way{a, Hex, prefix[a]})
	}
	v := single(header(s.Header, at.Key("header"), p), Way{a, encodings[s.Encoding], s.Prefix})
	v.Separator = map[string]byte{"comma": ',', "space": ' '}[s.Separator]
	checkPrefix(s.Prefix, v.Separator, at.Key("prefix"), p)
	return v
}

func header(name string, at document.Path, p *document.Problems) string {
	credential.CheckHeaderName(name, at, p)
	return strings.ToLower(name)
}

func checkPrefix(prefix string, separator byte, at document.Path, p *document.Problems) {
	for i := range len(prefix) {
		if c := prefix[i]; c <= ' ' || c > '~' {
			p.Add(at, "holds a character that a header would not keep", "write visible ASCII characters, such as \"v1=\"")
			return
		}
	}
	// The elements of Standard Webhooks are such ("v1,…"), between spaces.
	if separator == ',' && strings.Contains(prefix, ",") {
		p.Add(at, "holds a comma, which stands between the elements", "write one without it")
	}
}

// compileTimestamp: a time that is not signed could be anybody's, and one that is
// signed must stand somewhere.
func (s *Scheme) compileTimestamp(t *document.WebhookTimestamp, at document.Path, p *document.Problems) {
	v, signed := &s.Variants[0], s.Signed.has(partTimestamp)
	switch {
	case t == nil && signed:
		v.Timestamp.Header = defaultTimestamp
	case t != nil && !signed:
		p.Add(at, "is not signed, so that anybody could change it", "write {timestamp} in \"signed\", or remove it")
	case t != nil:
		v.Timestamp = Place{header(t.Header, at.Key("header"), p), t.Prefix}
		s.Unit = units[t.Unit]
		checkPrefix(t.Prefix, v.Separator, at.Key("prefix"), p)
		if v.Timestamp.Header == v.Signature && (t.Prefix == "" || v.Separator == 0 || v.Ways[0].Prefix == "" || v.Ways[0].Prefix == t.Prefix) {
			p.Add(at, "stands in the header of the signature, from which it cannot be told",
				`write a prefix for each, and "separator" in "signature", or another header`)
		}
	}
}

func (s *Scheme) compileID(id *document.WebhookID, at document.Path, p *document.Problems) {
	switch v, signed := &s.Variants[0], s.Signed.has(partID); {
	case id == nil && signed:
		p.Add(at, "is missing, and {id} is signed", `write "id": {"header": "x-webhook-id"}`)
	case id != nil && !signed:
		p.Add(at, "is not signed, so that anybody could change it", "write {id} in \"signed\", or remove it")
	case id != nil:
		if v.ID = header(id.Header, at.Key("header"), p); v.ID == v.Signature || v.ID == v.Timestamp.Header {
			p.Add(at.Key("header"), "is "+strconv.Quote(v.ID)+", where something else stands", "write another header")
		}
	}
}

// maxURL bounds the address that is signed.
const maxURL = 2048

func (s *Scheme) compileURL(url string, at document.Path, p *document.Problems) {
	if url == "" {
		return
	}
	if !s.CallsURL() {
		p.Add(at, "stands beside a scheme that does not sign the address", "remove it")
		return
	}
	rest, ok := strings.CutPrefix(url, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(url, "http://")
	}
	visible := !strings.ContainsFunc(url, func(c rune) bool { return c <= ' ' || c > '~' })
	if !ok || rest == "" || rest[0] == '/' || !visible || strings.Contains(url, "#") || len(url) > maxURL {
		p.Add(at, "is "+document.Quote(url)+", which no sender can call", `write the address as the sender has it, such as "https://api.example.com/webhooks/square"`)
		return
	}
	s.url = url
}
