package csrf

import (
	"testing"

	"sallyport.dev/sallyport/policy/guard"
)

// BenchmarkCheck is a request with ten headers, by what it costs: nothing to ask,
// the origin alone, a token too.
func BenchmarkCheck(b *testing.B) {
	fill := []string{"accept: */*", "accept-language: en", "user-agent: Mozilla/5.0", "x-request-id: 1", "content-type: application/json"}
	own, asks := sound(b, `"trusted_origins": ["own"]`, `, "public": true`), sound(b, tokens, `, "public": true`)
	text := made(b, asks, session, now)
	full := append(fill, "origin: https://api.example.com", "sec-fetch-site: same-origin", "x-csrf-token: "+text,
		"cookie: a=b; __Host-csrf="+text+"; __Host-session="+session)
	for _, c := range []struct {
		name   string
		set    *Set
		method string
	}{{"safe", asks, "GET"}, {"origin", own, "POST"}, {"token", asks, "POST"}} {
		b.Run(c.name, func(b *testing.B) {
			r, st := request(b, c.method, full...), c.set.NewState()
			b.ReportAllocs()
			for b.Loop() {
				if v := c.set.Check(r, st); v.Reason != guard.Allowed {
					b.Fatal(v.Reason)
				}
			}
		})
	}
}
