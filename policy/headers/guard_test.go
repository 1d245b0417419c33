package headers

import (
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// leaves returns the headers of a response as it leaves. Names that repeat are
// kept apart.
func leaves(t testing.TB, g *Guard, r *guard.Request, w *guardtest.World, open bool) map[string][]string {
	t.Helper()
	r.World = w
	if err := g.Harden(r, open); err != nil {
		t.Fatal(err)
	}
	h := map[string][]string{}
	for _, f := range w.Response {
		h[f.Name] = append(h[f.Name], f.Value)
	}
	for _, e := range slices.Concat(g.Edits(), r.Hardening, r.Response) {
		switch e.Op {
		case guard.Remove:
			delete(h, e.Name)
		case guard.Replace:
			h[e.Name] = []string{e.Value}
		case guard.Add:
			h[e.Name] = append(h[e.Name], e.Value)
		default:
			t.Fatalf("unexpected edit %+v", e)
		}
	}
	return h
}

// answered is a world with a response.
func answered(fields ...string) *guardtest.World {
	w := guardtest.New("192.0.2.1")
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		w.Response = append(w.Response, guard.Header{Name: name, Value: value})
	}
	return w
}

func newRequest() *guard.Request {
	r := new(guard.Request)
	r.Reset()
	return r
}

func compile(t *testing.T, r *document.ResponseHeaders) *Guard {
	t.Helper()
	var p document.Problems
	g := Compile(&document.Headers{Response: r}, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestEdits(t *testing.T) {
	upstream := func() *guardtest.World {
		return answered("server: nginx", "x-powered-by: PHP", "x-powered-by: Express", "x-frame-options: ALLOWALL", "content-type: text/plain",
			"x-drupal-cache: HIT", "x-drupal-other: 1", "x-drupalish: 1", "via: 1.1 a")
	}
	cases := []struct {
		name    string
		section document.ResponseHeaders
		want    map[string]string // "" means absent
	}{
		{"api", document.ResponseHeaders{Preset: "api"}, map[string]string{
			"server": "", "x-powered-by": "", "x-frame-options": "DENY", "content-type": "text/plain", "x-content-type-options": "nosniff",
			"content-security-policy": "default-src 'none'; frame-ancestors 'none'", "x-drupal-cache": "", "x-drupalish": "1", "via": "1.1 a"}},
		{"web", document.ResponseHeaders{Preset: "web"}, map[string]string{
			"server": "", "x-powered-by": "", "x-frame-options": "SAMEORIGIN", "x-xss-protection": "0", "origin-agent-cluster": "?1"}},
		{"none", document.ResponseHeaders{Preset: "none"}, map[string]string{
			"server": "nginx", "x-powered-by": "PHP|Express", "x-frame-options": "ALLOWALL", "x-content-type-options": ""}},
		{"set wins over the preset, whatever its case", document.ResponseHeaders{Preset: "api", Set: map[string]string{"X-Frame-Options": "SAMEORIGIN"}},
			map[string]string{"x-frame-options": "SAMEORIGIN"}},
		{"set wins over a leak of the preset", document.ResponseHeaders{Preset: "api", Set: map[string]string{"server": "api"}},
			map[string]string{"server": "api", "x-powered-by": ""}},
		{"set wins over a beginning of the preset", document.ResponseHeaders{Preset: "api", Set: map[string]string{"x-drupal-cache": "none"}},
			map[string]string{"x-drupal-cache": "none", "x-drupal-other": ""}},
		{"remove takes a header of the preset out", document.ResponseHeaders{Preset: "api", Remove: []string{"X-Frame-Options", "content-type"}},
			map[string]string{"x-frame-options": "", "content-type": "", "x-content-type-options": "nosniff"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := leaves(t, compile(t, &c.section), newRequest(), upstream(), true)
			for name, want := range c.want {
				if is := strings.Join(got[name], "|"); is != want {
					t.Errorf("%s is %q, want %q", name, is, want)
				}
			}
		})
	}
}

func TestDefaultsOnly(t *testing.T) {
	if e := Compile(nil, nil).Edits(); e != nil {
		t.Errorf("without a section: %v, want nothing", e)
	}
	if e := Compile(&document.Headers{}, nil).Edits(); e != nil {
		t.Errorf("without a response section: %v, want nothing", e)
	}
	for _, g := range []*Guard{nil, Compile(&document.Headers{}, nil), compile(t, &document.ResponseHeaders{Preset: "none"})} {
		w, r := answered("server: a", "set-cookie: a=b"), newRequest()
		r.World = w
		if err := g.Harden(r, false); err != nil || len(r.Hardening) != 0 || len(w.Calls) != 0 {
			t.Errorf("%v, %v, calls %v; want nothing", err, r.Hardening, w.Calls)
		}
		if v := g.Check(r); !v.Allows() || len(r.Upstream) != 0 {
			t.Errorf("a request gets %v and %v", v, r.Upstream)
		}
	}
}

// TestHelmet holds the web preset against the names that Helmet 8 sets.
func TestHelmet(t *testing.T) {
	want := strings.Fields(`content-security-policy cross-origin-opener-policy cross-origin-resource-policy origin-agent-cluster
		referrer-policy strict-transport-security x-content-type-options x-dns-prefetch-control x-download-options x-frame-options
		x-permitted-cross-domain-policies x-xss-protection`)
	got := []string{}
	for _, e := range compile(t, &document.ResponseHeaders{Preset: "web"}).Edits() {
		if e.Op == guard.Replace {
			got = append(got, e.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestProblems(t *testing.T) {
	cases := []struct {
		name    string
		section document.ResponseHeaders
		want    string
	}{
		{"malformed name", document.ResponseHeaders{Set: map[string]string{"a b": "c"}}, `headers.response.set["a b"] is "a b", which is not the name`},
		{"pseudo-header", document.ResponseHeaders{Set: map[string]string{":status": "200"}}, `headers.response.set[":status"] is ":status", which is not the name`},
		{"framing", document.ResponseHeaders{Set: map[string]string{"Content-Length": "0"}}, `headers.response.set.Content-Length names "Content-Length", which frames`},
		{"framing removed", document.ResponseHeaders{Remove: []string{"transfer-encoding"}}, `headers.response.remove[0] names "transfer-encoding"`},
		{"a beginning set", document.ResponseHeaders{Set: map[string]string{"x-a*": "b"}}, `headers.response.set["x-a*"] names "x-a*", with a *, which`},
		{"a beginning removed", document.ResponseHeaders{Remove: []string{"content-*"}}, `headers.response.remove[0] names "content-*", with a *, which`},
		{"splitting", document.ResponseHeaders{Set: map[string]string{"x-a": "b\r\nset-cookie: c"}}, `headers.response.set.x-a is "b\r\nset-cookie: c", which is not the value`},
		{"blank", document.ResponseHeaders{Set: map[string]string{"x-a": " "}}, `headers.response.set.x-a is " ", which is not the value`},
		{"duplicated by case", document.ResponseHeaders{Set: map[string]string{"X-A": "b", "x-a": "c"}}, `headers.response.set.x-a names "x-a" again`},
		{"set and removed", document.ResponseHeaders{Set: map[string]string{"x-a": "b"}, Remove: []string{"X-A"}}, `headers.response.remove[0] names "X-A" again`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			Compile(&document.Headers{Response: &c.section}, &p)
			if err := p.Err(); err == nil || !strings.HasPrefix(err.Error(), c.want) || len(p.List()) != 1 {
				t.Errorf("got %v, want one problem: %s", err, c.want)
			}
		})
	}
}
