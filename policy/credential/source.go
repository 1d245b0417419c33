package credential

import (
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// Source is one place where a credential can stand: a header, a header behind
// an authentication scheme, a cookie or a query parameter. Sources are compared
// with ==.
type Source struct {
	Header string // lower-case
	Scheme string // lower-case; only with Header
	Cookie string
	Query  string
}

// Compile reads "from"; absent serves a document that names none.
func Compile(from []document.Source, absent Source, at document.Path, p *document.Problems) []Source {
	if len(from) == 0 {
		return []Source{absent}
	}
	var sources []Source
	for i, d := range from {
		place := at.Index(i)
		s := Source{Header: strings.ToLower(d.Header), Scheme: strings.ToLower(d.Scheme), Cookie: d.Cookie, Query: d.Query}
		s.check(d, place, p)
		for j, other := range sources {
			s.checkAgainst(other, at.Index(j), place, p)
		}
		sources = append(sources, s)
	}
	return sources
}

// check reports what is wrong with one source.
func (s Source) check(d document.Source, at document.Path, p *document.Problems) {
	places := 0
	for _, name := range [...]string{s.Header, s.Cookie, s.Query} {
		if name != "" {
			places++
		}
	}
	switch {
	case places == 0:
		p.Add(at, "names no place", `write {"header": "x-api-key"} or {"query": "api_key"}`)
	case places > 1:
		p.Add(at, "names several places", "write each as a source of its own")
	case s.Header == "" && s.Scheme != "":
		p.Add(at.Key("scheme"), "stands without a header", `add "header": "authorization"`)
	}
	if s.Header != "" {
		CheckHeaderName(d.Header, at.Key("header"), p)
	}
	if s.Scheme != "" && !isToken(s.Scheme) {
		p.Add(at.Key("scheme"), "is "+document.Quote(d.Scheme)+", which is not an authentication scheme", `write one word such as "ApiKey"`)
	}
	if s.Cookie != "" {
		CheckCookieName(d.Cookie, at.Key("cookie"), p)
	}
	if s.Query != "" && !isUnreserved(s.Query) {
		p.Add(at.Key("query"), "is "+document.Quote(d.Query)+", which has characters that a query encodes", "write letters, digits, '-', '.', '_' and '~'")
	}
}

// checkAgainst reports a source that an earlier one repeats or contradicts.
func (s Source) checkAgainst(other Source, first, at document.Path, p *document.Problems) {
	switch {
	case s == other:
		p.Add(at, "is the same place as "+string(first), "remove it")
	case s.Header != "" && s.Header == other.Header && (s.Scheme == "") != (other.Scheme == ""):
		p.Add(at, "reads the header of "+string(first)+", one of them with a scheme and the other without", "keep one of them")
	}
}

// read returns the credential in the value of the source's header and how many
// there are: none when the value is of another scheme, two when it is a list.
//
// A proxy may join repeated fields with commas (RFC 9110 section 5.3; Envoy
// does so for Authorization), so a comma means that more than one was sent. No
// key that a header can carry has a comma.
func (s *Source) read(value string) (credential string, count int) {
	if n := len(s.Scheme); n > 0 {
		// As nearly all come: the scheme, a space, and no other around it.
		if len(value) > n+1 && value[n] == ' ' && !isSpace(value[n+1]) && !isSpace(value[len(value)-1]) && equalFold(value[:n], s.Scheme) {
			if value = value[n+1:]; strings.IndexByte(value, ',') < 0 {
				return value, 1
			}
			return "", 2
		}
		return s.readList(value)
	}
	switch {
	case s.Cookie != "":
		return readCookie(value, s.Cookie)
	case strings.IndexByte(value, ',') >= 0:
		return "", 2
	}
	return trimSpace(value), 1
}

// readList reads a value that may be a list, of which one field with the scheme
// is enough.
func (s *Source) readList(value string) (credential string, count int) {
	field, rest, more := strings.Cut(value, ",")
	if !more {
		return s.afterScheme(trimSpace(value))
	}
	for {
		if _, n := s.afterScheme(trimSpace(field)); n > 0 {
			return "", 2
		}
		if !more {
			return "", 0
		}
		field, rest, more = strings.Cut(rest, ",")
	}
}

// afterScheme returns what follows the scheme and its spaces. A scheme that
// stands alone carries an empty credential: it was shown, and it is malformed. So
// it is with one that is parted from what stands around it by something else than
// a space, of Latin-1 for instance: to the servers that take it for one a
// credential would come that nobody has looked at.
func (s *Source) afterScheme(value string) (credential string, count int) {
	n, odd := len(s.Scheme), false
	for value != "" && !isTokenByte(value[0]) {
		value, odd = value[1:], true
	}
	if len(value) < n || !equalFold(value[:n], s.Scheme) {
		return "", 0
	}
	switch rest := value[n:]; {
	case rest == "":
		return "", 1
	case isTokenByte(rest[0]):
		return "", 0 // a longer scheme
	case odd || !isSpace(rest[0]):
		return "", 1
	default:
		return trimSpace(rest), 1
	}
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

// trimOdd removes what some servers take for white space, of any character set.
// No name has it.
func trimOdd(name string) string {
	odd := func(c byte) bool { return c <= ' ' || c >= 0x7f }
	for name != "" && odd(name[0]) {
		name = name[1:]
	}
	for name != "" && odd(name[len(name)-1]) {
		name = name[:len(name)-1]
	}
	return name
}

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
