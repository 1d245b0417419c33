package version

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// at returns a time of the document.
func at(text string) document.Time {
	v, ok := document.ParseTime(text)
	if !ok {
		panic(text)
	}
	return v
}

var (
	deprecated = at("2025-06-01T00:00:00Z")
	sunset     = at("2026-12-31T23:59:59Z")
)

func full() *document.Version {
	return &document.Version{
		Deprecated: deprecated, Sunset: sunset, Retire: true, Successor: "/v2/orders", Documentation: "https://docs.example.com/v1",
		BrownOuts: []document.BrownOut{
			{From: at("2026-10-01T10:00:00Z"), Until: at("2026-10-01T10:30:00Z")},
			{From: at("2026-11-01T00:00:00Z"), Until: at("2026-11-02T00:00:00Z")},
		},
	}
}

func compile(t testing.TB, d *document.Version) (*Guard, *guard.Metrics) {
	t.Helper()
	var p document.Problems
	m := new(guard.Metrics)
	g := Compile("orders", d, Callers{"partners": {"acme", "Acme, Ltd"}, "others": {"acme"}, "users": nil}, "routes[0].version", m, &p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return g, m
}

func newRequest(now document.Time) *guard.Request {
	r := new(guard.Request)
	r.Reset()
	r.Now, r.World = int64(now), guardtest.New("192.0.2.1")
	return r
}

// said joins what a response says.
func said(e guard.Edits) string {
	var list []string
	for _, f := range e {
		op := map[guard.Op]string{guard.Add: "+", guard.Replace: ""}[f.Op]
		list = append(list, op+f.Name+": "+f.Value)
	}
	return strings.Join(list, "\n")
}

func TestCheck(t *testing.T) {
	const (
		allOf = "deprecation: @1748736000\nsunset: Thu, 31 Dec 2026 23:59:59 GMT\n" +
			`+link: </v2/orders>; rel="successor-version", <https://docs.example.com/v1>; rel="deprecation", <https://docs.example.com/v1>; rel="sunset"`
		alone = "deprecation: @1748736000"
	)
	stays := full()
	stays.Retire = false
	cases := []struct {
		name  string
		d     *document.Version
		now   document.Time
		want  guard.Reason
		after time.Duration
		says  string
	}{
		{"defaults only", &document.Version{Deprecated: deprecated}, sunset, guard.Allowed, 0, alone},
		{"before", full(), deprecated - 1, guard.Allowed, 0, allOf},
		{"deprecated", full(), deprecated, guard.Allowed, 0, allOf},
		{"a nanosecond before the sunset", full(), sunset - 1, guard.Allowed, 0, allOf},
		{"the sunset", full(), sunset, guard.VersionRetired, 0, allOf},
		{"after it, and it stays", stays, sunset, guard.Allowed, 0, allOf},
		{"a brown-out begins", full(), at("2026-10-01T10:00:00Z"), guard.VersionBrownOut, 30 * time.Minute, allOf},
		{"and ends", full(), at("2026-10-01T10:30:00Z"), guard.Allowed, 0, allOf},
		{"a nanosecond before it", full(), at("2026-10-01T10:00:00Z") - 1, guard.Allowed, 0, allOf},
		{"a whole day, near its end", full(), at("2026-11-02T00:00:00Z") - 1, guard.VersionBrownOut, 1, allOf},
		{"between two", full(), at("2026-10-15T00:00:00Z"), guard.Allowed, 0, allOf},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g, _ := compile(t, c.d)
			r := newRequest(c.now)
			v := g.Check(r)
			if v.Reason != c.want || v.RetryAfter != c.after {
				t.Errorf("got %v after %v, want %v after %v", v.Reason, v.RetryAfter, c.want, c.after)
			}
			if got := said(r.Response); got != c.says {
				t.Errorf("the response says\n%s\nwant\n%s", got, c.says)
			}
			if len(r.Upstream) != 0 {
				t.Errorf("the upstream is told %v", r.Upstream)
			}
		})
	}
}

func TestNoVersion(t *testing.T) {
	g := Compile("orders", nil, nil, "", nil, nil)
	r := newRequest(sunset)
	if v := g.Check(r); g != nil || !v.Allows() || len(r.Response) != 0 {
		t.Errorf("got %v, %v", v, r.Response)
	}
	g.Count(r)
}

func TestLinks(t *testing.T) {
	for name, c := range map[string]struct {
		d    document.Version
		want string
	}{
		"none":                       {document.Version{}, ""},
		"a successor":                {document.Version{Successor: "https://api.example.com/v2?a=b#c"}, `<https://api.example.com/v2?a=b#c>; rel="successor-version"`},
		"documentation, no sunset":   {document.Version{Documentation: "/docs/v1"}, `</docs/v1>; rel="deprecation"`},
		"escapes":                    {document.Version{Successor: "/v2/a%20b"}, `</v2/a%20b>; rel="successor-version"`},
		"documentation and a sunset": {document.Version{Documentation: "/docs", Sunset: sunset}, `</docs>; rel="deprecation", </docs>; rel="sunset"`},
	} {
		c.d.Deprecated = deprecated
		if g, _ := compile(t, &c.d); g.links != c.want {
			t.Errorf("%s: got %s, want %s", name, g.links, c.want)
		}
	}
}

