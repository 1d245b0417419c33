// Package denial renders a verdict that refuses as the one answer that every
// client gets: RFC 9457 application/problem+json, or a gRPC status where the
// request is gRPC. It tells the reason's name and nothing of keys, claims or
// rules.
package denial

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"sallyport.dev/sallyport/policy/guard"
)

// TypePrefix stands before the reason's name in the problem's type: a page
// that explains the reason (RFC 9457 section 3.1.1).
const TypePrefix = "https://sallyport.dev/reasons/"

// QuotaExceededType is the type of every denial by a limit, whatever it counts:
// draft-ietf-httpapi-ratelimit-headers-11 defines it for requests that exceed a
// quota policy, and each of our limits is one, an item of RateLimit-Policy. (Its
// two other types are for a server that has less to give, and for abuse.) Which
// of our reasons it was stands in code.
const QuotaExceededType = "https://iana.org/assignments/http-problem-types#quota-exceeded"

// maxRequestID bounds a request id that is repeated: a client can send
// anything as one.
const maxRequestID = 128

// Answer is what is sent instead of the upstream's.
type Answer struct {
	Status  int    // HTTP status code
	GRPC    int    // grpc-status for a gRPC request, never 0; -1 for any other
	Details string // for the proxy's access log
	Headers [][2]string
	Body    string // of a gRPC request: the text of grpc-message
}

// Render returns the answer for a verdict. A verdict that does not deny is rendered
// as guard.Unjudged: who asks for a denial never gets anything else.
func Render(v guard.Verdict, r *guard.Request) Answer {
	if !v.Reason.Denies() {
		v = guard.Verdict{}
	}
	public := v.Reason.Public()
	a := Answer{Status: public.Status, GRPC: -1, Details: "sallyport:" + public.Name, Headers: fields(v)}
	if IsGRPC(r) {
		a.GRPC, a.Body = public.GRPC, public.Name+": "+public.Title
		return a
	}
	a.Headers = append(a.Headers, [2]string{"content-type", "application/problem+json"})
	a.Body = problem(v.Reason, r)
	return a
}

// fields returns the header fields that the verdict asks for.
func fields(v guard.Verdict) [][2]string {
	h := [][2]string{{"cache-control", "no-store"}}
	if v.Challenge != "" {
		h = append(h, [2]string{"www-authenticate", v.Challenge})
	}
	if v.RetryAfter > 0 {
		seconds := int64((v.RetryAfter + time.Second - 1) / time.Second)
		h = append(h, [2]string{"retry-after", strconv.FormatInt(seconds, 10)})
	}
	return h
}

// problem returns the body (RFC 9457 section 3).
func problem(reason guard.Reason, r *guard.Request) string {
	p := reason.Public()
	b := appendType([]byte(`{"type":"`), reason)
	b = append(b, `","title":"`...)
	b = append(append(b, p.Title...), `","status":`...)
	b = strconv.AppendInt(b, int64(p.Status), 10)
	b = append(append(b, `,"code":"`...), p.Name...)
	b = append(b, '"')
	if limits(reason) && r.Limit.Name != "" && !r.Limit.Untold {
		b = append(b, `,"violated-policies":[`...)
		b = append(Quote(b, r.Limit.Name), ']')
	}
	if requestID := RequestID(r); requestID != "" {
		b = append(b, `,"request_id":`...)
		b = Quote(b, requestID)
	}
	return string(append(b, "}\n"...))
}

func appendType(b []byte, reason guard.Reason) []byte {
	if limits(reason) {
		return append(b, QuotaExceededType...)
	}
	return append(append(b, TypePrefix...), reason.String()...)
}

// limits tells whether a reason is that a limit is exceeded.
func limits(reason guard.Reason) bool {
	return reason == guard.RateLimited || reason == guard.QuotaExceeded || reason == guard.ConcurrencyExceeded
}

// Quote appends s as a JSON string; bytes that are not UTF-8 become U+FFFD.
func Quote(b []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(b, s)
	if err != nil && len(quoted) == len(b) { // nothing written; text that is not UTF-8 is
		return append(b, `""`...)
	}
	return quoted
}

// RequestID returns the request's x-request-id where it can be repeated safely
// in a body and a log, else "".
func RequestID(r *guard.Request) string {
	id, count := r.Get("x-request-id")
	if count != 1 || len(id) > maxRequestID {
		return ""
	}
	for i := 0; i < len(id); i++ {
		if c := id[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '_' || c == '.') {
			return ""
		}
	}
	return id
}

// IsGRPC tells whether the proxy answers the request as gRPC. It must see it as
// Envoy does, whose answer has a grpc-status only then: the content type is
// application/grpc, in lower case, alone or with a suffix. gRPC-Web is not.
func IsGRPC(r *guard.Request) bool {
	value, _ := r.Get("content-type")
	suffix, ok := strings.CutPrefix(value, "application/grpc")
	return ok && (suffix == "" || suffix[0] == '+')
}
