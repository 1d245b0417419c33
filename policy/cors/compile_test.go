package cors

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
)

// TestProblems: what is wrong with a section says where, what and what to write.
func TestProblems(t *testing.T) {
	origin := func(texts ...string) string { return `"origins": ["` + strings.Join(texts, `", "`) + `"]` }
	const alone = "write scheme, host and port alone, without a slash or a path behind them"
	const star = `write * only as the whole first label, like "https://*.example.com"`
	const such = `write one such as "https://app.example.com", or "https://app.example.com:8443" where the port is not the scheme's own`
	for _, c := range []struct{ name, cors, want string }{
		{"a path", origin("https://a.example/b"), `cors.origins[0] is "https://a.example/b": ` + alone},
		{"a trailing slash", origin("https://a.example/"), `cors.origins[0] is "https://a.example/": ` + alone},
		{"a query", origin("https://a.example?b"), `cors.origins[0] is "https://a.example?b": ` + alone},
		{"user info", origin("https://u@a.example"), `cors.origins[0] is "https://u@a.example": leave out who logs in: an origin is scheme, host and port`},
		{"no scheme", origin("a.example"), `cors.origins[0] is "a.example": write the scheme too, such as "https://a.example"`},
		{"an empty scheme", origin("://a.example"), `cors.origins[0] is "://a.example": ` + such},
		{"capital letters", origin("https://A.example"), `cors.origins[0] is "https://A.example": write "https://a.example": browsers write origins in lower case`},
		{"a port of 0", origin("https://a.example:0"), `cors.origins[0] is "https://a.example:0": ` + such},
		{"a trailing dot", origin("https://a.example."), `cors.origins[0] is "https://a.example.": ` + such},
		{"letters that are not ASCII", origin("https://bücher.example"), `cors.origins[0] is "https://bücher.example": ` + such},
		{"a wildcard in the middle", origin("https://a.*.example.com"), `cors.origins[0] is "https://a.*.example.com": ` + star},
		{"a wildcard in a label", origin("https://a*.example.com"), `cors.origins[0] is "https://a*.example.com": ` + star},
		{"two wildcards", origin("https://*.*.example.com"), `cors.origins[0] is "https://*.*.example.com": ` + star},
		{"a wildcard for the host", origin("https://*"), `cors.origins[0] is "https://*": ` + star},
		{"a wildcard for the port", origin("https://a.example:*"), `cors.origins[0] is "https://a.example:*": ` + star},
		{"a public suffix", origin("https://*.com"), `cors.origins[0] is "https://*.com": name the domain, with two labels at least behind *, like "https://*.example.com": a single one is not yours`},
		{"subdomains of an address", origin("https://*.0.0.1"), `cors.origins[0] is "https://*.0.0.1": write the address alone: an address has no subdomains`},
		{"subdomains of another address", origin("https://*.[::1]"), `cors.origins[0] is "https://*.[::1]": write the address alone: an address has no subdomains`},
		{"the same origin twice", origin("https://a.example", "https://a.example:443"), `cors.origins[1] is an origin that is there already: remove it`},
		{"the same wildcard twice", origin("https://*.a.example", "https://*.a.example:443"), `cors.origins[1] is an origin that is there already: remove it`},
		{"null twice", origin("null", "null"), `cors.origins[1] is "null" again: remove it`},
		{"everybody twice", origin("*", "*"), `cors.origins[0] is "*", and stands beside others: write "*" alone, or remove it`},
		{"everybody beside one", origin("https://a.example", "*"), `cors.origins[1] is "*", and stands beside others: write "*" alone, or remove it`},
		{"everybody with credentials", origin("*") + `, "credentials": true`,
			`cors.origins[0] is "*", and credentials are allowed: every page of the web could read what belongs to its visitor: write the origins that are yours`},
		{"CONNECT", named + `, "methods": ["CONNECT"]`, `cors.methods[0] is "CONNECT", which no page may use (Fetch standard, section 2.2.1): remove it`},
		{"TRACK", named + `, "methods": ["GET", "TRACK"]`, `cors.methods[1] is "TRACK", which no page may use (Fetch standard, section 2.2.1): remove it`},
		{"a method twice", named + `, "methods": ["GET", "GET"]`, `cors.methods[1] is "GET" again: remove it`},
		{"no name of a header", named + `, "request_headers": ["x a"]`, `cors.request_headers[0] is "x a", which is not a header name: write a name such as "x-api-key"`},
		{"a header of the browser", named + `, "request_headers": ["Cookie"]`, `cors.request_headers[0] is "Cookie", which no page can send (Fetch standard, section 2.2.2): remove it`},
		{"one of its kinds", named + `, "request_headers": ["sec-fetch-site"]`, `cors.request_headers[0] is "sec-fetch-site", which no page can send (Fetch standard, section 2.2.2): remove it`},
		{"a header twice", named + `, "request_headers": ["x-a", "X-A"]`, `cors.request_headers[1] is "X-A" again: remove it`},
		{"any header with credentials", named + `, "credentials": true, "request_headers": ["*"]`,
			`cors.request_headers[0] is "*", which browsers do not take for every header where credentials are allowed: name the headers`},
		{"any header beside one", named + `, "request_headers": ["x-a", "*"]`,
			`cors.request_headers[1] is "*", and stands beside others: write "*" alone, or with "authorization", which it does not stand for`},
		{"cookies that are shown", named + `, "expose": ["Set-Cookie"]`, `cors.expose[0] is "Set-Cookie", which no page can read (Fetch standard, section 2.2.6): remove it`},
		{"all that is shown with credentials", named + `, "credentials": true, "expose": ["*"]`,
			`cors.expose[0] is "*", which browsers do not take for every header where credentials are allowed: name the headers`},
		{"a part of a second", named + `, "max_age": "1500ms"`, `cors.max_age is not a whole number of seconds: write one such as "10m"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, p := compile(t, c.cors, anyRoute)
			wants(t, p, c.want)
		})
	}
}

func wants(t *testing.T, p *document.Problems, want string) {
	t.Helper()
	var got []string
	for _, problem := range p.List() {
		got = append(got, problem.String())
	}
	if !slices.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestBounds: each list is bounded.
func TestBounds(t *testing.T) {
	list := func(n int, form string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(form, i))
		}
		return strings.Join(all, ", ")
	}
	for member, form := range map[string]string{"origins": `"https://a%d.example"`, "methods": `"M%d"`, "request_headers": `"x-%d"`, "expose": `"x-%d"`} {
		section := func(n int) string {
			if member == "origins" {
				return `"origins": [` + list(n, form) + `]`
			}
			return named + `, "` + member + `": [` + list(n, form) + `]`
		}
		sound(t, section(maxListed), anyRoute)
		_, p := compile(t, section(maxListed+1), anyRoute)
		wants(t, p, "cors."+member+" has 65 elements: write 64 at most")
	}
}

// TestDocumentBounds: what the document's own reader refuses of a section.
func TestDocumentBounds(t *testing.T) {
	for _, c := range []struct{ name, cors, want string }{
		{"no origins", `"methods": ["GET"]`, "cors.origins"},
		{"an empty list", `"origins": []`, "cors.origins"},
		{"an empty origin", `"origins": [""]`, "cors.origins[0]"},
		{"no methods", named + `, "methods": []`, "cors.methods"},
		{"no token", named + `, "methods": ["G T"]`, "cors.methods[0]"},
		{"any method", named + `, "methods": ["*"]`, "cors.methods[0]"},
		{"a long age", named + `, "max_age": "25h"`, "cors.max_age"},
		{"a negative age", named + `, "max_age": "-1s"`, "cors.max_age"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := document.Parse([]byte(`{"version": 1, "cors": {` + c.cors + `}, "routes": [` + anyRoute + `]}`))
			if err == nil || !strings.Contains(err.Error(), c.want+" ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestProblemsOfRoutes(t *testing.T) {
	route := func(more string) string { return `{"name": "a", "path": "/a", "public": true, ` + more + `}` }
	_, p := compile(t, "", route(`"cors": "none"`))
	wants(t, p, `routes[0].cors is "none", and the policy has no "cors": remove it`)
	_, p = compile(t, "", route(`"methods": ["GET"], "cors": {"origins": ["null"], "methods": ["HEAD", "PUT"]}`))
	wants(t, p, `routes[0].cors.methods[1] is "PUT", which the route does not take: remove it, or add it to the route's "methods"`)
	_, p = compile(t, "", route(`"cors": {"origins": ["a"]}`))
	wants(t, p, `routes[0].cors.origins[0] is "a": write the scheme too, such as "https://a"`)
	if n := len(p.List()); n != 1 {
		t.Errorf("%d problems", n)
	}
}

// TestHeadersOfEveryResponse may not speak for pages that no section names.
func TestHeadersOfEveryResponse(t *testing.T) {
	doc, err := document.Parse([]byte(`{"version": 1, "headers": {"response": {"set": {"Access-Control-Allow-Origin": "*"}}},
		"cors": {` + named + `}, "routes": [` + anyRoute + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	p := &document.Problems{}
	Compile(doc, p)
	wants(t, p, `headers.response.set.Access-Control-Allow-Origin is what "cors" says: remove it`)
}

func TestWarnings(t *testing.T) {
	doc, err := document.Parse([]byte(`{"version": 1, "cors": {"origins": ["null", "http://a.example", "http://localhost:3000", "https://a.example", "http://127.a.example"]},
		"routes": [{"name": "a", "path": "/a", "public": true, "cors": {"origins": ["null"], "credentials": true}}, {"name": "b", "path": "/b", "public": true, "cors": "none"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	p := &document.Problems{}
	Warn(doc, p)
	wants(t, p, `cors.origins[0] is "null", the origin of every sandboxed frame: name the page's own origin, if it can have one`)
	wants(t, p, `cors.origins[1] lets pages read that anybody on the way can write: write https, if it can be had`)
	wants(t, p, `routes[0].cors.origins[0] is "null", the origin of every sandboxed frame, with "credentials": every page of the world can have one: name the page's own origin, if it can have one`)
	wants(t, p, `cors.origins[4] lets pages read that anybody on the way can write: write https, if it can be had`)
	if n := len(p.List()); n != 4 {
		t.Errorf("%d warnings: %v", n, p.List())
	}
}
