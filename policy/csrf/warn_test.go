package csrf

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
)

func TestWarnings(t *testing.T) {
	const users = `"identities": {"users": {"api_key": {"from": [{"cookie": "key"}], "clients": [{"id": "c", "keys": [{"id": "k", "sha256": "` +
		`0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}]}]}}}, `
	const public, known = `"public": true`, `"identities": ["users"]`
	for _, c := range []struct{ name, head, route, want string }{
		{"a sound section", `"csrf": {` + tokens + `}, `, public, ""},
		{"plain HTTP", `"csrf": {"trusted_origins": ["https://a.example", "http://a.example"]}, `, public, "csrf.trusted_origins[1] trusts pages that anybody on the way can write"},
		{"plain HTTP at home", `"csrf": {"trusted_origins": ["http://localhost:3000", "http://127.0.0.1:3000"]}, `, public, ""},
		{"plain HTTP, from a name like home", `"csrf": {"trusted_origins": ["http://localhost.a.example"]}, `, public, "csrf.trusted_origins[0] trusts"},
		{"a session that neighbours set", `"csrf": {` + strings.Replace(tokens, "__Host-session", "__Secure-session", 1) + `}, `, public,
			`csrf.token.session_cookie is "__Secure-session", which any page of a neighbouring host could set: rename the cookie to "__Host-session"`},
		{"of a route", "", public + `, "csrf": {"trusted_origins": ["http://a.example"]}`, "routes[0].csrf.trusted_origins[0] trusts"},
		{"cookies, and nothing said", users, known, "routes[0] takes credentials in cookies"},
		{"cookies, and none", users, known + `, "csrf": "none"`, ""},
		{"cookies, and a section", users + `"csrf": {"trusted_origins": ["own"]}, `, known, ""},
	} {
		doc, err := document.Parse([]byte(`{"version": 1, ` + c.head + `"routes": [{"name": "a", "path": "/a", ` + c.route + `}]}`))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var w document.Problems
		Warn(doc, &w)
		list := w.List()
		if (c.want == "") != (len(list) == 0) || len(list) > 1 || len(list) == 1 && !strings.HasPrefix(list[0].String(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, list, c.want)
		}
	}
}
