package denial

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

func request(headers ...string) *guard.Request {
	r := &guard.Request{}
	for i := 0; i < len(headers); i += 2 {
		r.Headers = append(r.Headers, guard.Header{Name: headers[i], Value: headers[i+1]})
	}
	return r
}

func TestRenderEveryReason(t *testing.T) {
	for i := range guard.Reasons {
		reason := guard.Reason(i)
		want := reason.Public()
		if !reason.Denies() {
			want = guard.Unjudged.Public()
		}
		a := Render(guard.Verdict{Reason: reason}, request("x-request-id", "r-1"))
		var body map[string]any
		if err := json.Unmarshal([]byte(a.Body), &body); err != nil {
			t.Fatalf("%v: %v in %s", reason, err, a.Body)
		}
		if a.Status != want.Status || a.Status < 400 || a.GRPC != -1 || a.Details != "sallyport:"+want.Name {
			t.Errorf("%v: got %+v", reason, a)
		}
		typ := TypePrefix + want.Name
		if want.Status == 429 {
			typ = "https://iana.org/assignments/http-problem-types#quota-exceeded"
		}
		if body["code"] != want.Name || body["type"] != typ || body["title"] != want.Title ||
			body["status"] != float64(want.Status) || body["request_id"] != "r-1" || len(body) != 5 {
			t.Errorf("%v: body %v", reason, body)
		}
	}
}

// TestRenderViolatedPolicies: only a denial by a limit names it, and not where
// clients are told nothing of limits.
func TestRenderViolatedPolicies(t *testing.T) {
	const named = `"code":"rate-limited","violated-policies":["per-client"],"request_id":"r-1"}`
	cases := []struct {
		name   string
		reason guard.Reason
		limit  guard.Limit
		want   string // the body's end
	}{
		{"a limit", guard.RateLimited, guard.Limit{Name: "per-client", Remaining: 3}, named},
		{"a quota", guard.QuotaExceeded, guard.Limit{Name: "daily"}, `"violated-policies":["daily"],"request_id":"r-1"}`},
		{"requests in flight", guard.ConcurrencyExceeded, guard.Limit{Name: "at-once"}, `"violated-policies":["at-once"],"request_id":"r-1"}`},
		{"untold", guard.RateLimited, guard.Limit{Name: "per-client", Untold: true}, `"code":"rate-limited","request_id":"r-1"}`},
		{"without a name", guard.RateLimited, guard.Limit{}, `"code":"rate-limited","request_id":"r-1"}`},
		{"refused later", guard.ScopeMissing, guard.Limit{Name: "per-client"}, `"code":"scope-missing","request_id":"r-1"}`},
		{"the limit could not be checked", guard.LimitUnavailable, guard.Limit{Name: "per-client"}, `"code":"limit-unavailable","request_id":"r-1"}`},
	}
	for _, c := range cases {
		r := request("x-request-id", "r-1")
		r.Limit = c.limit
		if got := Render(guard.Deny(c.reason), r).Body; !strings.HasSuffix(strings.TrimSpace(got), c.want) || !json.Valid([]byte(got)) {
			t.Errorf("%s: got %s", c.name, got)
		}
	}
}

func TestRenderGRPC(t *testing.T) {
	for contentType, grpc := range map[string]bool{
		"application/grpc": true, "application/grpc+proto": true, "application/grpc+": true,
		"Application/GRPC": false, "application/grpc; a=b": false, "application/grpc,application/grpc": false,
		"application/grpc-web": false, "application/grpcx": false, "application/json": false, "": false,
	} {
		a := Render(guard.Deny(guard.RateLimited), request("content-type", contentType))
		if grpc && (a.GRPC != 8 || a.Body != "rate-limited: Too many requests") || !grpc && (a.GRPC != -1 || !strings.HasPrefix(a.Body, "{")) {
			t.Errorf("%q: got %+v", contentType, a)
		}
	}
	for i := range guard.Reasons {
		if a := Render(guard.Verdict{Reason: guard.Reason(i)}, request("content-type", "application/grpc")); a.GRPC <= 0 || a.GRPC > 16 {
			t.Errorf("%v: grpc-status %d", guard.Reason(i), a.GRPC)
		}
	}
}

func TestRenderFields(t *testing.T) {
	cases := []struct {
		name    string
		verdict guard.Verdict
		want    [][2]string
	}{
		{"challenge", guard.Verdict{Reason: guard.CredentialMissing, Challenge: `ApiKey realm="a"`}, [][2]string{{"www-authenticate", `ApiKey realm="a"`}}},
		{"retry rounds up", guard.Verdict{Reason: guard.RateLimited, RetryAfter: time.Second + 1}, [][2]string{{"retry-after", "2"}}},
		{"retry of a whole second", guard.Verdict{Reason: guard.RateLimited, RetryAfter: time.Second}, [][2]string{{"retry-after", "1"}}},
		{"neither", guard.Verdict{Reason: guard.RateLimited}, nil},
	}
	for _, c := range cases {
		want := append([][2]string{{"cache-control", "no-store"}}, c.want...)
		want = append(want, [2]string{"content-type", "application/problem+json"})
		if got := Render(c.verdict, request()).Headers; !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", c.name, got, want)
		}
	}
}

func TestRequestID(t *testing.T) {
	cases := map[string]struct {
		headers []string
		want    string
	}{
		"a UUID":     {[]string{"x-request-id", "6fa0cdd8-86f2-4bd5-b35d-1b1a2b3c4d5e"}, "6fa0cdd8-86f2-4bd5-b35d-1b1a2b3c4d5e"},
		"absent":     {nil, ""},
		"duplicated": {[]string{"x-request-id", "a", "x-request-id", "b"}, ""},
		"quoted":     {[]string{"x-request-id", `a","code":"allowed`}, ""},
		"control":    {[]string{"x-request-id", "a\x01"}, ""},
		"oversized":  {[]string{"x-request-id", strings.Repeat("a", maxRequestID+1)}, ""},
		"largest":    {[]string{"x-request-id", strings.Repeat("a", maxRequestID)}, strings.Repeat("a", maxRequestID)},
	}
	for name, c := range cases {
		if got := RequestID(request(c.headers...)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
