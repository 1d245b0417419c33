// Package audit writes a decision as one line of JSON, for the proxy's log.
// A line never holds a credential, a query or a body.
package audit

import (
	"sallyport.dev/sallyport/policy/denial"
	"sallyport.dev/sallyport/policy/guard"
)

// maxPath bounds the path in a line.
const maxPath = 1024

// Append appends the line of a decision about r. Members whose value is not
// known are left out.
func Append(b []byte, outcome, route string, v guard.Verdict, r *guard.Request) []byte {
	b = append(append(b, `{"sallyport":"audit","outcome":"`...), outcome...)
	b = append(append(b, `","reason":"`...), v.Reason.String()...)
	b = append(b, '"')
	for _, m := range [...]struct{ name, value string }{
		{"route", route},
		{"method", r.Method},
		{"host", r.Host},
		{"path", r.Path[:min(len(r.Path), maxPath)]},
		{"identity", r.Caller.Identity},
		{"client", r.Caller.Client},
		{"tenant", r.Caller.Tenant},
		{"key", r.Caller.Key},
		{"key_expires", r.Caller.KeyExpires},
		{"limit", r.Limit.Name},
		{"request_id", denial.RequestID(r)},
	} {
		b = member(b, m.name, m.value)
	}
	return append(b, '}')
}

func member(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	return denial.Quote(b, value)
}
