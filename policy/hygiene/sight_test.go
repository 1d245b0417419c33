package hygiene

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

func sightGuard(names Names) *Guard {
	return Compile(document.Hygiene{MaxHeaders: 100, MaxHeaderSize: 1 << 10, MaxHeadersSize: 1 << 14, MaxPathSize: 300}, names)
}

// checkSight holds what is judged at sight to what judge says, which reads any
// request. It tells whether the request was judged at sight.
func checkSight(t interface{ Fatalf(string, ...any) }, g *Guard, method, authority, target string) bool {
	fast := &guard.Request{Method: method, Authority: authority, Target: target}
	slow := &guard.Request{Method: method, Authority: authority, Target: target}
	got, want := g.Check(fast), g.judge(slow, guard.Allowed)
	if got != want || fast.Host != slow.Host || fast.Path != slow.Path || fast.Query != slow.Query {
		t.Fatalf("%q %q %q: %s with %q %q %q; judged in full: %s with %q %q %q", method, authority, target,
			got.Reason, fast.Host, fast.Path, fast.Query, want.Reason, slow.Host, slow.Path, slow.Query)
	}
	return usual(method) && canonicalHost(authority) > 0 && canonicalTarget(target) > 0
}

func TestSightIsTheJudge(t *testing.T) {
	g := sightGuard(Names{})
	atSight := 0
	rapid.Check(t, func(t *rapid.T) {
		join := func(what string, most int, pieces ...string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, most).Draw(t, what), "")
		}
		method := rapid.SampledFrom([]string{"GET", "GET", "POST", "BREW", "get", "", "GE T", "OPTIONS"}).Draw(t, "method")
		authority := "a" + join("authority", 5, "a", "b-c", ".", "_", "0", "b", strings.Repeat("x", 62), strings.Repeat("y.", 60), "A", ":80", ":", "8", "[", ",", "é", "\xad")
		target := "/" + join("target", 7, "/", "a", "bc", "~", "?", "=1", ".", "..", "/a", "#", "%41", ";", " ", "|", `\`, "\xad", strings.Repeat("z", 290))
		if checkSight(t, g, method, authority, target) {
			atSight++
		}
	})
	if atSight == 0 {
		t.Error("no request was judged at sight")
	}
}

func FuzzSight(f *testing.F) {
	seeds := [][3]string{{"GET", "api.example.com", "/v1/a?b=/../c"}, {"GET", "a:80", "/"}, {"PUT", "[::1]", "//a"}, {"", "", ""}, {"GET", "a", "/.?.#"}}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, seed := range seeds {
		f.Add(seed[0], seed[1], seed[2])
	}
	g := sightGuard(Names{})
	f.Fuzz(func(t *testing.T, method, authority, target string) { checkSight(t, g, method, authority, target) })
}

// checkField holds fields that are let pass at sight to the full judgement, and
// tells whether this one was.
func checkField(t interface{ Fatalf(string, ...any) }, g *Guard, name, value string) bool {
	r, h := &guard.Request{Authority: "a.example"}, guard.Header{Name: name, Value: value}
	hash, ordinary := scanField(&h)
	if !ordinary || g.watched.mayHave(hash) || len(name)+len(value) > g.maxField {
		return false
	}
	if reason := g.judgeField(r, &h); reason != guard.Allowed || len(r.Upstream) > 0 {
		t.Fatalf("%q: %q passes at sight; judged in full: %s, %d removals", name, value, reason, len(r.Upstream))
	}
	return true
}

// A field that has to be removed or refused is never let pass at sight, however
// its name is spelled; what a guard reads under its own spelling is.
func TestFieldsAtSight(t *testing.T) {
	names := Names{Own: []string{"x-client-id"}, Sources: []string{"authorization", "x_api_key"}, Removed: []string{"x-debug"}, Hosts: true}
	g, all := sightGuard(names), sightGuard(Names{Prefixes: []string{"x-internal-"}})
	cases := []struct {
		name  string
		sight bool
	}{
		{"accept", true}, {"authorization", true}, {"x-request-id", true}, {"x-api", true},
		{"x-client-id", false}, {"x_client_id", false}, {"x-debug", false}, {"x.debug", false}, {"x-api-key", false}, {"x_api_key", false},
		{"host", false}, {"forwarded", false}, {"x-original-url", false}, {"Accept", false}, {"", false}, {"a b", false}, {"a\xad", false},
	}
	for _, c := range cases {
		if sight := checkField(t, g, c.name, "value"); sight != c.sight {
			t.Errorf("%q is let pass at sight: %v", c.name, sight)
		}
		if checkField(t, all, c.name, "value") {
			t.Errorf("%q is let pass at sight, and might have a prefix", c.name)
		}
	}
}
