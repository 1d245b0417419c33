package signature

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// bodyHash is the query parameter in which Twilio names the SHA-256 of a body that
// is no form.
const bodyHash = "bodySHA256"

// URL returns the address that the sender called: the policy's, else https with
// the host and the path as they were sent, which is what a sender signs. Where
// Twilio names the hash of the body in the query, the request's query takes the
// place of the policy's.
func (s *Scheme) URL(r *guard.Request) string {
	if s.url == "" {
		return r.Scratch.Keep(append(append(append(r.Scratch.Free(), "https://"...), r.Authority...), r.Target...))
	}
	if _, query, ok := strings.Cut(r.Target, "?"); ok && s.Form {
		if _, hashed := BodyHash(r.Target); hashed {
			base, _, _ := strings.Cut(s.url, "?")
			return r.Scratch.Keep(append(append(append(r.Scratch.Free(), base...), '?'), query...))
		}
	}
	return s.url
}

// BodyHash returns the SHA-256 of the body that the query of an address names, in
// hexadecimal.
func BodyHash(url string) (hash string, ok bool) {
	_, query, _ := strings.Cut(url, "?")
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if name, value, _ := strings.Cut(pair, "="); name == bodyHash && value != "" {
			return value, true
		}
	}
	return "", false
}

// cutPort splits an address around the port of its host: before, ":8443", behind.
func cutPort(url string) (before, port, after string) {
	start := strings.Index(url, "://")
	if start < 0 {
		return url, "", ""
	}
	start += len("://")
	end := len(url)
	if i := strings.IndexAny(url[start:], "/?#"); i >= 0 {
		end = start + i
	}
	host := url[start:end]
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		return url[:start+colon], host[colon:], url[end:]
	}
	return url[:end], "", url[end:]
}

// defaultPort is the port of an address that names none.
func defaultPort(url string) string {
	if strings.HasPrefix(url, "https:") {
		return ":443"
	}
	return ":80"
}
