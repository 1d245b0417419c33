package fetched

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	for text, want := range map[string]struct {
		Address
		err error
	}{
		"https://idp.example/keys":               {Address{"idp.example", "/keys"}, nil},
		"http://idp.example:8080/a/b?c=d&e=%2f":  {Address{"idp.example:8080", "/a/b?c=d&e=%2f"}, nil},
		"https://idp.example":                    {Address{"idp.example", "/"}, nil},
		"https://idp.example?a=b":                {Address{"idp.example", "/?a=b"}, nil},
		"HTTPS://Idp.Example/":                   {Address{"Idp.Example", "/"}, nil},
		"https://[2001:db8::1]:443/k":            {Address{"[2001:db8::1]:443", "/k"}, nil},
		"https://192.0.2.1/k":                    {Address{"192.0.2.1", "/k"}, nil},
		"":                                       {err: ErrURLScheme},
		"idp.example/keys":                       {err: ErrURLScheme},
		"//idp.example/keys":                     {err: ErrURLScheme},
		"/keys":                                  {err: ErrURLScheme},
		"ftp://idp.example/keys":                 {err: ErrURLScheme},
		"file:///etc/passwd":                     {err: ErrURLScheme},
		"javascript:alert(1)":                    {err: ErrURLScheme},
		" https://idp.example/":                  {err: ErrURLScheme},
		"https:/idp.example/":                    {err: ErrURLScheme},
		"https://":                               {err: ErrURLAuthority},
		"https:///keys":                          {err: ErrURLAuthority},
		"https://a@idp.example/":                 {err: ErrURLAuthority},
		"https://a:b@idp.example/":               {err: ErrURLAuthority},
		"https://idp.example@evil.example/":      {err: ErrURLAuthority},
		"https://idp.example\\@evil.example/":    {err: ErrURLCharacter},
		"https://idp.example:0/":                 {err: ErrURLAuthority},
		"https://idp.example:/":                  {err: ErrURLAuthority},
		"https://idp.example:99999/":             {err: ErrURLAuthority},
		"https://idp..example/":                  {err: ErrURLAuthority},
		"https://idp.example./":                  {err: ErrURLAuthority},
		"https://idp example/":                   {err: ErrURLAuthority},
		"https://idp.exämple/":                   {err: ErrURLAuthority},
		"https://[2001:db8::1/":                  {err: ErrURLAuthority},
		"https://idp.example/#k":                 {err: ErrURLFragment},
		"https://idp.example#k":                  {err: ErrURLFragment},
		"https://idp.example/a b":                {err: ErrURLCharacter},
		"https://idp.example/a\r\nx: y":          {err: ErrURLCharacter},
		"https://idp.example/\x00":               {err: ErrURLCharacter},
		"https://idp.example/\x7f":               {err: ErrURLCharacter},
		"https://idp.example/ä":                  {err: ErrURLCharacter},
		"https://idp.example/%":                  {err: ErrURLCharacter},
		"https://idp.example/%2":                 {err: ErrURLCharacter},
		"https://idp.example/%zz":                {err: ErrURLCharacter},
		"https://idp.example/{a}":                {err: ErrURLCharacter},
		"https://i/" + strings.Repeat("a", 2038): {Address{"i", "/" + strings.Repeat("a", 2038)}, nil},
		"https://i/" + strings.Repeat("a", 2039): {err: ErrURLLength},
	} {
		if got, err := ParseURL(text); err != want.err || err == nil && got != want.Address {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestWellKnown(t *testing.T) {
	for issuer, want := range map[string][]string{
		"https://idp.example":        {"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"},
		"https://idp.example/":       {"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"},
		"https://idp.example/realm":  {"/realm/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/realm", "/.well-known/openid-configuration/realm"},
		"https://idp.example/a/b/":   {"/a/b/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/a/b", "/.well-known/openid-configuration/a/b"},
		"https://idp.example:8443/a": {"/a/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/a", "/.well-known/openid-configuration/a"},
	} {
		a, err := ParseIssuer(issuer)
		if err != nil {
			t.Errorf("%q: %v", issuer, err)
		}
		var got []string
		for _, at := range wellKnown(a) {
			if got = append(got, at.Path); at.Authority != a.Authority {
				t.Errorf("%q is asked from %q", issuer, at.Authority)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", issuer, got, want)
		}
	}
}

func TestParseIssuer(t *testing.T) {
	for text, want := range map[string]error{
		"https://idp.example?a":                                ErrIssuerQuery,
		"https://idp.example/a?b":                              ErrIssuerQuery,
		"https://idp.example/.well-known/openid-configuration": ErrIssuerAddress,
		"https://idp.example#a":                                ErrURLFragment,
		"idp.example":                                          ErrURLScheme,
		"":                                                     ErrURLScheme,
	} {
		if _, err := ParseIssuer(text); err != want {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

// FuzzParseURL: what is accepted is what others read, with nothing that a header
// could not carry.
func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{"https://idp.example/keys?a=b", "http://[::1]:80/", "https://a@b/", "https://a/%2f", "https://a/#b", "//a", "https://a\\b/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseURL(text)
		if err != nil {
			return
		}
		u, err := url.Parse(text)
		if err != nil {
			t.Fatalf("%q is accepted, but %v", text, err)
		}
		path := u.RequestURI()
		if u.User != nil || u.Fragment != "" || !strings.EqualFold(u.Host, a.Authority) || path != a.Path {
			t.Errorf("%q is %+v, but to others %q and %q", text, a, u.Host, path)
		}
		if strings.ContainsFunc(a.Authority+a.Path, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
			t.Errorf("%q has what a header cannot carry", text)
		}
	})
}
