package cors

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	rscors "github.com/rs/cors"

	"sallyport.dev/sallyport/policy/guard"
)

// told is what both libraries are told.
type told struct {
	origins, methods, headers, expose []string
	credentials, private              bool
	maxAge                            int // seconds
}

// page is a request of a page; method is that which it sends, or asks about.
type page struct {
	preflight bool
	origin    []string // the fields of Origin
	method    string
	headers   []string // the fields of Access-Control-Request-Headers
	private   bool
}

// theirs are the cases of rs/cors's own table (TestSpec of cors_test.go, v1.11.1) that a
// policy can express, by their names there. It cannot: functions that judge an
// origin, passing a preflight on, and "*" with credentials.
var theirs = map[string]struct {
	told
	page
}{
	"MatchAllOrigin":           {told{origins: []string{"*"}}, page{origin: foobar, method: "GET"}},
	"AllowedOrigin":            {told{origins: foobar}, page{origin: foobar, method: "GET"}},
	"WildcardOrigin":           {told{origins: []string{"http://*.bar.com"}}, page{origin: []string{"http://foo.bar.com"}, method: "GET"}},
	"DisallowedOrigin":         {told{origins: foobar}, page{origin: []string{"http://barbaz.com"}, method: "GET"}},
	"DisallowedWildcardOrigin": {told{origins: []string{"http://*.bar.com"}}, page{origin: []string{"http://foo.baz.com"}, method: "GET"}},
	"MaxAge":                   {told{origins: foobar, methods: []string{"GET"}, maxAge: 10}, page{preflight: true, origin: foobar, method: "GET"}},
	"MaxAgeNegative":           {told{origins: foobar, methods: []string{"GET"}, maxAge: -1}, page{preflight: true, origin: foobar, method: "GET"}},
	"AllowedMethod":            {told{origins: foobar, methods: []string{"PUT", "DELETE"}}, page{preflight: true, origin: foobar, method: "PUT"}},
	"DisallowedMethod":         {told{origins: foobar, methods: []string{"PUT", "DELETE"}}, page{preflight: true, origin: foobar, method: "PATCH"}},
	"AllowedHeaders": {told{origins: foobar, headers: []string{"X-Header-1", "x-header-2", "X-HEADER-3"}},
		page{preflight: true, origin: foobar, method: "GET", headers: []string{"x-header-1,x-header-2"}}},
	"DefaultAllowedHeaders": {told{origins: foobar}, page{preflight: true, origin: foobar, method: "GET", headers: []string{"x-requested-with"}}},
	"AllowedWildcardHeader": {told{origins: foobar, headers: []string{"*"}},
		page{preflight: true, origin: foobar, method: "GET", headers: []string{"x-header-1,x-header-2"}}},
	"DisallowedHeader": {told{origins: foobar, headers: []string{"X-Header-1", "x-header-2"}},
		page{preflight: true, origin: foobar, method: "GET", headers: []string{"x-header-1,x-header-3"}}},
	"ExposedHeader":            {told{origins: foobar, expose: []string{"X-Header-1", "x-header-2"}}, page{origin: foobar, method: "GET"}},
	"AllowedCredentials":       {told{origins: foobar, credentials: true}, page{preflight: true, origin: foobar, method: "GET"}},
	"AllowedPrivateNetwork":    {told{origins: foobar, private: true}, page{preflight: true, origin: foobar, method: "GET", private: true}},
	"DisallowedPrivateNetwork": {told{origins: foobar}, page{preflight: true, origin: foobar, method: "GET", private: true}},
	"NonPreflightOptions":      {told{origins: foobar}, page{origin: foobar, method: "OPTIONS"}},
	"MultipleACRHHeaders": {told{origins: foobar, headers: []string{"Content-Type", "Authorization"}},
		page{preflight: true, origin: foobar, method: "GET", headers: []string{"authorization", "content-type"}}},
	"MultipleACRHHeadersWithOWSAndEmptyElements": {told{origins: foobar, headers: []string{"Content-Type", "Authorization"}},
		page{preflight: true, origin: foobar, method: "GET", headers: []string{"authorization\t", " ", " content-type"}}},
}

var foobar = []string{"http://foobar.com"}

