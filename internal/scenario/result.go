package scenario

import (
	"context"
	"strings"
)

// Runner asks one request of a policy and tells what happened. It is asked one
// request at a time, and keeps its state (limits) from one to the next.
type Runner interface {
	Do(ctx context.Context, req Request, up Upstream) (Result, error)
	// Hold sends a request and returns when the upstream has it and keeps its
	// answer back. release lets it answer, and returns when the stream is over.
	Hold(ctx context.Context, req Request) (release func() error, err error)
}

// Result is what happened to one request. An error of Do is for a runner that
// cannot tell, not for a denial.
type Result struct {
	// Status, Headers and Body are what the client received. Header names are
	// in lower case, in the order of receipt. A gRPC denial is Status 200 with
	// grpc-status and grpc-message among the Headers (a trailers-only answer).
	Status  int
	Headers []Header
	Body    []byte

	// Forwarded is the request as it arrived upstream; nil when none did.
	Forwarded *Forwarded

	// Details are Envoy's response code details: "sallyport:<reason>" on a
	// denial, "via_upstream" on an answer of the upstream.
	Details string
	// Reason and Route are the filter state wasm.sallyport_reason and
	// wasm.sallyport_route; empty or "-" when they were not set.
	Reason string
	Route  string
	// Audit are the JSON objects of the audit lines that this request caused.
	Audit []string
	// Counted are the counters that this request moved, and by how much.
	Counted map[Counter]int64
	// Asked is how often the service was asked.
	Asked int
}

// Forwarded is a request that arrived upstream. Headers hold host for
// :authority, no other pseudo-header.
type Forwarded struct {
	Method  string
	Target  string // path and query
	Headers []Header
	Body    []byte // empty in a request that the upstream did not read
}

// The outcomes of a request, as metrics and audit lines name them.
const (
	OutcomeAllowed  = "allowed"
	OutcomeDenied   = "denied"
	OutcomeReported = "reported"
	OutcomeServed   = "served"
)

// Counter is one counter of requests. Route is "-" when none was found.
type Counter struct{ Route, Outcome, Reason string }

// ParseCounter reads the name of a counter as the filter defines it, with or
// without Envoy's prefix "wasmcustom.":
// sallyport.requests.route.<route>.outcome.<outcome>.reason.<reason>.
func ParseCounter(name string) (c Counter, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(name, "wasmcustom."), "sallyport.requests.route.")
	if !ok {
		return c, false
	}
	c.Route, rest, ok = strings.Cut(rest, ".outcome.")
	if !ok {
		return c, false
	}
	c.Outcome, c.Reason, ok = strings.Cut(rest, ".reason.")
	return c, ok
}
