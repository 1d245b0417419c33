package main

import (
	"fmt"
	"strings"

	"sallyport.dev/sallyport/e2e/provider"
	"sallyport.dev/sallyport/e2e/provider/registered"
)

// The demo's keys. Their digests stand in envoy/demo/policy.json.
const (
	acme     = "demo_1qtGg2R8RWv1vb66iqxhdTJUWa7xkiSCVE1EogQQrwPOpImgJ10RTImY"
	umbrella = "demo_1J0gydCTiae1vb66irsnMIVAabVAtQ9kXmHvuElH2B5vI1TJeG3mroJo"
	nobodys  = "demo_1jjcQFS0wm61vb66imGFCqUfVFCRtSvjIYRG4IhGxkFofU1sT32t3cNW"
)

// try is one request of the page, and what it is answered with.
type try struct {
	why     string
	options string // of curl
	target  string
	status  int
	answer  string // "…" stands for what differs each time
}

// denied is the body of a denial.
func denied(status int, code, title string) string {
	return fmt.Sprintf(`{"type":"https://sallyport.dev/reasons/%s","title":"%s","status":%d,"code":"%s","request_id":"…"}`, code, title, status, code)
}

// limited is the body of the denial by the limit.
const limited = `{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded","title":"Too many requests","status":429,"code":"rate-limited","violated-policies":["quotes"],"request_id":"…"}`

func key(k string) string { return " -H 'x-api-key: " + k + "'" }

var tries = []try{
	{"allowed: a live key with the scope; the upstream is told who calls, and not the key", key(acme), "/v1/orders/7", 200,
		`{"method":"GET","path":"/v1/orders/7","client":"acme","key":""}`},
	{"denied: no key", "", "/v1/orders/7", 401, denied(401, "credential-missing", "A credential is needed")},
	{"denied: a key that nobody has", key(nobodys), "/v1/orders/7", 401, denied(401, "key-unknown", "The API key is not valid")},
	{"denied: a scope is missing", " -X POST" + key(umbrella), "/v1/orders", 403, denied(403, "scope-missing", "A scope is missing")},
	{"denied: two keys, of which who knows which one is read", key(acme) + key(umbrella), "/v1/orders", 400,
		denied(400, "credential-duplicated", "More than one credential was sent")},
	{"denied: a path that means another one behind a second decoder", " --path-as-is" + key(acme), "/v1/orders/%2e%2e/admin", 400,
		denied(400, "bad-path", "The path is ambiguous or malformed")},
	{"denied: nothing is served that the policy does not name", key(acme), "/admin", 404, denied(404, "no-route", "No such route")},
	{"allowed twice, then denied: a token comes back every 20 seconds", key(umbrella), "/v1/quotes", 200,
		`{"method":"GET","path":"/v1/quotes","client":"umbrella","key":""}`},
	{"", key(umbrella), "/v1/quotes", 200, `{"method":"GET","path":"/v1/quotes","client":"umbrella","key":""}`},
	{"", key(umbrella), "/v1/quotes", 429, limited},
}

// fetch is the command that fetches a token from the identity provider, as the
// client does that calls in its own name.
func fetch(from string) string {
	return fmt.Sprintf("curl -s -u %s:%s -d grant_type=client_credentials -d scope=%s http://%s%s",
		registered.Job.ID, registered.Job.Secret, registered.Scopes[0], from, provider.Zitadel.Token)
}

// page is what the demo prints.
func page(address, from, admin, log string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nSallyport runs in Envoy on http://%s (policy: envoy/demo/policy.json). Paste these:\n", address)
	for _, t := range tries {
		if t.why != "" {
			fmt.Fprintf(&b, "\n# %s\n", t.why)
		}
		fmt.Fprintf(&b, "curl -s%s http://%s%s\n  %d %s\n", t.options, address, t.target, t.status, t.answer)
	}
	fmt.Fprintf(&b, "\n# allowed: a token that the identity provider on http://%s gave to a client\nTOKEN=$(%s | %s)\n%s http://%s/v1/orders/7\n  200 %s\n",
		from, fetch(from), `sed 's/.*"access_token":"\([^"]*\)".*/\1/'`, `curl -s -H "authorization: Bearer $TOKEN"`, address,
		`{"method":"GET","path":"/v1/orders/7","client":"orders-job","key":""}`)
	fmt.Fprintf(&b, "\n# the same in numbers, and in Envoy's log\ncurl -s 'http://%s/stats/prometheus?filter=sallyport'\ncat %s\n", admin, log)
	b.WriteString("\nCtrl-C ends it.\n")
	return b.String()
}
