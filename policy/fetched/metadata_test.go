package fetched

import (
	"encoding/json"
	"strings"
	"testing"
)

const issuer = "https://idp.example/realm"

func TestParseMetadata(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want Address // none: refused
	}{
		"as short as can be": {`{"issuer": "https://idp.example/realm", "jwks_uri": "https://idp.example/keys"}`, Address{"idp.example", "/keys"}},
		"among others": {`{"token_endpoint": "https://idp.example/t", "grant_types_supported": ["a", "b"], "mtls_endpoint_aliases": {"token_endpoint": "x", "n": [{"a": 1.5e3}]},
			"jwks_uri": "https://other.example:8443/keys?v=1", "claims_parameter_supported": true, "n": null, "issuer": "https://idp.example/realm"}`, Address{"other.example:8443", "/keys?v=1"}},
		"escapes":                      {`{"issuer": "https:\/\/idp.example\/realm", "jwks_uri": "https:\/\/idp.example\/keys"}`, Address{"idp.example", "/keys"}},
		"http":                         {`{"issuer": "https://idp.example/realm", "jwks_uri": "http://idp.example/keys"}`, Address{"idp.example", "/keys"}},
		"a slash more":                 {body: `{"issuer": "https://idp.example/realm/", "jwks_uri": "https://idp.example/keys"}`},
		"a slash less":                 {body: `{"issuer": "https://idp.example", "jwks_uri": "https://idp.example/keys"}`},
		"another case":                 {body: `{"issuer": "https://IDP.example/realm", "jwks_uri": "https://idp.example/keys"}`},
		"another scheme":               {body: `{"issuer": "http://idp.example/realm", "jwks_uri": "https://idp.example/keys"}`},
		"a port more":                  {body: `{"issuer": "https://idp.example:443/realm", "jwks_uri": "https://idp.example/keys"}`},
		"another issuer":               {body: `{"issuer": "https://evil.example", "jwks_uri": "https://idp.example/keys"}`},
		"no issuer":                    {body: `{"jwks_uri": "https://idp.example/keys"}`},
		"an empty issuer":              {body: `{"issuer": "", "jwks_uri": "https://idp.example/keys"}`},
		"issuers":                      {body: `{"issuer": ["https://idp.example/realm"], "jwks_uri": "https://idp.example/keys"}`},
		"two issuers":                  {body: `{"issuer": "https://evil.example", "issuer": "https://idp.example/realm", "jwks_uri": "https://idp.example/keys"}`},
		"no keys":                      {body: `{"issuer": "https://idp.example/realm"}`},
		"null keys":                    {body: `{"issuer": "https://idp.example/realm", "jwks_uri": null}`},
		"keys in place":                {body: `{"issuer": "https://idp.example/realm", "jwks_uri": {"keys": []}}`},
		"two keys":                     {body: `{"issuer": "https://idp.example/realm", "jwks_uri": "https://evil.example/", "jwks_uri": "https://idp.example/keys"}`},
		"two keys, one escaped":        {body: `{"issuer": "https://idp.example/realm", "jwks_uri": "https://evil.example/", "jwks\u005furi": "https://idp.example/keys"}`},
		"another member twice":         {body: `{"issuer": "https://idp.example/realm", "a": 1, "a": 2, "jwks_uri": "https://idp.example/keys"}`},
		"keys with a password":         {body: `{"issuer": "https://idp.example/realm", "jwks_uri": "https://a:b@idp.example/keys"}`},
		"keys with a fragment":         {body: `{"issuer": "https://idp.example/realm", "jwks_uri": "https://idp.example/keys#a"}`},
		"keys of a file":               {body: `{"issuer": "https://idp.example/realm", "jwks_uri": "file:///keys"}`},
		"keys of a path":               {body: `{"issuer": "https://idp.example/realm", "jwks_uri": "/keys"}`},
		"keys that would add a header": {body: `{"issuer": "https://idp.example/realm", "jwks_uri": "https://idp.example/keys\r\nx: y"}`},
		"more behind":                  {body: `{"issuer": "https://idp.example/realm", "jwks_uri": "https://idp.example/keys"} {}`},
		"nothing":                      {},
		"null":                         {body: `null`},
		"a list":                       {body: `[{"issuer": "https://idp.example/realm", "jwks_uri": "https://idp.example/keys"}]`},
		"a page":                       {body: `<html>`},
		"cut off":                      {body: `{"issuer": "https://idp.example/realm", "jwks_uri": "https://idp.example/keys"`},
		"too deep":                     {body: `{"issuer": "https://idp.example/realm", "jwks_uri": "https://idp.example/keys", "a": ` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`},
		"endlessly deep":               {body: strings.Repeat(`{"a":`, 100_000)},
		"no text":                      {body: "{\"issuer\": \"https://idp.example/realm\xff\", \"jwks_uri\": \"https://idp.example/keys\"}"},
	} {
		m, err := parseMetadata([]byte(c.body), issuer)
		switch {
		case c.want == Address{} && (err == nil || m != nil):
			t.Errorf("%s: %+v, want it refused", name, m)
		case c.want != Address{} && (err != nil || m.keys != c.want):
			t.Errorf("%s: %+v, %v, want %+v", name, m, err, c.want)
		}
	}
}

// FuzzMetadata: what is accepted is read the same by others.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{
		`{"issuer": "https://idp.example/realm", "jwks_uri": "https://idp.example/keys"}`,
		`{"a": [[{"b": 1}]], "issuer": "https://idp.example/realm", "jwks_uri": "https://idp.example/keys?a=%2f"}`,
		`{"issuer": "https://idp.example/realm", "jwks_uri": "https://a@b/"}`, `{`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := parseMetadata(body, issuer)
		if err != nil {
			return
		}
		var others map[string]any
		if err := json.Unmarshal(body, &others); err != nil {
			t.Fatalf("accepted, but %v", err)
		}
		uri, ok := others["jwks_uri"].(string)
		if want, err := ParseURL(uri); !ok || err != nil || m.keys != want || others["issuer"] != issuer {
			t.Errorf("%+v of %s", m, body)
		}
	})
}
