package signature

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// bodyHash is the query parameter in which Twilio names the SHA-256 of a body that
// is no form.
const bodyHash = "bodySHA256"

// URL returns the address that is called: the policy's, else https with a host and
// a path. Where Twilio names the hash of the body in the query, the request's query
// takes the place of the policy's.
func (s *Scheme) URL(room *guard.Scratch, host, target string) string {
	if s.url == "" {
		return room.Keep(append(append(append(room.Free(), "https://"...), host...), target...))
	}
	if _, hashed := BodyHash(target); hashed && s.Form {
		base, _, _ := strings.Cut(s.url, "?")
		_, query, _ := strings.Cut(target, "?")
		return room.Keep(append(append(append(room.Free(), base...), '?'), query...))
	}
	return s.url
}

// AppendBodyHash appends to a query the hash of a body, as Twilio names it.
func AppendBodyHash(query, body []byte) []byte {
	if len(query) > 0 {
		query = append(query, '&')
	}
	sum := sha256.Sum256(body)
	return hex.AppendEncode(append(append(query, bodyHash...), '='), sum[:])
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