func TestProblems(t *testing.T) {
	window := func(from, until document.Time) []document.BrownOut {
		return []document.BrownOut{{From: from, Until: until}}
	}
	hour := document.Time(time.Hour)
	cases := []struct {
		name   string
		change func(*document.Version)
		want   string
	}{
		{"sunset before", func(d *document.Version) { d.Sunset, d.BrownOuts = deprecated-1, nil }, "sunset is before the version is deprecated"},
		{"retire without sunset", func(d *document.Version) { d.Sunset = 0 }, "retire is true without a sunset"},
		{"brown-out backwards", func(d *document.Version) { d.BrownOuts = window(sunset-hour, sunset-hour) }, `brown_outs[0].until is not behind "from"`},
		{"brown-out for too long", func(d *document.Version) { d.BrownOuts = window(sunset-25*hour, sunset) }, "brown_outs[0] is longer than a day"},
		{"brown-out too early", func(d *document.Version) { d.BrownOuts = window(deprecated-1, deprecated+hour) }, "brown_outs[0].from is before the version is deprecated"},
		{"brown-out too late", func(d *document.Version) { d.BrownOuts = window(sunset-hour, sunset+1) }, "brown_outs[0].until is behind the sunset"},
		{"brown-outs out of order", func(d *document.Version) { slices.Reverse(d.BrownOuts) }, "brown_outs[1].from is before the one before it ends"},
		{"brown-outs in one another", func(d *document.Version) { d.BrownOuts = slices.Repeat(window(sunset-hour, sunset), 2) }, "brown_outs[1].from is before the one before it ends"},
		{"too many", func(d *document.Version) { d.BrownOuts = slices.Repeat(window(sunset-hour, sunset), maxBrownOuts+1) }, "brown_outs has 101 entries"},
		{"a relative successor", func(d *document.Version) { d.Successor = "v2/orders" }, `successor is "v2/orders", which is neither`},
		{"no scheme", func(d *document.Version) { d.Successor = "//api.example.com/v2" }, `successor is "//api.example.com/v2", which is neither`},
		{"no host", func(d *document.Version) { d.Successor = "https:///v2" }, `successor is "https:///v2", which is neither`},
		{"another scheme", func(d *document.Version) { d.Documentation = "javascript://x" }, `documentation is "javascript://x", which is neither`},
		{"a password", func(d *document.Version) { d.Documentation = "https://a:b@docs.example.com" }, `which is neither`},
		{"the end of a link", func(d *document.Version) { d.Successor = "/v2>; rel=x" }, `successor is "/v2>; rel=x", which is no address`},
		{"a line break", func(d *document.Version) { d.Documentation = "/a\r\nset-cookie: b" }, `which is no address`},
		{"not ASCII", func(d *document.Version) { d.Documentation = "/ü" }, `which is no address`},
		{"a bad escape", func(d *document.Version) { d.Documentation = "/%2" }, `which is no address`},
		{"two fragments", func(d *document.Version) { d.Documentation = "/#a#b" }, `which is no address`},
		{"too long", func(d *document.Version) { d.Documentation = "/" + strings.Repeat("a", maxReference) }, `documentation has 1025 bytes`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			d := full()
			c.change(d)
			Compile("orders", d, nil, "routes[0].version", new(guard.Metrics), &p)
			if err := p.Err(); err == nil || !strings.HasPrefix(err.Error(), "routes[0].version.") || !strings.Contains(err.Error(), c.want) || len(p.List()) != 1 {
				t.Errorf("got %v, want one problem: %s", err, c.want)
			}
		})
	}
}

func TestCount(t *testing.T) {
	g, m := compile(t, full())
	for name, c := range map[string]struct {
		who  guard.Caller
		want string
	}{
		"nobody":                     {guard.Caller{}, "caller.anonymous"},
		"a client":                   {guard.Caller{Identity: "partners", Client: "acme"}, "client.acme"},
		"one of another identity":    {guard.Caller{Identity: "others", Client: "acme"}, "client.acme"},
		"one whose id is no label":   {guard.Caller{Identity: "partners", Client: "Acme, Ltd"}, "client.Acme__Ltd-c62fd0c5"},
		"one that is not listed":     {guard.Caller{Identity: "partners", Client: "of the directory"}, "identity.partners"},
		"one of an open identity":    {guard.Caller{Identity: "users", Client: "acme"}, "identity.users"},
		"one by a signature":         {guard.Caller{Identity: "webhook"}, "caller.other"},
		"one with a strange client":  {guard.Caller{Identity: "users", Client: strings.Repeat("x", 1000)}, "identity.users"},
		"an empty client of a known": {guard.Caller{Identity: "partners"}, "identity.partners"},
	} {
		r := newRequest(deprecated)
		r.Caller = c.who
		g.Count(r)
		counted := r.World.(*guardtest.World).Counted
		if len(counted) != 1 {
			t.Errorf("%s: counted %v", name, counted)
		}
		for metric, n := range counted {
			if got := m.Names()[metric-1]; n != 1 || got != "sallyport.version.route.orders."+c.want {
				t.Errorf("%s: %s counted %d times, want %s", name, got, n, c.want)
			}
		}
	}
	if early := newRequest(deprecated - 1); true {
		if g.Count(early); len(early.World.(*guardtest.World).Counted) != 0 {
			t.Error("counted before the version is deprecated")
		}
	}
	if len(m.Names()) != 7 {
		t.Errorf("counters %q", m.Names())
	}
}

func TestAllocations(t *testing.T) {
	g, _ := compile(t, full())
	r := newRequest(deprecated)
	w := r.World
	if n := testing.AllocsPerRun(100, func() {
		r.Reset()
		r.Now, r.World, r.Caller = int64(deprecated), w, guard.Caller{Identity: "partners", Client: "acme"}
		if !g.Check(r).Allows() {
			t.Error("refused")
		}
		g.Count(r)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
