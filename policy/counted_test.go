package policy_test

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy"
)

// What a limit counts by is checked against what identities set and read.
func TestLimitsCountByHeadersOfTheClientOnly(t *testing.T) {
	const each = `"by": ["client"]`
	cases := []struct{ by, want string }{
		{`"by": ["client", "header.x-app"]`, ""},
		{`"by": ["header.X_Client.Id"]`, `limits.each.by[0] is "header.x_client.id", which the policy sets itself`},
		{`"by": ["header.x-envoy-upstream-rq-timeout-ms"]`, `limits.each.by[0] is "header.x-envoy-upstream-rq-timeout-ms", which the policy sets itself`},
		{`"by": ["header.x-api-key"]`, `limits.each.by[0] is "header.x-api-key", where a key stands`},
		{`"by": ["header.x-api-key"], "before": "authentication"`, ""},
		{`"by": ["header.host"]`, `limits.each.by[0] is "header.host", which no request has`},
	}
	for _, c := range cases {
		t.Run(c.by, func(t *testing.T) {
			_, err := policy.Compile([]byte(strings.Replace(string(text("")), each, c.by, 1)), noEnv)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("got %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
