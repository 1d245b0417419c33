package audit

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

func TestAppend(t *testing.T) {
	full := guard.Request{
		Method: "GET", Host: "api.example.com", Path: "/v1/orders", Query: "key=secret", Target: "/v1/orders?key=secret",
		Headers: []guard.Header{{Name: "x-api-key", Value: "secret"}, {Name: "x-request-id", Value: "r-1"}},
		Caller:  guard.Caller{Identity: "partners", Client: "acme", Tenant: "t-1", Key: "2026a"},
		Limit:   guard.Limit{Name: "daily"},
	}
	hostile := guard.Request{Method: "G\"ET", Path: "/\n\x00\xff" + strings.Repeat("a", 2*maxPath)}
	cases := []struct {
		name string
		r    *guard.Request
		want map[string]string
	}{
		{"all members", &full, map[string]string{"sallyport": "audit", "outcome": "denied", "reason": "scope-missing", "route": "orders", "method": "GET",
			"host": "api.example.com", "path": "/v1/orders", "identity": "partners", "client": "acme", "tenant": "t-1", "key": "2026a", "limit": "daily", "request_id": "r-1"}},
		{"nothing known", &guard.Request{}, map[string]string{"sallyport": "audit", "outcome": "denied", "reason": "scope-missing", "route": "orders"}},
		{"hostile bytes", &hostile, map[string]string{"sallyport": "audit", "outcome": "denied", "reason": "scope-missing", "route": "orders",
			"method": "G\"ET", "path": "/\n\x00\uFFFD" + strings.Repeat("a", maxPath-4)}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			line := string(Append(nil, "denied", "orders", guard.Deny(guard.ScopeMissing), c.r))
			var got map[string]string
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if strings.Contains(line, "secret") || strings.ContainsAny(line, "\n\x00") {
				t.Errorf("the line shows what it must not: %s", line)
			}
		})
	}
}
