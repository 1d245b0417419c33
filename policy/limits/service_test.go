package limits_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// hashed is a value as the service is told it that is not told itself.
func hashed(value string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(value))) }

// served is a limit that only the rate-limit service knows.
func served(by ...string) document.Limit {
	return document.Limit{By: by, Cost: document.Cost{Default: 1}, Store: "rs", OnStoreError: "deny"}
}

// status is what the service says of a descriptor of which so much is left; -1
// is over.
func status(left int) string {
	code := "OK"
	if left < 0 {
		code, left = "OVER_LIMIT", 0
	}
	return fmt.Sprintf(`{"code":%q,"currentLimit":{"requestsPerUnit":3,"unit":"MINUTE"},"limitRemaining":%d,"durationUntilReset":"12s"}`, code, left)
}

// says makes the service answer so.
func (f *fleet) says(code string, statuses ...string) {
	f.service = func(*guard.Call) (guard.Answer, error) {
		a := guard.Answer{Status: 200, Body: []byte(`{"overallCode":"` + code + `","statuses":[` + strings.Join(statuses, ",") + `]}`)}
		if code != "OK" {
			a.Status = 429
		}
		return a, nil
	}
}

func TestWhatTheServiceIsAsked(t *testing.T) {
	long := strings.Repeat("x", 65)
	for name, tt := range map[string]struct {
		limit document.Limit
		want  string
	}{
		"every part": {
			served("client", "tenant", "ip", "route", "method", "path.id", "header.X-App"),
			`{"entries":[{"key":"limit","value":"l"},{"key":"client","value":"acme"},{"key":"tenant","value":"t-acme"},{"key":"ip","value":"192.0.2.1"},` +
				`{"key":"route","value":"orders"},{"key":"method","value":"GET"},{"key":"path.id","value":"17"},{"key":"header.x-app","value":"a, b"},{"key":"plan","value":"gold"}],"hitsAddend":1}`,
		},
		"a network":       {served("ip/24"), `{"entries":[{"key":"limit","value":"l"},{"key":"ip","value":"192.0.2.0/24"},{"key":"plan","value":"gold"}],"hitsAddend":1}`},
		"a long value":    {served("header.long"), `{"entries":[{"key":"limit","value":"l"},{"key":"header.long","value":"` + hashed(long) + `"},{"key":"plan","value":"gold"}],"hitsAddend":1}`},
		"no header":       {served("header.none"), `{"entries":[{"key":"limit","value":"l"},{"key":"header.none","value":""},{"key":"plan","value":"gold"}],"hitsAddend":1}`},
		"an empty header": {served("header.empty"), `{"entries":[{"key":"limit","value":"l"},{"key":"header.empty","value":"` + hashed("") + `"},{"key":"plan","value":"gold"}],"hitsAddend":1}`},
		"a quota":         {in("rs", quota(7, "day", "client")), `{"entries":[{"key":"limit","value":"l"},{"key":"client","value":"acme"},{"key":"plan","value":"gold"}],"limit":{"requestsPerUnit":7,"unit":"DAY"},"hitsAddend":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			f := share(t, map[string]document.Limit{"l": tt.limit}, "l")
			f.says("OK", status(2))
			f.wants(guard.Allowed, capture(1, "17"), header("x-app", "a", "b"), header("long", long), header("empty", ""), func(r *guard.Request) { r.Caller.Plan = "gold" })
			c := f.calls[0]
			if want := `{"domain":"api","descriptors":[` + tt.want + `]}`; string(c.Body) != want {
				t.Errorf("got  %s\nwant %s", c.Body, want)
			}
			if c.Method != "POST" || c.Path != "/json" || c.Timeout != 50*time.Millisecond || c.MaxBody < 1024 {
				t.Errorf("the call is %+v", c)
			}
		})
	}
}

func TestWhatTheClientSeesOfTheService(t *testing.T) {
	defs := map[string]document.Limit{"a": served("client"), "b": in("rs", quota(100, "hour", "client")), "c": window(100, time.Minute, "client")}
	f := share(t, defs, "a", "b", "c")
	f.says("OK", status(2), status(1))
	r := f.wants(guard.Allowed)
	if got := response(t, r, "ratelimit"); got != `"b";r=1;t=12` {
		t.Errorf("RateLimit is %s", got)
	}
	if got := response(t, r, "ratelimit-policy"); got != `"c";q=100;w=60, "b";q=100;w=3600, "a";q=3;w=60` {
		t.Errorf("RateLimit-Policy is %s", got)
	}
	f.says("OVER_LIMIT", status(2), status(-1))
	v, r := f.send()
	if v.Reason != guard.QuotaExceeded || v.RetryAfter != 12*time.Second || response(t, r, "ratelimit") != `"b";r=0;t=12` {
		t.Errorf("got %+v, %s", v, response(t, r, "ratelimit"))
	}
	f.worker()
	f.says("OVER_LIMIT", status(-1), status(2))
	f.wants(guard.RateLimited)
	if n := f.calls; len(n) != 3 {
		t.Errorf("%d calls", len(n))
	}
	f.says("OK", status(2), status(1))
	f.now += int64(time.Second)
	r = f.wants(guard.Allowed)
	if got := response(t, r, "ratelimit"); got != `"b";r=1;t=12` {
		t.Errorf("RateLimit is %s", got)
	}
}

// TestALimitThatLimitsNothing: a descriptor without a rule is let pass by the
// service, and not by us. A rule that says so itself is.
func TestALimitThatLimitsNothing(t *testing.T) {
	f := share(t, map[string]document.Limit{"l": served("client")}, "l")
	f.says("OK", `{"code":"OK"}`)
	f.wants(guard.LimitUnavailable)
	f.says("OK", `{"code":"OK","limitRemaining":4294967295}`)
	r := f.wants(guard.Allowed)
	if len(r.Response) != 0 {
		t.Errorf("the client is told %v", r.Response)
	}
}

// TestTheServiceGivesNothingBack: nothing is sent to it when another store
// denies. Redis is told.
func TestTheServiceGivesNothingBack(t *testing.T) {
	f := share(t, map[string]document.Limit{"a": served("client"), "b": in("q", bucket(1, 0.001, "client")), "c": in("r", bucket(1, 0.001, "client"))}, "a", "b", "c")
	f.says("OK", status(2))
	f.wants(guard.Allowed)
	f.calls = nil
	f.wants(guard.RateLimited)
	var asked []string
	for _, c := range f.calls {
		asked = append(asked, c.Cluster)
	}
	if got := strings.Join(asked, " "); got != "ratelimit webdis2" {
		t.Errorf("asked are %s", got)
	}
}

func TestWhatTheServiceCannotSay(t *testing.T) {
	for name, answer := range map[string]guard.Answer{
		"a bad request, or a Redis that is down": {Status: 400, Body: []byte("Bad Request\n\n")},
		"an error of its own":                    {Status: 500, Body: []byte("{}")},
		"garbage":                                {Status: 200, Body: []byte("<html>")},
		"nothing":                                {Status: 200},
	} {
		t.Run(name, func(t *testing.T) {
			f := share(t, map[string]document.Limit{"l": in("rs", quota(7, "day", "client"))}, "l")
			f.service = func(*guard.Call) (guard.Answer, error) { return answer, nil }
			f.wants(guard.LimitUnavailable)
			f = share(t, map[string]document.Limit{"l": otherwise("local", 0.5, in("rs", quota(7, "day", "client")))}, "l")
			f.service = func(*guard.Call) (guard.Answer, error) { return answer, nil }
			if n := f.admits(); n != 3 {
				t.Errorf("%d are admitted without it, want 3", n)
			}
		})
	}
}

// TestAValueWithoutARuleTouchesNobodyElse: a client picks values that no rule of
// the service matches. Others are counted all the same.
func TestAValueWithoutARuleTouchesNobodyElse(t *testing.T) {
	f := share(t, map[string]document.Limit{"l": otherwise("allow", 0, served("header.x-tier"))}, "l")
	for range 20 {
		f.says("OK", `{"code":"OK"}`)
		f.wants(guard.Allowed, header("x-tier", "invented"))
	}
	f.says("OVER_LIMIT", status(-1))
	f.wants(guard.RateLimited, header("x-tier", "gold"))
	if f.counted("rs.event.error") != 20 || f.counted("rs.event.allowed") != 20 || f.counted("rs.event.open") != 0 {
		t.Errorf("counted %v", f.world.Counted)
	}
}

// TestARuleOfNothing: the service leaves zeros out of its answers. A rule that
// lets nothing pass is no rule that is unlimited.
func TestARuleOfNothing(t *testing.T) {
	f := share(t, map[string]document.Limit{"l": served("client")}, "l")
	f.says("OVER_LIMIT", `{"code":"OVER_LIMIT","currentLimit":{"unit":"MINUTE"},"durationUntilReset":"12s"}`)
	r := f.wants(guard.RateLimited)
	if got := response(t, r, "ratelimit"); got != `"l";r=0;t=12` {
		t.Errorf("RateLimit is %s", got)
	}
	if got := response(t, r, "ratelimit-policy"); got != `"l";q=0;w=60` || r.Limit.Name != "l" {
		t.Errorf("RateLimit-Policy is %s, of the limit %q", got, r.Limit.Name)
	}
}

// TestAManyTimesRepeatedHeader is joined once, and not for each of its fields.
func TestAManyTimesRepeatedHeader(t *testing.T) {
	values := make([]string, 100)
	for i := range values {
		values[i] = strings.Repeat("x", 600)
	}
	f := share(t, map[string]document.Limit{"l": served("header.x-app")}, "l")
	f.says("OK", status(2))
	allocations := testing.AllocsPerRun(10, func() {
		f.calls = f.calls[:0]
		f.wants(guard.Allowed, header("x-app", values...))
	})
	if allocations >= 100 {
		t.Errorf("%v allocations for 100 fields", allocations)
	}
	if want := hashed(strings.Join(values, ", ")); !strings.Contains(string(f.calls[0].Body), want) {
		t.Errorf("sent %s, want %s", f.calls[0].Body, want)
	}
}
