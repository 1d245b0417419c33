package csrf

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

// asked is one request of the matrix.
type asked struct {
	method, scheme, host string
	site, origin         []string // the fields of Sec-Fetch-Site and of Origin
	cookie, referer      string
}

// differences is where Go's CrossOriginProtection decides otherwise, and why we
// do not follow it. The first that fits explains a request.
var differences = []struct {
	why     string
	looser  bool // we let it pass
	applies func(asked) bool
}{
	{"Go takes an empty Sec-Fetch-Site for none, and the first of two; browsers send one, with a value", false, func(a asked) bool {
		return len(a.site) > 1 || len(a.site) == 1 && a.site[0] == ""
	}},
	{"a value of Sec-Fetch-Site that is not known: Go lets a trusted origin send it", false, func(a asked) bool {
		return len(a.site) == 1 && !slices.Contains([]string{"same-origin", "none", "same-site", "cross-site"}, a.site[0])
	}},
	{"Go takes the first of two origins", false, func(a asked) bool { return len(a.origin) > 1 }},
	{"Go takes an empty Origin for none", false, func(a asked) bool { return len(a.origin) == 1 && a.origin[0] == "" }},
	{"Go does not compare the scheme: whoever writes pages of http:// would call https://", false, func(a asked) bool {
		return len(a.origin) == 1 && !strings.HasPrefix(a.origin[0], a.scheme+"://")
	}},
	{"Go reads an address with userinfo or a path as an origin; no browser sends one", false, func(a asked) bool {
		return len(a.origin) == 1 && (strings.Contains(a.origin[0], "@") || strings.Count(a.origin[0], "/") > 2)
	}},
	{"Go compares texts; the default port and upper case are the same origin", true, func(a asked) bool {
		return len(a.origin) == 1 && (strings.Contains(a.origin[0]+a.host, ":443") || a.host != strings.ToLower(a.host) || a.origin[0] != strings.ToLower(a.origin[0]))
	}},
	{"Go does not ask Referer, by which older browsers say who sends", false, func(a asked) bool { return a.referer != "" && len(a.origin) == 0 }},
	{"Go takes a request that says nothing for a program's, also with cookies", false, func(a asked) bool {
		return len(a.site)+len(a.origin) == 0 && a.cookie != ""
	}},
}

// TestOracle holds the guard against Go's own, for every request of a matrix.
func TestOracle(t *testing.T) {
	const app = "https://app.example.com"
	used := make([]int, len(differences))
	same, total := 0, 0
	for _, trusts := range []string{"", app} {
		ours, theirs := sound(t, `"trusted_origins": ["own"]`, `, "public": true`), http.NewCrossOriginProtection()
		if trusts != "" {
			ours = sound(t, `"trusted_origins": ["`+trusts+`"]`, `, "public": true`)
			if err := theirs.AddTrustedOrigin(trusts); err != nil {
				t.Fatal(err)
			}
		}
		for a := range matrix {
			total++
			pass, passes := ours.Check(a.ours(t), nil).Allows(), theirs.Check(a.theirs(t)) == nil
			if pass == passes {
				same++
				continue
			}
			i := slices.IndexFunc(differences, func(d struct {
				why     string
				looser  bool
				applies func(asked) bool
			}) bool {
				return d.looser == pass && d.applies(a)
			})
			if i < 0 {
				t.Fatalf("%+v, %q trusted: we let it pass: %t, Go: %t", a, trusts, pass, passes)
			}
			used[i]++
		}
	}
	for i, n := range used {
		if n == 0 {
			t.Errorf("no request differs because %s", differences[i].why)
		}
	}
	if same < total/2 {
		t.Errorf("%d of %d alike", same, total)
	}
}

// matrix makes all requests.
func matrix(yield func(asked) bool) {
	fields := func(values ...string) (all [][]string) {
		all = append(all, nil)
		for _, v := range values {
			all = append(all, []string{v})
		}
		return all
	}
	sites := append(fields("", "same-origin", "none", "same-site", "cross-site", "Same-Origin", "x"), []string{"same-origin", "same-origin"})
	origins := append(fields("", "null", "https://api.example.com", "http://api.example.com", "https://API.example.com", "https://api.example.com:443",
		"https://api.example.com:8443", "https://api.example.com/", "https://a@api.example.com", "https://app.example.com", "https://app.example.com:443",
		"http://app.example.com", "https://app.example.com.evil.example", "https://evil.example", "api.example.com", "https://", "https://api.example.com,x"),
		[]string{"https://api.example.com", "https://evil.example"})
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"} {
		for _, host := range []string{"api.example.com", "API.example.com", "api.example.com:443", "api.example.com:8443"} {
			for _, site := range sites {
				for _, origin := range origins {
					for _, cookie := range []string{"", "a=b"} {
						for _, referer := range []string{"", "https://api.example.com/", "https://evil.example/"} {
							for _, scheme := range []string{"https", "http"} {
								if !yield(asked{method, scheme, host, site, origin, cookie, referer}) {
									return
								}
							}
						}
					}
				}
			}
		}
	}
}

func (a asked) each(add func(name, value string)) {
	for _, v := range a.site {
		add("sec-fetch-site", v)
	}
	for _, v := range a.origin {
		add("origin", v)
	}
	if a.cookie != "" {
		add("cookie", a.cookie)
	}
	if a.referer != "" {
		add("referer", a.referer)
	}
}

func (a asked) ours(t *testing.T) *guard.Request {
	r := request(t, a.method, ":scheme: "+a.scheme, ":authority: "+a.host)
	a.each(func(name, value string) { r.Headers = append(r.Headers, guard.Header{Name: name, Value: value}) })
	return r
}

func (a asked) theirs(t *testing.T) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), a.method, a.scheme+"://api.example.com/a", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = a.host
	a.each(r.Header.Add)
	return r
}