// differences is where rs/cors answers otherwise, and why we do not follow it.
// names are the headers that may differ then. The first that fits explains it.
var differences = []struct {
	why     string
	names   []string // nil: all
	applies func(told, page) bool
}{
	{"rs/cors folds the scheme; no browser writes one in capital letters", nil, func(_ told, p page) bool {
		return len(p.origin) == 1 && strings.HasPrefix(p.origin[0], "HTTP:")
	}},
	{"rs/cors takes any text for *, also one in which the host ends before it", nil, func(_ told, p page) bool {
		return len(p.origin) == 1 && strings.Contains(p.origin[0], "#")
	}},
	{"rs/cors compares texts; the default port is the same origin", nil, func(_ told, p page) bool {
		return len(p.origin) == 1 && strings.HasSuffix(p.origin[0], ":80")
	}},
	{"rs/cors takes the first of two origins, and an empty one for none", nil, func(_ told, p page) bool {
		return len(p.origin) > 1 || len(p.origin) == 1 && p.origin[0] == ""
	}},
	{"where everybody may read, one answer holds for all: it neither varies nor waits for an origin", []string{"vary", allowOrigin, "access-control-expose-headers"}, func(s told, p page) bool {
		return s.origins[0] == "*" && !p.preflight
	}},
	{"a request that needs no preflight is sent anyway; which methods there are is the routes' matter, so that its page can read the answer", nil, func(s told, p page) bool {
		methods := s.methods
		if methods == nil {
			methods = []string{"GET", "HEAD", "POST"}
		}
		return !p.preflight && !slices.Contains(methods, p.method)
	}},
	{"rs/cors lets every page use OPTIONS; we where it is named", nil, func(_ told, p page) bool { return p.preflight && p.method == "OPTIONS" }},
	{"GET includes HEAD, as in the routes", nil, func(_ told, p page) bool { return p.preflight && p.method == "HEAD" }},
	{"rs/cors allows accept, content-type and x-requested-with where none is named; with them come JSON and what scripts mark as theirs", nil, func(s told, p page) bool {
		return p.preflight && len(s.headers) == 0 && p.headers != nil
	}},
	{"any header is not that of credentials, unless it is named (Fetch standard)", nil, func(s told, p page) bool {
		return slices.Contains(s.headers, "*") && slices.Contains(p.headers, "authorization")
	}},
	{"accept is every page's to send (Fetch standard)", nil, func(_ told, p page) bool { return slices.Contains(p.headers, "accept") }},
	{"rs/cors takes lists as browsers write them, in order and in small letters; we take any that names the same", nil, func(_ told, p page) bool {
		return slices.ContainsFunc(p.headers, func(h string) bool { return h == "x-header-2,x-header-1" || h == "X-Header-1" })
	}},
}

const allowOrigin = "access-control-allow-origin"

// TestOracle holds what a browser is told against rs/cors: for the cases of its
// own table, and for all that can be made of their parts. Each difference has its reason.
func TestOracle(t *testing.T) {
	if len(theirs) != 20 {
		t.Fatalf("%d cases of rs/cors", len(theirs))
	}
	used := map[string]bool{}
	for name, c := range theirs {
		compare(t, name, c.told, []page{c.page}, used)
	}
	for i, s := range sections() {
		compare(t, fmt.Sprintf("section %d", i), s, pages(), used)
	}
	for _, d := range differences {
		if !used[d.why] {
			t.Errorf("no case needs the difference: %s", d.why)
		}
	}
}

// tellers are the headers by which a browser is told something.
var tellers = []string{"vary", allowOrigin, "access-control-allow-credentials", "access-control-allow-methods", "access-control-allow-headers",
	"access-control-max-age", "access-control-expose-headers", "access-control-allow-private-network"}

func compare(t *testing.T, name string, s told, pages []page, used map[string]bool) {
	t.Helper()
	site, theirs := ours(t, s), s.theirs()
	for _, p := range pages {
		got, want := site.told(t, p), answered(theirs, p)
		for _, header := range tellers {
			if why := differs(s, p, header); slices.Equal(got[header], want[header]) {
				continue
			} else if why == "" {
				t.Errorf("%s: %+v, %+v: %s is %q, rs/cors says %q", name, s, p, header, got[header], want[header])
			} else {
				used[why] = true
			}
		}
	}
}

// differs says why a header may differ; empty: it may not.
func differs(s told, p page, header string) string {
	for _, d := range differences {
		if d.applies(s, p) && (d.names == nil || slices.Contains(d.names, header)) {
			return d.why
		}
	}
	return ""
}

