package headers

import (
	"errors"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"

	"pgregory.net/rapid"
)

type policy = map[string]document.Sources

func TestCSP(t *testing.T) {
	cases := []struct {
		name string
		csp  policy
		want string
	}{
		{"in order of the names", policy{"script-src": {"'self'"}, "default-src": {"'none'"}}, "default-src 'none'; script-src 'self'"},
		{"hosts", policy{"img-src": {"*", "cdn.example.com", "*.example.com:443", "https://a.example/lib/x.js", "wss://a.example:*", "localhost:3000"}},
			"img-src * cdn.example.com *.example.com:443 https://a.example/lib/x.js wss://a.example:* localhost:3000"},
		{"schemes", policy{"img-src": {"https:", "data:", "blob:"}}, "img-src https: data: blob:"},
		{"keywords", policy{"script-src": {"'self'", "'unsafe-inline'", "'unsafe-eval'", "'wasm-unsafe-eval'", "'unsafe-hashes'", "'report-sample'"}},
			"script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' 'unsafe-hashes' 'report-sample'"},
		{"a hash", policy{"style-src": {"'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"}}, "style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"},
		{"strict-dynamic with a hash", policy{"script-src": {"'strict-dynamic'", "'sha256-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU='"}},
			"script-src 'strict-dynamic' 'sha256-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU='"},
		{"directives without values", policy{"upgrade-insecure-requests": {}, "block-all-mixed-content": {}, "sandbox": {}, "trusted-types": {}},
			"block-all-mixed-content; sandbox; trusted-types; upgrade-insecure-requests"},
		{"sandbox", policy{"sandbox": {"allow-scripts", "allow-same-origin"}}, "sandbox allow-scripts allow-same-origin"},
		{"reports", policy{"report-to": {"csp"}, "report-uri": {"/csp", "https://reports.example.com/csp?a=b"}}, "report-to csp; report-uri /csp https://reports.example.com/csp?a=b"},
		{"trusted types", policy{"require-trusted-types-for": {"'script'"}, "trusted-types": {"default", "a#b", "'allow-duplicates'"}},
			"require-trusted-types-for 'script'; trusted-types default a#b 'allow-duplicates'"},
		{"framing", policy{"frame-ancestors": {"'self'", "https://portal.example.com"}}, "frame-ancestors 'self' https://portal.example.com"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := compile(t, &document.ResponseHeaders{Preset: "web", ContentSecurityPolicy: c.csp})
			got := leaves(t, g, newRequest(), answered(cspName+": the upstream's"), true)[cspName]
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCSPProblems(t *testing.T) {
	cases := []struct {
		name string
		csp  policy
		want string
	}{
		{"misspelt", policy{"script-scr": {"'self'"}}, `.script-scr is no directive: write "script-src"`},
		{"unknown", policy{"xyzzy": {"'self'"}}, `.xyzzy is no directive: remove it, or write one of base-uri,`},
		{"upper case", policy{"Script-Src": {"'self'"}}, `.Script-Src is no directive: write "script-src"`},
		{"self without quotes", policy{"script-src": {"self"}}, `.script-src[0] is "self", which browsers take for a host: write "'self'", in single quotes`},
		{"none without quotes", policy{"object-src": {"none"}}, `which browsers take for a host: write "'none'"`},
		{"unsafe-inline without quotes", policy{"script-src": {"Unsafe-Inline"}}, `write "'unsafe-inline'"`},
		{"strict-dynamic without quotes", policy{"script-src": {"strict-dynamic", "'nonce'"}}, `write "'strict-dynamic'"`},
		{"nonce without quotes", policy{"script-src": {"nonce"}}, `write "'nonce'"`},
		{"a hash without quotes", policy{"script-src": {"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}}, `write "'sha256-`},
		{"one quote", policy{"script-src": {"'self"}}, `write "'self'"`},
		{"a fixed nonce", policy{"script-src": {"'nonce-abc'"}}, `which is the same in every response`},
		{"a fixed nonce without quotes", policy{"script-src": {"nonce-abc"}}, `which is the same in every response`},
		{"our word in capitals", policy{"script-src": {"'Nonce'"}}, `which is not our word for a nonce`},
		{"a short hash", policy{"script-src": {"'sha256-YWJj'"}}, `which is no sha256 in base64`},
		{"a hash that is none", policy{"script-src": {"'sha384-%%'"}}, `which is no sha384 in base64`},
		{"a word that is none", policy{"script-src": {"'unsafe-inlne'"}}, `which nobody knows: write "'unsafe-inline'"`},
		{"a host in quotes", policy{"script-src": {"'cdn.example.com'"}}, `take the quotes away`},
		{"none beside others", policy{"script-src": {"'none'", "https:"}}, `[0] is "'none'" beside other sources`},
		{"doubled", policy{"script-src": {"'self'", "'SELF'"}}, `[1] is "'SELF'" again`},
		{"a scheme without its colon", policy{"img-src": {"data"}}, `which browsers take for a host: write "data:"`},
		{"no scheme", policy{"img-src": {"1x:"}}, `which is no scheme`},
		{"a scheme and no host", policy{"img-src": {"https://"}}, `neither a host nor a scheme`},
		{"a scheme with one slash", policy{"img-src": {"https:/a.example"}}, `neither a host nor a scheme`},
		{"a scheme without slashes", policy{"img-src": {"https:a.example"}}, `neither a host nor a scheme`},
		{"a wildcard within", policy{"img-src": {"a.*.example"}}, `neither a host nor a scheme`},
		{"a port that is none", policy{"img-src": {"a.example:http"}}, `neither a host nor a scheme`},
		{"a query", policy{"img-src": {"https://a.example/x?y"}}, `which has a query or a fragment`},
		{"a fragment", policy{"img-src": {"https://a.example/x#y"}}, `which has a query or a fragment`},
		{"another directive within", policy{"img-src": {"a.example; script-src *"}}, `which would not stay one source`},
		{"another policy within", policy{"img-src": {"a.example,b"}}, `which would not stay one source`},
		{"a line break", policy{"img-src": {"a\r\nset-cookie: b=c"}}, `which would not stay one source`},
		{"a space", policy{"img-src": {"a b"}}, `which would not stay one source`},
		{"not ASCII", policy{"img-src": {"bücher.example"}}, `which would not stay one source`},
		{"no sources", policy{"img-src": {}}, `is empty, which browsers read as 'none'`},
		{"values where there are none", policy{"upgrade-insecure-requests": {"1"}}, `lists something, and takes nothing: write []`},
		{"no endpoint", policy{"report-to": {}}, `is empty`},
		{"two endpoints", policy{"report-to": {"a", "b"}}, `lists several`},
		{"a reporting address that is none", policy{"report-uri": {"csp"}}, `which is no address`},
		{"our word in an address", policy{"report-uri": {"/'nonce'"}}, `which is no address`},
		{"sandbox misspelt", policy{"sandbox": {"allow-script"}}, `write "allow-scripts"`},
		{"sandbox unknown", policy{"sandbox": {"all"}}, `which allows nothing that is known`},
		{"framing by keyword", policy{"frame-ancestors": {"'unsafe-inline'"}}, `which has no effect in frame-ancestors`},
		{"framing by nonce", policy{"frame-ancestors": {"'nonce'"}}, `which has no effect in frame-ancestors`},
		{"a nonce for images", policy{"img-src": {"'nonce'"}}, `which has no effect in img-src`},
		{"eval of styles", policy{"style-src": {"'unsafe-eval'"}}, `which has no effect in style-src`},
		{"strict-dynamic alone", policy{"script-src": {"'strict-dynamic'"}}, `neither a nonce nor a hash`},
		{"trusted types for styles", policy{"require-trusted-types-for": {"'style'"}}, `write "'script'"`},
		{"a trusted type that is no name", policy{"trusted-types": {"a!"}}, `which is not the name of a policy`},
		{"a nonce that nobody is told", policy{"script-src": {"'nonce'"}}, `the upstream would not know the nonce`},
		{"too long", policy{"img-src": {"https://a.example/" + strings.Repeat("a", maxCSP)}}, `keep it within 8192`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			Compile(&document.Headers{Response: &document.ResponseHeaders{Preset: "web", ContentSecurityPolicy: c.csp}}, &p)
			if err := p.Err(); err == nil || !strings.HasPrefix(err.Error(), "headers.response.content_security_policy") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func withNonce(t testing.TB) *Guard {
	t.Helper()
	var p document.Problems
	g := Compile(&document.Headers{Response: &document.ResponseHeaders{Preset: "web",
		ContentSecurityPolicy:      policy{"script-src": {"'nonce'", "'strict-dynamic'"}, "style-src": {"'self'", "'nonce'"}},
		ContentSecurityPolicyNonce: &document.CSPNonce{RequestHeader: "X-CSP-Nonce"}}}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestNonce(t *testing.T) {
	g, seen := withNonce(t), map[string]bool{}
	w := answered("content-type: text/html", cspName+": the upstream's")
	for range 100 {
		r := newRequest()
		r.World = w
		if v := g.Check(r); !v.Allows() {
			t.Fatal(v)
		}
		told := r.Upstream[0]
		if len(r.Upstream) != 1 || told.Name != "x-csp-nonce" || len(told.Value) != 24 || seen[told.Value] {
			t.Fatalf("the upstream is told %+v", r.Upstream)
		}
		seen[told.Value] = true
		r.Forget()
		want := "script-src 'nonce-" + told.Value + "' 'strict-dynamic'; style-src 'self' 'nonce-" + told.Value + "'"
		for range 2 { // an answer may stand in for another
			if got := leaves(t, g, r, w, true)[cspName]; len(got) != 1 || got[0] != want {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	}
}

func TestNonceOfARequestThatWasNotAsked(t *testing.T) {
	g := withNonce(t)
	w := answered()
	one, two := leaves(t, g, newRequest(), w, true)[cspName][0], leaves(t, g, newRequest(), w, true)[cspName][0]
	if !strings.HasPrefix(one, "script-src 'nonce-") || strings.Contains(one, "'nonce'") || one == two {
		t.Errorf("two responses have %q and %q", one, two)
	}
}

func TestNonceNeedsRandomness(t *testing.T) {
	g, w := withNonce(t), answered()
	failure := errors.New("no randomness")
	w.Before = func(call, _ string) error {
		if call == guardtest.Random {
			return failure
		}
		return nil
	}
	r := newRequest()
	r.World = w
	if v := g.Check(r); v.Reason != guard.HostError || len(r.Upstream) != 0 || r.Nonce != "" {
		t.Errorf("got %v, upstream %v, nonce %q", v.Reason, r.Upstream, r.Nonce)
	}
	if err := g.Harden(r, true); !errors.Is(err, failure) {
		t.Errorf("a response without a nonce leaves: %v", err)
	}
}

func TestNonceProblems(t *testing.T) {
	cases := []struct {
		name, want string
		section    document.ResponseHeaders
	}{
		{"no source", "content_security_policy_nonce has no place in the policy", document.ResponseHeaders{Preset: "web", ContentSecurityPolicyNonce: &document.CSPNonce{RequestHeader: "x-a"}}},
		{"no header's name", `request_header is "x a", which is not the name`, document.ResponseHeaders{ContentSecurityPolicy: policy{"script-src": {"'nonce'"}},
			ContentSecurityPolicyNonce: &document.CSPNonce{RequestHeader: "x a"}}},
		{"a header that frames", `request_header names "Content_Length"`, document.ResponseHeaders{ContentSecurityPolicy: policy{"script-src": {"'nonce'"}},
			ContentSecurityPolicyNonce: &document.CSPNonce{RequestHeader: "Content_Length"}}},
		{"set beside", `headers.response.set.Content-Security-Policy names`, document.ResponseHeaders{ContentSecurityPolicy: policy{"script-src": {"'self'"}},
			Set: map[string]string{"Content-Security-Policy": "default-src *"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			Compile(&document.Headers{Response: &c.section}, &p)
			if err := p.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestCSPHoldsWhatIsWritten: whatever compiles stands in the policy as written,
// and nothing else does.
func TestCSPHoldsWhatIsWritten(t *testing.T) {
	compiled := 0
	rapid.Check(t, func(t *rapid.T) {
		csp := policy{}
		for range rapid.IntRange(1, 3).Draw(t, "directives") {
			name := rapid.SampledFrom([]string{"script-src", "img-src", "style-src", "frame-ancestors", "sandbox", "report-uri", "default-src"}).Draw(t, "name")
			csp[name] = rapid.SliceOfN(rapid.OneOf(
				rapid.SampledFrom([]string{"'self'", "'none'", "https:", "*", "a.example", "'unsafe-inline'", "allow-scripts", "/csp", "self"}),
				rapid.StringMatching(`[a-z*'/:;, .\r\n?#-]{1,8}`)), 0, 3).Draw(t, "sources")
		}
		var p document.Problems
		g := Compile(&document.Headers{Response: &document.ResponseHeaders{Preset: "none", ContentSecurityPolicy: csp}}, &p)
		if p.Err() != nil {
			return
		}
		compiled++
		value := g.Edits()[0].Value
		list := strings.Split(value, ";")
		if len(list) != len(csp) {
			t.Fatalf("%q of %v", value, csp)
		}
		for _, d := range list {
			words := strings.Fields(d)
			if got, want := strings.Join(words[1:], "\n"), strings.Join(csp[words[0]], "\n"); got != want {
				t.Fatalf("%s is %q, want %q", words[0], got, want)
			}
		}
	})
	if compiled == 0 {
		t.Error("nothing compiled")
	}
}

func TestWarnings(t *testing.T) {
	cases := []struct {
		name string
		csp  policy
		want string // "" for none
	}{
		{"fine", policy{"default-src": {"'none'"}, "img-src": {"data:", "https:"}}, ""},
		{"unsafe-inline", policy{"default-src": {"'self'"}, "script-src": {"'unsafe-inline'"}}, `.script-src[0] lets every script run`},
		{"unsafe-inline by default", policy{"default-src": {"'unsafe-inline'"}}, `lets every script run`},
		{"unsafe-inline beside a nonce", policy{"script-src": {"'unsafe-inline'", "'nonce'"}}, `has no effect beside a nonce`},
		{"unsafe-inline of styles", policy{"default-src": {"'self'"}, "style-src": {"'unsafe-inline'"}}, `lets every style apply`},
		{"unsafe-eval", policy{"script-src": {"'unsafe-eval'"}}, `lets scripts make code of texts`},
		{"any host", policy{"script-src": {"*"}}, `lets scripts of an attacker's in: it is "*"`},
		{"data", policy{"script-src": {"data:"}}, `it is "data:"`},
		{"over http", policy{"default-src": {"'self'"}, "img-src": {"http://a.example"}}, `it is "http://a.example": write https`},
		{"no scripts named", policy{"img-src": {"'self'"}}, `neither default-src nor script-src`},
		{"deprecated", policy{"default-src": {"'self'"}, "block-all-mixed-content": {}}, `is deprecated`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var w document.Problems
			Warn(&document.Headers{Response: &document.ResponseHeaders{ContentSecurityPolicy: c.csp}}, &w)
			switch err := w.Err(); {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || len(w.List()) != 1 || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want one warning: %s", err, c.want)
			}
		})
	}
}
