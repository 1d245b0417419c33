package introspection_test

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/internal/manual"
	"sallyport.dev/sallyport/policy"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// The page's policy asks as the page shows, and its answer lets the page's token
// in.
func TestManual(t *testing.T) {
	page := manual.Page(t, "introspection")
	p, err := policy.Compile([]byte(manual.Blocks(t, "introspection", "json")[0]), func(string) (string, bool) { return "s3cret", true })
	if err != nil {
		t.Fatal(err)
	}
	token := regexp.MustCompile("`Authorization: Bearer ([^`]+)`").FindStringSubmatch(page)
	if token == nil {
		t.Fatal("the page shows no token")
	}
	w := guardtest.New("192.0.2.1")
	w.Answer = func(c *guard.Call) (guard.Answer, error) {
		lines := []string{c.Method + " " + c.Path + " HTTP/1.1", "host: " + c.Authority}
		for _, h := range c.Headers {
			lines = append(lines, h[0]+": "+h[1])
		}
		for _, line := range append(lines, string(c.Body)) {
			if !slices.Contains(strings.Split(page, "\n"), line) {
				t.Errorf("the page does not show %q", line)
			}
		}
		return guard.Answer{Status: 200, Body: []byte(manual.Blocks(t, "introspection", "jsonc")[0])}, nil
	}
	r := &guard.Request{Route: -1, Method: "GET", Scheme: "https", Authority: "api.example.com", Target: "/orders/17", World: w, Now: start.UnixNano(),
		Headers: []guard.Header{{Name: "authorization", Value: "Bearer " + token[1]}}}
	d := policy.NewInstance(p, "manual", policy.Seeds{}).Judge(r)
	if !d.Verdict.Allows() || r.Caller.Client != "shop" || r.Caller.Tenant != "t-1" || !slices.Equal(r.Caller.Roles, []string{"buyer"}) ||
		!slices.Contains(r.Upstream, guard.Edit{Op: guard.Add, Name: "x-user", Value: "user-7"}) {
		t.Errorf("%v, caller %+v, edits %v", d.Verdict.Reason, r.Caller, r.Upstream)
	}
	if text, err := base64.StdEncoding.DecodeString("Z2F0ZXdheTpzM2NyZXQ="); err != nil || string(text) != "gateway:s3cret" {
		t.Errorf("the page's secret is %q", text)
	}
}
