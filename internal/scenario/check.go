package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Check returns all that is wrong with the result of one request of a step.
// Beside what the step says it checks, always:
//
//   - a request that reached the upstream has its body, byte for byte;
//   - a denial reached no upstream and has the status of its reason, response
//     code details "sallyport:<reason>", the filter state of its reason, and a
//     problem document (RFC 9457) or, on gRPC, a grpc-status;
//   - a denial with 401 has WWW-Authenticate, one with 429 Retry-After;
//   - a request that was served reached no upstream and has response code details
//     and filter state as a denial has;
//   - a request that was neither denied nor reported nor served has no reason in
//     the filter state;
//   - exactly one counter moved by one: that of the outcome and the reason
//     (unless a step with details other than Sallyport's was answered by the proxy);
//   - there is one audit line where the policy asks for one, else none, and
//     none holds a credential or a query.
func Check(s *Scenario, step Step, got Result) error {
	c := checker{scenario: s, step: step, want: step.Want, got: got}
	c.response()
	c.forwarded()
	if c.want.Code != "" && !c.want.Reported {
		c.denial()
	}
	c.trace()
	c.counters()
	c.audit()
	return errors.Join(c.errs...)
}

type checker struct {
	scenario *Scenario
	step     Step
	want     Want
	got      Result
	errs     []error
}

func (c *checker) fail(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("  "+format, args...))
}

func (c *checker) response() {
	if c.got.Status != c.want.Status {
		c.fail("status %d, want %d; body %.300q", c.got.Status, c.want.Status, c.got.Body)
	}
	c.headers("response", c.got.Headers, c.want.Headers)
	if c.want.Asked != nil && *c.want.Asked != c.got.Asked {
		c.fail("the service was asked %d times, want %d", c.got.Asked, *c.want.Asked)
	}
	if c.want.Body != nil && !c.want.Body.Match(c.got.Body) {
		c.fail("body %.300q, want %s", c.got.Body, c.want.Body)
	}
}

func (c *checker) forwarded() {
	want, got := c.want.Forwarded, c.got.Forwarded
	switch {
	case want == nil && got == nil:
		return
	case want == nil:
		c.fail("the upstream received %s %s, want nothing", got.Method, got.Target)
	case got == nil:
		c.fail("the upstream received nothing, want %s %s", want.Method, want.Target)
	default:
		if got.Method != want.Method || got.Target != want.Target {
			c.fail("the upstream received %s %s, want %s %s", got.Method, got.Target, want.Method, want.Target)
		}
		if !bytes.Equal(got.Body, c.step.Request.Body) {
			c.fail("the upstream received the body %.300q, want that of the request", got.Body)
		}
		c.headers("upstream", got.Headers, c.want.Upstream)
	}
}

func (c *checker) headers(where string, got []Header, want []HeaderWant) {
	for _, w := range want {
		values := Values(got, w.Name)
		fits := len(values) == len(w.Values)
		for i := 0; fits && i < len(values); i++ {
			fits = w.Values[i].MatchString(values[i])
		}
		if !fits {
			c.fail("%s: %s is %.300q, want %v", where, w.Name, values, w.Values)
		}
	}
}

// trace checks the response code details and the filter state.
func (c *checker) trace() {
	details := c.want.Details
	if word := c.reason(); word != "" && !c.want.Reported {
		details = "sallyport:" + word
	}
	if details != "" && c.got.Details != details {
		c.fail("response code details %q, want %q", c.got.Details, details)
	}
	if reason := dash(c.got.Reason); reason != dash(c.reason()) {
		c.fail("filter state sallyport_reason %q, want %q", reason, dash(c.reason()))
	}
	if route := dash(c.got.Route); c.reason() != "" && c.want.Route != "" && route != c.want.Route {
		c.fail("filter state sallyport_route %q, want %q", route, c.want.Route)
	}
}

func (c *checker) counters() {
	want := Counter{Route: c.want.Route, Outcome: c.outcome(), Reason: c.reason()}
	if want.Outcome == "" {
		if len(c.got.Counted) > 0 {
			c.fail("counters %v, want none: the proxy answered", c.got.Counted)
		}
		return
	}
	if want.Outcome == OutcomeAllowed {
		want.Reason = OutcomeAllowed
	}
	for _, got := range slices.Collect(maps.Keys(c.got.Counted)) {
		if want.Route == "" {
			want.Route = got.Route
		}
	}
	if len(c.got.Counted) != 1 || c.got.Counted[want] != 1 {
		c.fail("counters %v, want %v once", c.got.Counted, want)
	}
}

// outcome is what the policy made of the request; empty when it was not asked.
func (c *checker) outcome() string {
	switch {
	case c.want.Reported:
		return OutcomeReported
	case c.want.Code != "":
		return OutcomeDenied
	case c.want.Served:
		return OutcomeServed
	case c.want.Forwarded != nil:
		return OutcomeAllowed
	}
	return ""
}

// reason is why the filter answered, or would have; empty when it did not.
func (c *checker) reason() string {
	if c.want.Served {
		return OutcomeServed
	}
	return c.want.Code
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Values returns the values of all fields of a name, in order.
func Values(headers []Header, name string) []string {
	var values []string
	for _, h := range headers {
		if h.Name == name {
			values = append(values, h.Value)
		}
	}
	return values
}
