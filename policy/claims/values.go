package claims

import (
	"math"
	"slices"
	"strconv"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

var _ guard.Claims = (*Set)(nil)

// Has tells whether there is a claim, of any type but null.
func (s *Set) Has(name string) bool {
	i := s.find(name)
	return i >= 0 && s.nodes[i].kind != 'n'
}

// Claim implements guard.Claims. A number is as it stands in the set: 5 and 5.0
// are two texts.
func (s *Set) Claim(name string) (value string, ok bool) {
	i := s.find(name)
	if i < 0 {
		return "", false
	}
	switch n := &s.nodes[i]; n.kind {
	case '"', '0':
		return s.part(n.text), true
	case 't':
		return "true", true
	case 'f':
		return "false", true
	}
	return "", false
}

// Text returns a claim that is a text.
func (s *Set) Text(name string) (value string, ok bool) {
	i := s.find(name)
	if i < 0 || s.nodes[i].kind != '"' {
		return "", false
	}
	return s.part(s.nodes[i].text), true
}

// Bool returns a claim that is a truth value, and nothing that a programming
// language takes for one.
func (s *Set) Bool(name string) (value, ok bool) {
	i := s.find(name)
	if i < 0 {
		return false, false
	}
	kind := s.nodes[i].kind
	return kind == 't', kind == 't' || kind == 'f'
}

// Texts returns a claim that is a text or a list of nothing but texts, such as
// aud (RFC 7519 section 4.1.3).
func (s *Set) Texts(name string) (values []string, ok bool) {
	return s.texts(s.find(name))
}

func (s *Set) texts(at int) (values []string, ok bool) {
	if at < 0 {
		return nil, false
	}
	n := &s.nodes[at]
	if n.kind == '"' {
		return []string{s.part(n.text)}, true
	}
	if n.kind != '[' {
		return nil, false
	}
	inside := s.nodes[at+1 : n.end]
	if slices.ContainsFunc(inside, func(n node) bool { return n.kind != '"' }) {
		return nil, false
	}
	if len(inside) > 0 {
		values = make([]string, len(inside))
	}
	for i := range inside {
		values[i] = s.part(inside[i].text)
	}
	return values, true
}

// Names tells whether a claim that Texts returns has one of the wanted texts.
func (s *Set) Names(name string, wanted []string) bool {
	at := s.find(name)
	if at < 0 {
		return false
	}
	list := s.nodes[at : at+1]
	switch list[0].kind {
	case '"':
	case '[':
		list = s.nodes[at+1 : list[0].end]
	default:
		return false
	}
	found := false
	for i := range list {
		if list[i].kind != '"' {
			return false
		}
		found = found || slices.Contains(wanted, s.part(list[i].text))
	}
	return found
}

// Words returns a claim that is words with spaces between them, such as scope
// (RFC 8693 section 4.2), or a list of texts.
func (s *Set) Words(name string) (words []string, ok bool) {
	at := s.find(name)
	if at < 0 || s.nodes[at].kind != '"' {
		return s.texts(at)
	}
	text, count := s.part(s.nodes[at].text), 1
	if text == "" {
		return nil, true
	}
	for i := range len(text) {
		if text[i] == ' ' {
			count++
		}
	}
	words = make([]string, 0, count)
	from := 0 // where the word that ends next begins
	for i := range len(text) + 1 {
		if i < len(text) && text[i] != ' ' {
			continue
		}
		if from < i {
			words = append(words, text[from:i])
		}
		from = i + 1
	}
	return slices.Clip(words), true
}

// Date returns a NumericDate (RFC 7519 section 2) in Unix nanoseconds. What is
// further away than those can tell is the end of time, in its direction.
func (s *Set) Date(name string) (nanoseconds int64, ok bool) {
	i := s.find(name)
	if i < 0 || s.nodes[i].kind != '0' {
		return 0, false
	}
	text := s.part(s.nodes[i].text)
	const most = math.MaxInt64 / int64(time.Second)
	if seconds, ok := fewDigits(text); ok && seconds <= most {
		return seconds * int64(time.Second), true
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds <= most && seconds >= -most {
		return seconds * int64(time.Second), true
	}
	seconds, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil && !math.IsInf(seconds, 0), math.IsNaN(seconds):
		return 0, false
	case seconds >= float64(most):
		return math.MaxInt64, true
	case seconds <= -float64(most):
		return math.MinInt64, true
	}
	whole := math.Floor(seconds)
	return int64(whole)*int64(time.Second) + int64((seconds-whole)*1e9), true
}

// fewDigits reads a number as nearly all dates are written: up to ten digits.
func fewDigits(text string) (number int64, ok bool) {
	if len(text) > 10 {
		return 0, false
	}
	for i := range len(text) {
		digit := text[i] - '0'
		if digit > 9 {
			return 0, false
		}
		number = 10*number + int64(digit)
	}
	return number, text != ""
}
