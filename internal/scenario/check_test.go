package scenario

import (
	"strings"
	"testing"
)

const steps = `# passes
> GET /a?token=s3cret
> x-request-id: 7
< 200
< x-b: c
forwarded GET /a?token=s3cret
| x-client-id: acme
route r

# denied
> GET /a?token=s3cret
> x-request-id: 7
< 401
code credential-missing
route r

# reported
> GET /a
< 200
forwarded GET /a
reported scope-missing
route r

# denied in gRPC
> POST /a
> content-type: application/grpc
< 200
code credential-missing
route r

# served
> GET /s
< 200
served
route r
`

func parsed(t *testing.T) *Scenario {
	t.Helper()
	s, err := Parse("x", []byte(strings.Replace(head, "{\"sha\": \"{sha256 acme}\"}", "{}", 1)+steps))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// right returns the result that each of the steps asks for.
func right(step int) Result {
	fwd := &Forwarded{Method: "GET", Target: "/a", Headers: []Header{{"x-client-id", "acme"}}}
	switch step {
	case 0:
		fwd.Target = "/a?token=s3cret"
		return Result{Status: 200, Headers: []Header{{"x-b", "c"}}, Forwarded: fwd, Details: "via_upstream", Reason: "-",
			Counted: map[Counter]int64{{"r", "allowed", "allowed"}: 1}}
	case 1:
		return Result{Status: 401, Details: "sallyport:credential-missing", Reason: "credential-missing", Route: "r",
			Headers: []Header{{"content-type", "application/problem+json"}, {"cache-control", "no-store"}, {"www-authenticate", "ApiKey"}},
			Body:    []byte(`{"type":"https://sallyport.dev/reasons/credential-missing","title":"A credential is needed","status":401,"code":"credential-missing","request_id":"7"}`),
			Audit:   []string{`{"sallyport":"audit","outcome":"denied","reason":"credential-missing","route":"r","method":"GET","path":"/a"}`},
			Counted: map[Counter]int64{{"r", "denied", "credential-missing"}: 1}}
	case 2:
		return Result{Status: 200, Forwarded: fwd, Reason: "scope-missing", Route: "r",
			Audit:   []string{`{"sallyport":"audit","outcome":"reported","reason":"scope-missing","route":"r","method":"GET","path":"/a"}`},
			Counted: map[Counter]int64{{"r", "reported", "scope-missing"}: 1}}
	}
	if step == 4 {
		return Result{Status: 200, Details: "sallyport:served", Reason: "served", Route: "r", Counted: map[Counter]int64{{"r", "served", "served"}: 1}}
	}
	return Result{Status: 200, Headers: []Header{{"grpc-status", "16"}}, Details: "sallyport:credential-missing", Reason: "credential-missing", Route: "r",
		Audit:   []string{`{"sallyport":"audit","outcome":"denied","reason":"credential-missing","route":"r","method":"POST","path":"/a"}`},
		Counted: map[Counter]int64{{"r", "denied", "credential-missing"}: 1}}
}

func TestCheckAcceptsWhatIsRight(t *testing.T) {
	s := parsed(t)
	for i, step := range s.Steps {
		if err := Check(s, step, right(i)); err != nil {
			t.Errorf("%s:\n%v", step.Name, err)
		}
	}
}

// TestCheckFindsLies turns each promise of Check red once.
func TestCheckFindsLies(t *testing.T) {
	s := parsed(t)
	for name, c := range map[string]struct {
		step int
		lie  func(*Result)
		want string
	}{
		"status":                   {0, func(r *Result) { r.Status = 500 }, "status 500"},
		"header missing":           {0, func(r *Result) { r.Headers = nil }, "x-b"},
		"header twice":             {0, func(r *Result) { r.Headers = append(r.Headers, r.Headers[0]) }, "x-b"},
		"not forwarded":            {0, func(r *Result) { r.Forwarded = nil }, "received nothing"},
		"another target":           {0, func(r *Result) { r.Forwarded.Target = "/b" }, "/b"},
		"identity twice":           {0, func(r *Result) { r.Forwarded.Headers = append(r.Forwarded.Headers, r.Forwarded.Headers[0]) }, "x-client-id"},
		"reason on allowed":        {0, func(r *Result) { r.Reason = "no-route" }, "filter state"},
		"counted twice":            {0, func(r *Result) { r.Counted[Counter{"r", "allowed", "allowed"}]++ }, "counters"},
		"counted elsewhere":        {0, func(r *Result) { r.Counted[Counter{"r", "denied", "no-route"}]++ }, "counters"},
		"not counted":              {0, func(r *Result) { r.Counted = nil }, "counters"},
		"audited":                  {0, func(r *Result) { r.Audit = []string{"{}"} }, "audit lines"},
		"denied but forwarded":     {1, func(r *Result) { r.Forwarded = &Forwarded{Method: "GET"} }, "want nothing"},
		"denied in silence":        {1, func(r *Result) { r.Audit = nil }, "audit lines"},
		"denied without details":   {1, func(r *Result) { r.Details = "via_upstream" }, "details"},
		"denied without challenge": {1, func(r *Result) { r.Headers = r.Headers[:2] }, "www-authenticate"},
		"denied without body":      {1, func(r *Result) { r.Body = nil }, "problem document"},
		"body tells more":          {1, func(r *Result) { r.Body = []byte(strings.Replace(string(r.Body), "{", `{"key":"x",`, 1)) }, "problem document"},
		"another request id":       {1, func(r *Result) { r.Body = []byte(strings.Replace(string(r.Body), `"7"`, `"8"`, 1)) }, "request_id"},
		"audit tells the query":    {1, func(r *Result) { r.Audit[0] = strings.Replace(r.Audit[0], "/a", "/a?token=s3cret", 1) }, "holds"},
		"audit tells a key":        {1, func(r *Result) { r.Audit[0] = strings.Replace(r.Audit[0], "/a", "/k1", 1) }, "holds"},
		"audit names another":      {1, func(r *Result) { r.Audit[0] = strings.Replace(r.Audit[0], "denied", "allowed", 1) }, "outcome"},
		"reported as denied":       {2, func(r *Result) { r.Counted = map[Counter]int64{{"r", "denied", "scope-missing"}: 1} }, "counters"},
		"reported not forwarded":   {2, func(r *Result) { r.Forwarded = nil }, "received nothing"},
		"served and forwarded":     {4, func(r *Result) { r.Forwarded = &Forwarded{Method: "GET"} }, "want nothing"},
		"served without details":   {4, func(r *Result) { r.Details = "" }, "details"},
		"served, no filter state":  {4, func(r *Result) { r.Reason = "-" }, "filter state"},
		"served as denied":         {4, func(r *Result) { r.Counted = map[Counter]int64{{"r", "denied", "served"}: 1} }, "counters"},
		"served and audited":       {4, func(r *Result) { r.Audit = []string{"{}"} }, "audit lines"},
		"gRPC says fine":           {3, func(r *Result) { r.Headers[0].Value = "0" }, "grpc-status"},
	} {
		t.Run(name, func(t *testing.T) {
			got := right(c.step)
			c.lie(&got)
			err := Check(s, s.Steps[c.step], got)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestParseCounter(t *testing.T) {
	got, ok := ParseCounter("wasmcustom.sallyport.requests.route.-.outcome.denied.reason.no-route")
	if want := (Counter{"-", "denied", "no-route"}); !ok || got != want {
		t.Errorf("got %v, %v", got, ok)
	}
	for _, name := range []string{"", "sallyport.requests", "sallyport.requests.route.r.outcome.denied"} {
		if _, ok := ParseCounter(name); ok {
			t.Errorf("%q is read as a counter", name)
		}
	}
}