func sections() (all []told) {
	for _, origins := range [][]string{foobar, {"http://*.bar.com"}, {"*"}, {"null", "https://a.example"}} {
		for _, methods := range [][]string{nil, {"GET", "PUT"}} {
			for _, headers := range [][]string{nil, {"x-header-1", "x-header-2"}, {"*"}} {
				plain := told{origins: origins, methods: methods, headers: headers, expose: []string{"x-total"}}
				private := plain
				private.private = true
				all = append(all, plain, private)
				if origins[0] != "*" && !slices.Contains(headers, "*") {
					plain.credentials = true
					all = append(all, plain)
				}
			}
		}
	}
	return all
}

func pages() (all []page) {
	for _, origin := range [][]string{nil, foobar, {"http://foo.bar.com"}, {"http://a.foo.bar.com"}, {"http://bar.com"}, {"https://foobar.com"}, {"null"}, {""},
		{"http://foobar.com.evil.net"}, {"http://foobar.com:8080"}, {"http://foobar.com:80"}, {"HTTP://foobar.com"}, {"http://evil.net#.bar.com"}, {"http://foobar.com", "http://evil.net"}} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS"} {
			all = append(all, page{origin: origin, method: method})
			for _, headers := range [][]string{nil, {"x-header-1"}, {"x-header-1,x-header-2"}, {"x-header-2,x-header-1"}, {"X-Header-1"}, {"x-other"}, {"accept"}, {"authorization"}, {"x-requested-with"}} {
				if origin != nil {
					all = append(all, page{preflight: true, origin: origin, method: method, headers: headers, private: headers == nil})
				}
			}
		}
	}
	return all
}

// fields writes a page's request for both.
func (p page) fields(each func(name, value string)) (method string) {
	for _, o := range p.origin {
		each("origin", o)
	}
	if !p.preflight {
		return p.method
	}
	each(askedMethod, p.method)
	for _, h := range p.headers {
		each(askedHeaders, h)
	}
	if p.private {
		each(askedPrivate, "true")
	}
	return "OPTIONS"
}

func (s told) theirs() http.Handler {
	age := s.maxAge
	if age == 0 {
		age = 5 // the policy's default; without the header it is that of browsers
	}
	c := rscors.New(rscors.Options{AllowedOrigins: s.origins, AllowedMethods: s.methods, AllowedHeaders: s.headers, ExposedHeaders: s.expose,
		AllowCredentials: s.credentials, AllowPrivateNetwork: s.private, MaxAge: age})
	return c.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
}

func answered(theirs http.Handler, p page) map[string][]string {
	r := httptest.NewRequest("GET", "https://api.example.com/a", nil)
	r.Method = p.fields(r.Header.Add)
	w := httptest.NewRecorder()
	theirs.ServeHTTP(w, r)
	out := map[string][]string{}
	for name, values := range w.Header() {
		out[strings.ToLower(name)] = elements(values)
	}
	return out
}

func ours(t *testing.T, s told) site {
	section := `"origins": ` + list(s.origins)
	for name, values := range map[string][]string{"methods": s.methods, "request_headers": s.headers, "expose": s.expose} {
		if values != nil {
			section += `, "` + name + `": ` + list(values)
		}
	}
	if s.maxAge != 0 {
		section += `, "max_age": "` + strconv.Itoa(max(s.maxAge, 0)) + `s"`
	}
	return sound(t, section+fmt.Sprintf(`, "credentials": %t, "private_network": %t`, s.credentials, s.private), anyRoute)
}

func (s site) told(t *testing.T, p page) map[string][]string {
	r := request(t, "")
	r.Method = p.fields(func(name, value string) { r.Headers = append(r.Headers, guard.Header{Name: name, Value: value}) })
	v := s.ask(r)
	out := map[string][]string{}
	for _, line := range s.respond(t, r) {
		name, value, _ := strings.Cut(line, ": ")
		out[name] = elements([]string{value})
	}
	if named := out[allowOrigin] != nil; p.preflight && v.Serves() != named {
		t.Errorf("%+v: %s, and an origin is told: %t", p, v.Reason, named)
	}
	return out
}

// elements are those of a list, without case and order.
func elements(values []string) (all []string) {
	for _, value := range values {
		for e := range strings.SplitSeq(value, ",") {
			if e = strings.ToLower(trim(e)); e != "" {
				all = append(all, e)
			}
		}
	}
	slices.Sort(all)
	return all
}

func list(texts []string) string {
	quoted := make([]string, len(texts))
	for i := range texts {
		quoted[i] = strconv.Quote(texts[i])
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
