package harness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sallyport.dev/sallyport/internal/scenario"
)

// runner is a scenario.Runner on one listener of an Envoy.
type runner struct {
	envoy   *Envoy
	address string
}

// auditMark begins an audit line's JSON in Envoy's log.
const auditMark = `{"sallyport":"audit"`

// Do implements scenario.Runner.
func (r runner) Do(ctx context.Context, req scenario.Request, up scenario.Upstream) (scenario.Result, error) {
	return r.send(ctx, Whole(req), up)
}

// send asks one request and collects what it left behind. An Envoy is asked one
// request at a time.
func (r runner) send(ctx context.Context, s Sending, up scenario.Upstream) (scenario.Result, error) {
	e := r.envoy
	e.Upstream.expect(up)
	from, err := e.logSize()
	if err != nil {
		return scenario.Result{}, err
	}
	before, err := e.counters(ctx)
	if err != nil {
		return scenario.Result{}, err
	}
	logged, err := e.log.size()
	if err != nil {
		return scenario.Result{}, err
	}
	asked := e.asked()
	s.Request = addressed(s.Request)
	got, err := exchange(ctx, r.address, s)
	if err != nil {
		return scenario.Result{}, fmt.Errorf("%w; Envoy's log ends:\n%s", err, e.Tail(20))
	}
	entry, err := e.log.await(ctx, got.peer, logged)
	if err != nil {
		return scenario.Result{}, err
	}
	after, err := e.counters(ctx)
	if err != nil {
		return scenario.Result{}, err
	}
	result := scenario.Result{Status: got.status, Headers: got.headers, Body: got.body,
		Details: entry.Details, Reason: entry.Reason, Route: entry.Route, Counted: difference(before, after), Asked: int(e.asked() - asked)}
	return result, errors.Join(e.forwarded(&result, entry), e.audit(&result, from))
}

// asked is how often the service has been asked.
func (e *Envoy) asked() int64 {
	if e.Service == nil {
		return 0
	}
	return e.Service.Asked.Load()
}

// addressed says in the request where it comes from, as a proxy in front would.
func addressed(req scenario.Request) scenario.Request {
	if len(scenario.Values(req.Headers, "x-forwarded-for")) == 0 {
		req.Headers = append(slices.Clip(req.Headers), scenario.Header{Name: "x-forwarded-for", Value: req.From.String()})
	}
	return req
}

func exchange(ctx context.Context, address string, s Sending) (answer, error) {
	if s.HTTP2 {
		return exchange2(ctx, address, s)
	}
	return exchange11(ctx, address, s)
}

// counters returns the counters of requests.
func (e *Envoy) counters(ctx context.Context) (map[scenario.Counter]int64, error) {
	stats, err := e.Stats(ctx, `^wasmcustom\.sallyport\.requests\.`)
	if err != nil {
		return nil, err
	}
	counters := map[scenario.Counter]int64{}
	for name, value := range stats {
		c, ok := scenario.ParseCounter(name)
		if !ok {
			return nil, fmt.Errorf("a counter is named %q", name)
		}
		counters[c] = value
	}
	return counters, nil
}

func difference(before, after map[scenario.Counter]int64) map[scenario.Counter]int64 {
	moved := map[scenario.Counter]int64{}
	for c, value := range after {
		if value != before[c] {
			moved[c] = value - before[c]
		}
	}
	return moved
}

// forwarded compares two witnesses: the upstream, and Envoy's access log.
func (e *Envoy) forwarded(result *scenario.Result, entry Entry) error {
	arrived := e.Upstream.Arrived()
	dialled := entry.Upstream != "" && entry.Upstream != "-"
	if len(arrived) > 1 || dialled != (len(arrived) == 1) {
		return fmt.Errorf("the upstream received %d requests, and the access log names the upstream host %q", len(arrived), entry.Upstream)
	}
	if len(arrived) == 1 {
		result.Forwarded = &arrived[0]
	}
	return nil
}

// audit collects the audit lines that stand in the log behind an offset.
func (e *Envoy) audit(result *scenario.Result, from int64) error {
	text, err := e.logFrom(from)
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		if at := strings.Index(line, auditMark); at >= 0 {
			result.Audit = append(result.Audit, strings.TrimSpace(line[at:]))
		}
	}
	return nil
}
