package authenticate

import (
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/credential"
)

// Challenge is one way to authenticate (RFC 9110 section 11.6.1).
type Challenge struct {
	Scheme string
	// Params are parameters beside the realm, such as `algs="ES256"`.
	Params string
	// OAuth: the scheme takes an access token, and says what is wrong with one
	// by the parameters error and scope (RFC 6750 section 3, RFC 9449 section
	// 7.1), and where to get one by resource_metadata (RFC 9728 section 5.1).
	OAuth bool
}

// schemes are the registered spellings of schemes.
var schemes = map[string]string{"": "ApiKey", "apikey": "ApiKey", "basic": "Basic", "bearer": "Bearer", "dpop": "DPoP"}

// Schemes returns a challenge for each scheme that sources read. For a plain
// header, a cookie or a query no scheme is registered; ApiKey says what is
// missing. It names neither the header nor what was wrong.
func Schemes(sources []credential.Source) []Challenge {
	var list []Challenge
	for _, s := range sources {
		name := s.Scheme
		if known := schemes[name]; known != "" {
			name = known
		}
		if c := (Challenge{Scheme: name}); !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// write returns the challenge with parameters of an occasion.
func (c Challenge) write(occasion, metadata string) string {
	text := c.Scheme + ` realm="sallyport"`
	add := func(params string) {
		if params != "" {
			text += ", " + params
		}
	}
	add(c.Params)
	if c.OAuth {
		add(occasion)
		if metadata != "" {
			add(`resource_metadata="` + metadata + `"`)
		}
	}
	return text
}

// challenges returns the value of WWW-Authenticate for a route: the challenges
// of one kind with what is wrong first, then those of the others, each once.
func challenges(kinds []Kind, first int, occasion, metadata string) string {
	var told []Challenge
	var texts []string
	take := func(k Kind, occasion string) {
		for _, c := range k.Challenges() {
			if !slices.Contains(told, c) {
				told, texts = append(told, c), append(texts, c.write(occasion, metadata))
			}
		}
	}
	if first >= 0 {
		take(kinds[first], occasion)
	}
	for _, k := range kinds { // the first again: it is told
		take(k, "")
	}
	return strings.Join(texts, ", ")
}
