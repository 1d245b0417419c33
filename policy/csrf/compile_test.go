package csrf

import (
	"fmt"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

func TestProblems(t *testing.T) {
	origins := func(text string) string { return `"trusted_origins": [` + text + `]` }
	token := func(more string) string {
		return strings.Replace(tokens, `"session_cookie"`, more+`, "session_cookie"`, 1)
	}
	for _, c := range []struct{ name, csrf, more, want string }{
		{"everybody", origins(`"*"`), "", `csrf.trusted_origins[0] is "*", which is the pages of everybody`},
		{"null", origins(`"null"`), "", `csrf.trusted_origins[0] is "null", which is the pages of everybody`},
		{"a wildcard", origins(`"https://*.example.com"`), "", `csrf.trusted_origins[0] is "https://*.example.com", which is not scheme, host and port`},
		{"a path", origins(`"https://a.example/"`), "", `csrf.trusted_origins[0] is "https://a.example/"`},
		{"no scheme", origins(`"own", "a.example"`), "", `csrf.trusted_origins[1] is "a.example"`},
		{"upper case", origins(`"https://A.example"`), "", `csrf.trusted_origins[0] is "https://A.example"`},
		{"twice", origins(`"https://a.example", "https://a.example:443"`), "", `csrf.trusted_origins[1] is an origin that is there already`},
		{"many", origins(many(65)), "", `csrf.trusted_origins has 65 origins: write 64 at most`},
		{"a short secret", strings.Replace(tokens, `"A"`, `"SHORT"`, 1), "", `csrf.token.secret has 31 bytes: write one of at least 32 random bytes`},
		{"a short secret before", token(`"previous_secret": {"env": "SHORT"}`), "", `csrf.token.previous_secret has 31 bytes`},
		{"the same secret", token(`"previous_secret": {"env": "A"}`), "", `csrf.token.previous_secret is the secret itself`},
		{"a cookie that anybody sets", token(`"cookie": "csrf"`), "", `csrf.token.cookie is "csrf", which any page of a neighbouring host could set: write "__Host-csrf"`},
		{"a prefix in other case", token(`"cookie": "__host-csrf"`), "", `csrf.token.cookie is "__host-csrf", which any page`},
		{"no cookie name", token(`"cookie": "__Host-a b"`), "", `csrf.token.cookie is "__Host-a b", which is not the name of a cookie`},
		{"the session's cookie", token(`"cookie": "__Host-session"`), "", `csrf.token.cookie is the cookie of the session`},
		{"no session cookie name", strings.Replace(tokens, "__Host-session", "a;b", 1), "", `csrf.token.session_cookie is "a;b", which is not the name of a cookie`},
		{"no header name", token(`"header": "a b"`), "", `csrf.token.header is "a b", which is not a header name`},
		{"a header of the connection", token(`"header": "Te"`), "", `csrf.token.header is "Te", a header of the connection`},
		{"a header that any page sends", token(`"header": "Accept"`), "", `csrf.token.header is "Accept", which browsers, proxies or foreign pages can send`},
		{"a header of credentials", token(`"header": "authorization"`), "", `csrf.token.header is "authorization", which browsers`},
		{"an endpoint that is no path", token(`"endpoint": "csrf"`), "", `csrf.token.endpoint is "csrf", which is not the one spelling of a path`},
		{"an endpoint with a query", token(`"endpoint": "/csrf?a"`), "", `csrf.token.endpoint is "/csrf?a"`},
		{"an endpoint of two spellings", token(`"endpoint": "/a/../csrf"`), "", `csrf.token.endpoint is "/a/../csrf"`},
		{"a route's path", token(`"endpoint": "/a"`), "", `csrf.token.endpoint is "/a", the path of routes[0]: write a path that no route has`},
		{"a route's section", origins(`"own"`), `, "csrf": {"trusted_origins": ["x"]}`, `routes[0].csrf.trusted_origins[0] is "x"`},
		{"the same endpoint", tokens, `, "csrf": {` + strings.Replace(tokens, `"A"`, `"B"`, 1) + `}`, `routes[0].csrf.token.endpoint is "/csrf-token", where another section hands out other tokens`},
		{"the same cookie", tokens, `, "csrf": {` + token(`"endpoint": "/b"`) + `}`, `routes[0].csrf.token.cookie is "__Host-csrf", which another section keeps other tokens in`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, p := compile(t, c.csrf, c.more+`, "public": true`)
			list := p.List()
			if len(list) == 0 || !strings.HasPrefix(list[0].String(), c.want) {
				t.Fatalf("%v, want %s", p.Err(), c.want)
			}
			if text := fmt.Sprint(p.Err()); strings.Contains(text, "thirty-two") {
				t.Errorf("a secret is shown: %s", text)
			}
		})
	}
}

