package hygiene_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/hygiene"
)

// defaults are the bounds of a document that gives none.
var defaults = document.Hygiene{MaxHeaders: 100, MaxHeaderSize: 16 << 10, MaxHeadersSize: 60 << 10, MaxPathSize: 8 << 10}

// own is what a policy with two identity headers sets.
var own = []string{"x-client-id", "x-tenant"}

// request returns a request that hygiene allows.
func request(headers ...guard.Header) *guard.Request {
	return &guard.Request{Method: "GET", Scheme: "https", Authority: "api.example.com", Target: "/v1/orders?page=2", Route: -1, Headers: headers}
}

func header(name, value string) guard.Header { return guard.Header{Name: name, Value: value} }

func TestCheckAllows(t *testing.T) {
	r := request(header("accept", "application/json"), header("x-note", "tab\there, byte \xe9 too"), header("host", "api.example.com"))
	r.Authority, r.Headers[2].Value, r.Target = "API.example.com:443", "API.example.com:443", "/v1//%6frders/?q=%2f..;\\"
	if v := hygiene.Compile(defaults, hygiene.Names{Own: own}).Check(r); !v.Allows() {
		t.Fatalf("denied with %s", v.Reason)
	}
	if r.Host != "api.example.com" || r.Path != "/v1/orders/" || r.Query != `q=%2f..;\` || len(r.Upstream) != 0 {
		t.Errorf("host %q, path %q, query %q, edits %v", r.Host, r.Path, r.Query, r.Upstream)
	}
}

func TestCheckDenies(t *testing.T) {
	cases := []struct {
		name string
		edit func(*guard.Request)
		want guard.Reason
	}{
		{"zero request", func(r *guard.Request) { *r = guard.Request{} }, guard.BadMethod},
		{"method absent", func(r *guard.Request) { r.Method = "" }, guard.BadMethod},
		{"method in lower case", func(r *guard.Request) { r.Method = "get" }, guard.BadMethod},
		{"method with a space", func(r *guard.Request) { r.Method = "GET /" }, guard.BadMethod},
		{"method with an underscore", func(r *guard.Request) { r.Method = "M_GET" }, guard.BadMethod},
		{"method of 33 bytes", func(r *guard.Request) { r.Method = strings.Repeat("A", 33) }, guard.BadMethod},
		{"host absent", func(r *guard.Request) { r.Authority = "" }, guard.BadHost},
		{"host duplicated", func(r *guard.Request) { r.Authority = "a.example.com,b.example.com" }, guard.BadHost},
		{"host field that differs", add("host", "evil.example.com"), guard.BadHost},
		{"path absent (CONNECT)", func(r *guard.Request) { r.Method, r.Target = "CONNECT", "" }, guard.BadPath},
		{"path of OPTIONS *", func(r *guard.Request) { r.Method, r.Target = "OPTIONS", "*" }, guard.BadPath},
		{"query alone", func(r *guard.Request) { r.Target = "?a" }, guard.BadPath},
		{"path ambiguous", func(r *guard.Request) { r.Target = "/a/%2e%2e/b" }, guard.BadPath},
		{"path with parameter", func(r *guard.Request) { r.Target = "/a;b" }, guard.BadPath},
		{"query with NUL", func(r *guard.Request) { r.Target = "/a?\x00" }, guard.BadPath},
		{"query with a newline", func(r *guard.Request) { r.Target = "/a?b\nc" }, guard.BadPath},
		{"query with a space", func(r *guard.Request) { r.Target = "/a?b c" }, guard.BadPath},
		{"query with a fragment", func(r *guard.Request) { r.Target = "/a?b#c" }, guard.BadPath},
		{"query with raw UTF-8", func(r *guard.Request) { r.Target = "/a?é" }, guard.BadPath},
		{"path oversized", func(r *guard.Request) { r.Target = "/" + strings.Repeat("a", 8<<10) }, guard.HeadersTooLarge},
		{"name empty", add("", "v"), guard.BadHeader},
		{"name with a space", add("x y", "v"), guard.BadHeader},
		{"name with a colon", add("x:y", "v"), guard.BadHeader},
		{"name in upper case", add("X-Note", "v"), guard.BadHeader},
		{"name not ASCII", add("x-é", "v"), guard.BadHeader},
		{"name with NUL", add("x\x00", "v"), guard.BadHeader},
		{"pseudo-header among the fields", add(":path", "/admin"), guard.BadHeader},
		{"value with CR", add("x-note", "a\rb"), guard.BadHeader},
		{"value with LF", add("x-note", "0123456789\n"), guard.BadHeader},
		{"value with NUL", add("x-note", "0123456\x00"), guard.BadHeader},
		{"field oversized", add("x-note", strings.Repeat("a", 16<<10)), guard.HeadersTooLarge},
		{"fields oversized", add("x-note", slices.Repeat([]string{strings.Repeat("a", 15<<10)}, 5)...), guard.HeadersTooLarge},
		{"too many fields", add("x-note", slices.Repeat([]string{"v"}, 97)...), guard.TooManyHeaders},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := request()
			c.edit(r)
			if v := hygiene.Compile(defaults, hygiene.Names{Own: own}).Check(r); v.Reason != c.want {
				t.Errorf("got %s, want %s", v.Reason, c.want)
			}
			if c.want == guard.BadPath && r.Path+r.Query != "" || c.want == guard.BadHost && r.Host != "" && len(r.Headers) == 0 {
				t.Errorf("a refused value was kept: host %q, path %q, query %q", r.Host, r.Path, r.Query)
			}
		})
	}
}

// add returns an edit that appends a field for each value.
func add(name string, values ...string) func(*guard.Request) {
	return func(r *guard.Request) {
		for _, value := range values {
			r.Headers = append(r.Headers, header(name, value))
		}
	}
}

func TestBoundsAreExact(t *testing.T) {
	small := document.Hygiene{MaxHeaders: 6, MaxHeaderSize: 10, MaxHeadersSize: 100, MaxPathSize: 20}
	used := len(":methodGET:schemehttps:authorityapi.example.com:path/v1/orders?page=2")
	rest := 100 - used // for two fields
	cases := []struct {
		name    string
		headers []guard.Header
		target  string
		want    guard.Reason
	}{
		{"fields at the bound", []guard.Header{header("a", ""), header("b", "")}, "", guard.Allowed},
		{"fields over it", []guard.Header{header("a", ""), header("b", ""), header("c", "")}, "", guard.TooManyHeaders},
		{"field at the bound", []guard.Header{header("a", "123456789")}, "", guard.Allowed},
		{"field over it", []guard.Header{header("a", "1234567890")}, "", guard.HeadersTooLarge},
		{"all at the bound", []guard.Header{header("a", "123456789"), header("b", strings.Repeat("1", rest-11))}, "", guard.Allowed},
		{"target at the bound", nil, "/" + strings.Repeat("a", 19), guard.Allowed},
		{"target over it", nil, "/" + strings.Repeat("a", 20), guard.HeadersTooLarge},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := request(c.headers...)
			if c.target != "" {
				r.Target = c.target
			}
			bounds := small
			if c.name == "all at the bound" {
				bounds.MaxHeaderSize = 100
			}
			if v := hygiene.Compile(bounds, hygiene.Names{}).Check(r); v.Reason != c.want {
				t.Errorf("got %s, want %s", v.Reason, c.want)
			}
			if c.name == "all at the bound" {
				r.Headers[1].Value += "1"
				if v := hygiene.Compile(bounds, hygiene.Names{}).Check(r); v.Reason != guard.HeadersTooLarge {
					t.Errorf("one byte more: got %s", v.Reason)
				}
			}
		})
	}
}

func TestBoundOfZeroRefuses(t *testing.T) {
	if v := hygiene.Compile(document.Hygiene{}, hygiene.Names{}).Check(request()); v.Allows() {
		t.Error("a section without bounds let a request pass")
	}
}

func TestParametersWhenAllowed(t *testing.T) {
	h := defaults
	h.AllowPathParameters = true
	r := request()
	r.Target = "/a;v=1?x"
	if v := hygiene.Compile(h, hygiene.Names{}).Check(r); !v.Allows() || r.Path != "/a;v=1" {
		t.Errorf("got %s, path %q", v.Reason, r.Path)
	}
}

func TestInboundCopiesAreRemoved(t *testing.T) {
	cases := []struct {
		name    string
		headers []string
		want    []string
	}{
		{"absent", []string{"accept", "x-client", "x-client-id2", "xclient-id"}, nil},
		{"as we spell it", []string{"x-client-id"}, []string{"x-client-id"}},
		{"duplicated", []string{"x-tenant", "accept", "x-tenant"}, []string{"x-tenant"}},
		{"underscores", []string{"x_client_id", "x-client_id"}, []string{"x_client_id", "x-client_id"}},
		{"other signs that CGI folds", []string{"x.client.id", "x~client!id"}, []string{"x.client.id", "x~client!id"}},
		{"upper case", []string{"X-Client-ID"}, []string{"X-Client-ID"}},
		{"malformed", []string{"x client id"}, []string{"x client id"}},
		{"method overrides", []string{"x-http-method-override", "x-http-method", "x-method-override", "x_http_method"},
			[]string{"x-http-method-override", "x-http-method", "x-method-override", "x_http_method"}},
		{"path overrides", []string{"x-original-url", "x-rewrite-url"}, []string{"x-original-url", "x-rewrite-url"}},
	}
	denials := map[string]func(*guard.Request){
		"allowed":    func(*guard.Request) {},
		"bad method": func(r *guard.Request) { r.Method = "" },
		"bad host":   func(r *guard.Request) { r.Authority = "," },
		"bad path":   func(r *guard.Request) { r.Target = "/%" },
		"bad header": func(r *guard.Request) { r.Headers = slices.Insert(r.Headers, 0, header("x y", "\n")) },
		"too many": func(r *guard.Request) {
			r.Headers = append(slices.Repeat([]guard.Header{header("a", "")}, 200), r.Headers...)
		},
		"too large": func(r *guard.Request) {
			r.Headers = slices.Insert(r.Headers, 0, header("a", strings.Repeat("a", 99<<10)))
		},
	}
	for _, c := range cases {
		for denial, edit := range denials {
			t.Run(c.name+", "+denial, func(t *testing.T) {
				r := request()
				for _, name := range c.headers {
					r.Headers = append(r.Headers, header(name, "spoofed"))
				}
				edit(r)
				hygiene.Compile(defaults, hygiene.Names{Own: []string{"X-Client-ID", "x-tenant", "x-tenant", ""}}).Check(r)
				var want guard.Edits
				for _, name := range c.want {
					want.Remove(name)
				}
				if !slices.Equal(r.Upstream, want) {
					t.Errorf("edits %v, want %v", r.Upstream, want)
				}
			})
		}
	}
}

// typical is a request as a browser or an SDK sends it.
func typical() *guard.Request {
	return request(
		header("accept", "application/json"), header("accept-encoding", "gzip, deflate, br"), header("accept-language", "en-GB,en;q=0.9"),
		header("authorization", "Bearer "+strings.Repeat("eyJhbGciOiJSUzI1NiJ9", 30)), header("cache-control", "no-cache"),
		header("content-type", "application/json"), header("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"),
		header("x-client-id", "spoofed"), header("x-forwarded-for", "192.0.2.1"), header("x-forwarded-proto", "https"),
		header("x-request-id", "9b1c6f0e-8d4b-4a52-9d83-0d6a3b3c6a11"), header("origin", "https://app.example.com"),
	)
}

// hundred is a policy that sets many headers.
func hundred() (names []string) {
	for i := range 100 {
		names = append(names, fmt.Sprintf("x-claim-%02d", i))
	}
	return append(names, own...)
}

func TestCheckAllocatesNothing(t *testing.T) {
	g := hygiene.Compile(defaults, hygiene.Names{Own: hundred()})
	for name, edit := range map[string]func(*guard.Request){
		"canonical": func(*guard.Request) {},
		"rewritten": func(r *guard.Request) {
			r.Authority, r.Target = "API.example.com:443", "/v1//%6frders/../caf%c3%a9?x"
		},
		"IPv6": func(r *guard.Request) { r.Authority = "[2001:DB8::1]:443" },
	} {
		r := typical()
		edit(r)
		check := func() {
			r.Scratch.Reset()
			r.Upstream = r.Upstream[:0]
			if v := g.Check(r); !v.Allows() {
				t.Fatalf("%s: denied with %s", name, v.Reason)
			}
		}
		check()
		if n := testing.AllocsPerRun(100, check); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for name, names := range map[string][]string{"own=2": own, "own=102": hundred()} {
		b.Run(name, func(b *testing.B) {
			g, r := hygiene.Compile(defaults, hygiene.Names{Own: names}), typical()
			b.ReportAllocs()
			for b.Loop() {
				r.Scratch.Reset()
				r.Upstream = r.Upstream[:0]
				g.Check(r)
			}
		})
	}
}

// TestHostOverrides: where the policy judges by host, no header names another.
func TestHostOverrides(t *testing.T) {
	for _, judged := range []bool{false, true} {
		g := hygiene.Compile(defaults, hygiene.Names{Hosts: judged})
		for _, name := range hygiene.HostOverrides() {
			r := request()
			r.Headers = append(r.Headers, guard.Header{Name: name, Value: "admin.example.com"})
			if v := g.Check(r); !v.Allows() || slices.Contains(r.Upstream, guard.Edit{Op: guard.Remove, Name: name}) != judged {
				t.Errorf("%s, judged by host %t: %v, edits %v", name, judged, v.Reason, r.Upstream)
			}
		}
	}
}

// TestSourcesUnderAnotherSpelling: what an application could take for the
// checked key does not reach it; the key's own header is left to its guard.
func TestSourcesUnderAnotherSpelling(t *testing.T) {
	g := hygiene.Compile(defaults, hygiene.Names{Own: []string{"x-client-id"}, Sources: []string{"x-api-key", "x_token"}})
	r := request()
	for _, name := range []string{"x-api-key", "x_api_key", "x.api-key", "x_token", "x-token", "x-api-keys", "x_client_id"} {
		r.Headers = append(r.Headers, guard.Header{Name: name, Value: "v"})
	}
	if v := g.Check(r); !v.Allows() {
		t.Fatal(v)
	}
	var want guard.Edits
	for _, name := range []string{"x_api_key", "x.api-key", "x-token", "x_client_id"} {
		want.Remove(name)
	}
	if !slices.Equal(r.Upstream, want) {
		t.Errorf("got %v, want %v", r.Upstream, want)
	}
	for name, want := range map[string]bool{"x-api-key": true, "x_api_key": true, "x-client-id": true, "x-original-url": true, "host": true,
		"content-length": true, "authorization": true, "x_forwarded_for": true, "grpc-status": false, "digest": false, "": false} {
		if got := g.RemovesTrailer(name); got != want {
			t.Errorf("trailer %q: removed %t, want %t", name, got, want)
		}
	}
}
