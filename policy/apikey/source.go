package apikey

import (
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// source is one place where a key can stand: a header, a header behind an
// authentication scheme, or a query parameter. Sources are compared with ==.
type source struct {
	header string // lower-case
	scheme string // lower-case; only with header
	query  string
}

// defaultSource serves a document that names none.
var defaultSource = source{header: "x-api-key"}

// compileSources reads "from".
func compileSources(from []document.Source, at document.Path, p *document.Problems) []source {
	if len(from) == 0 {
		return []source{defaultSource}
	}
	var sources []source
	for i, d := range from {
		place := at.Index(i)
		s := source{header: strings.ToLower(d.Header), scheme: strings.ToLower(d.Scheme), query: d.Query}
		s.check(d, place, p)
		for j, other := range sources {
			s.checkAgainst(other, at.Index(j), place, p)
		}
		sources = append(sources, s)
	}
	return sources
}

// check reports what is wrong with one source.
func (s source) check(d document.Source, at document.Path, p *document.Problems) {
	switch {
	case s.header == "" && s.query == "":
		p.Add(at, "names no place", `write {"header": "x-api-key"} or {"query": "api_key"}`)
	case s.header != "" && s.query != "":
		p.Add(at, "names a header and a query parameter", "write them as two sources")
	case s.header == "" && s.scheme != "":
		p.Add(at.Key("scheme"), "stands without a header", `add "header": "authorization"`)
	}
	if s.header != "" {
		checkHeaderName(d.Header, at.Key("header"), p)
	}
	if s.scheme != "" && !isToken(s.scheme) {
		p.Add(at.Key("scheme"), "is "+quote(d.Scheme)+", which is not an authentication scheme", `write one word such as "ApiKey"`)
	}
	if s.query != "" && !isUnreserved(s.query) {
		p.Add(at.Key("query"), "is "+quote(d.Query)+", which has characters that a query encodes", "write letters, digits, '-', '.', '_' and '~'")
	}
}

// checkAgainst reports a source that an earlier one repeats or contradicts.
func (s source) checkAgainst(other source, first, at document.Path, p *document.Problems) {
	switch {
	case s == other:
		p.Add(at, "is the same place as "+string(first), "remove it")
	case s.header != "" && s.header == other.header && (s.scheme == "") != (other.scheme == ""):
		p.Add(at, "reads the header of "+string(first)+", one of them with a scheme and the other without", "keep one of them")
	}
}

// read returns the credential in the value of a header and how many there are:
// none when the value is of another scheme, two when it is a list.
//
// A proxy may join repeated fields with commas (RFC 9110 section 5.3; Envoy
// does so for Authorization), so a comma means that more than one was sent. No
// key that a header can carry has a comma.
func (s source) read(value string) (credential string, count int) {
	value = trimSpace(value)
	comma := strings.IndexByte(value, ',')
	if s.scheme == "" {
		if comma >= 0 {
			return "", 2
		}
		return value, 1
	}
	if comma < 0 {
		return s.afterScheme(value)
	}
	for rest, more := value, true; more; {
		var field string
		field, rest, more = strings.Cut(rest, ",")
		if _, n := s.afterScheme(trimSpace(field)); n > 0 {
			return "", 2
		}
	}
	return "", 0
}

// afterScheme returns what follows the scheme and its spaces. A scheme that
// stands alone carries an empty credential: it was shown, and it is malformed.
func (s source) afterScheme(value string) (credential string, count int) {
	n := len(s.scheme)
	if len(value) < n || !equalFold(value[:n], s.scheme) {
		return "", 0
	}
	rest := value[n:]
	if rest == "" {
		return "", 1
	}
	if !isSpace(rest[0]) {
		return "", 0
	}
	return trimSpace(rest), 1
}

// equalFold compares ASCII without case; lower is lower-case. Not
// strings.EqualFold, for which the Kelvin sign is a k.
func equalFold(s, lower string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// trimSpace removes optional white space (RFC 9110 section 5.6.3).
func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}