func many(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"https://a%d.example"`, i))
	}
	return strings.Join(all, ",")
}

// TestExempt: which routes no page can call in somebody's name.
func TestExempt(t *testing.T) {
	header := func(name, scheme string) authenticate.Identity {
		return from(credential.Source{Header: name, Scheme: scheme})
	}
	for _, c := range []struct {
		name   string
		exempt bool
		more   string
		ids    []authenticate.Identity
	}{
		{"a token in Authorization", true, "", []authenticate.Identity{from(bearer)}},
		{"with a proof", true, "", []authenticate.Identity{header("authorization", "dpop")}},
		{"a header of its own", true, "", []authenticate.Identity{header("x-api-key", "")}},
		{"both", true, "", []authenticate.Identity{from(bearer), header("x-api-key", "")}},
		{"a cookie", false, "", []authenticate.Identity{from(cookied)}},
		{"a cookie beside a header", false, "", []authenticate.Identity{from(bearer, cookied)}},
		{"a second identity by cookie", false, "", []authenticate.Identity{from(bearer), from(cookied)}},
		{"a query", false, "", []authenticate.Identity{from(credential.Source{Query: "access_token"})}},
		{"basic", false, "", []authenticate.Identity{header("authorization", "basic")}},
		{"digest", false, "", []authenticate.Identity{header("authorization", "digest")}},
		{"negotiate", false, "", []authenticate.Identity{header("authorization", "negotiate")}},
		{"NTLM", false, "", []authenticate.Identity{header("authorization", "ntlm")}},
		{"Authorization of any scheme", false, "", []authenticate.Identity{header("authorization", "")}},
		{"Proxy-Authorization", false, "", []authenticate.Identity{header("proxy-authorization", "bearer")}},
		{"all cookies", false, "", []authenticate.Identity{header("cookie", "")}},
		{"a header that any page sends", false, "", []authenticate.Identity{header("accept-language", "")}},
		{"a header of the browser", false, "", []authenticate.Identity{header("sec-anything", "")}},
		{"a header of the proxy", false, "", []authenticate.Identity{header("x-forwarded-client-cert", "")}},
		{"a certificate", false, "", []authenticate.Identity{from()}},
		{"a certificate beside a header", false, "", []authenticate.Identity{from(bearer), from()}},
		{"anybody too", false, `, "anonymous": true`, []authenticate.Identity{from(bearer)}},
		{"public", false, `, "public": true`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sound(t, tokens, c.more, c.ids...)
			r := request(t, "POST", "cookie: a=b", "sec-fetch-site: cross-site", "origin: https://evil.example")
			if v := s.Check(r, s.NewState()); v.Allows() != c.exempt {
				t.Errorf("another site's page: %v", v.Reason)
			}
			_, p := compile(t, "", `, "csrf": {`+tokens+`}`+c.more, c.ids...)
			if refused := p.Err() != nil; refused != c.exempt {
				t.Errorf("a section of the route's own: %v", p.Err())
			}
		})
	}
}

func TestWebhooksAreExempt(t *testing.T) {
	if exempt(&document.Route{Webhook: &document.Webhook{}}, nil) == "" || exempt(&document.Route{Public: true}, nil) != "" {
		t.Error("a webhook is signed, and a public route is not")
	}
}

// TestMixed: where cookies and headers are taken, the credential of the request
// decides.
func TestMixed(t *testing.T) {
	for _, c := range []struct {
		name  string
		want  guard.Reason
		lines []string
	}{
		{"a header", guard.Allowed, []string{"authorization: Bearer x"}},
		{"a header, and cookies of no account", guard.Allowed, []string{"authorization: Bearer x", "cookie: a=b"}},
		{"a header, of another site's page that the preflight let through", guard.Allowed, []string{"authorization: Bearer x", "sec-fetch-site: cross-site", "origin: https://evil.example"}},
		{"a header and a cookie", guard.CrossSite, []string{"authorization: Bearer x", "cookie: jwt=y", "sec-fetch-site: cross-site"}},
		{"a header and the session", guard.CrossSite, []string{"authorization: Bearer x", "cookie: __Host-session=y", "sec-fetch-site: cross-site"}},
		{"a header and what may be the session", guard.CrossSite, []string{"authorization: Bearer x", "cookie: __host-session=y", "sec-fetch-site: cross-site"}},
		{"two headers", guard.CrossSite, []string{"authorization: Bearer x", "authorization: Bearer x", "sec-fetch-site: cross-site"}},
		{"a header of another scheme", guard.CrossSite, []string{"authorization: Basic x", "sec-fetch-site: cross-site"}},
		{"a cookie", guard.CrossSite, []string{"cookie: jwt=y", "sec-fetch-site: cross-site"}},
		{"nobody's", guard.CrossSite, []string{"sec-fetch-site: cross-site"}},
		{"a cookie, without a token", guard.CSRFTokenMissing, []string{"cookie: jwt=y", "sec-fetch-site: same-origin"}},
	} {
		for _, more := range []string{"", `, "anonymous": true`} {
			s := sound(t, tokens, more, from(bearer), from(cookied))
			if v := s.Check(request(t, "POST", c.lines...), s.NewState()); v.Reason != c.want {
				t.Errorf("%s%s: %v, want %v", c.name, more, v.Reason, c.want)
			}
		}
	}
}

// TestSections: a route's section takes the place of the document's.
func TestSections(t *testing.T) {
	foreign := []string{"cookie: a=b", "sec-fetch-site: cross-site", "origin: https://evil.example"}
	for _, c := range []struct {
		name, csrf, more string
		want             guard.Reason
	}{
		{"none", "", "", guard.Allowed},
		{"the document's", `"trusted_origins": ["own"]`, "", guard.CrossSite},
		{"none on this route", `"trusted_origins": ["own"]`, `, "csrf": "none"`, guard.Allowed},
		{"the route's", "", `, "csrf": {"trusted_origins": ["own"]}`, guard.CrossSite},
		{"the route's, which trusts", `"trusted_origins": ["own"]`, `, "csrf": {"trusted_origins": ["https://evil.example"]}`, guard.Allowed},
		{"the route's, which does not", `"trusted_origins": ["https://evil.example"]`, `, "csrf": {"trusted_origins": ["own"]}`, guard.CrossSite},
		{"the route's, with a token", "", `, "csrf": {"trusted_origins": ["https://evil.example"], ` + tokens + `}`, guard.CSRFTokenMissing},
		{"the same token twice", tokens, `, "csrf": {"trusted_origins": ["https://evil.example"], ` + tokens + `}`, guard.CSRFTokenMissing},
	} {
		s := sound(t, c.csrf, c.more+`, "public": true`)
		if v := s.Check(request(t, "POST", foreign...), s.NewState()); v.Reason != c.want {
			t.Errorf("%s: %v, want %v", c.name, v.Reason, c.want)
		}
	}
}
