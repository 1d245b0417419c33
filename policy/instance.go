package policy

import (
	"errors"
	"strings"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/csrf"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/limits"
)

// Seeds are random numbers that keep clients from steering where their entries
// land: Worker differs for every worker, Shared is the same for all workers of
// one proxy (limits.Seed).
type Seeds struct{ Worker, Shared [16]byte }

// Instance is a policy at work in one worker: the policy and all that changes.
// It is not safe for use by several goroutines at once.
type Instance struct {
	policy  *Policy
	callers []*authenticate.Guard // by index of the route; nil for a public one
	signers []signers             // by index of the route
	store   *limits.Store
	csrf    *csrf.State
	tasks   []guard.Task

	entrance []step
	routes   []behind // by index of the route
	hardens  bool     // Harden, or Policy.Edits, has something to do
}

// behind is what is asked behind a route.
type behind struct {
	steps   []step // of pipeline
	settled []step // of settled
	unread  []step // of settled, where nobody reads the body
	calls   bool   // some guard may Fetch
	timeout string // milliseconds; empty: the proxy's own
}

// NewInstance puts a policy to work. namespace keeps the limits of several
// plugins in one proxy apart; it must stay the same from one version of a
// policy to the next, or every bucket is full again.
func NewInstance(p *Policy, namespace string, seeds Seeds) *Instance {
	in := &Instance{
		policy: p,
		store:  limits.NewStore(seeds.Shared, namespace).Connect(p.stores.NewState()),
		csrf:   p.csrf.NewState(),
		tasks:  faultyTasks(),
	}
	in.recognise(namespace, seeds)
	in.entrance = in.steps(p.entrance, -1)
	for i := range p.rules {
		in.routes = append(in.routes, in.behind(i))
	}
	in.hardens = p.headers != nil || p.cors != nil
	return in
}

// Policy returns the policy that is at work.
func (in *Instance) Policy() *Policy { return in.policy }

// Judge decides about a request. It records in r what must be done to the
// headers when the request goes upstream, and to the response in any case. An
// allowed request whose key is remembered allocates nothing.
//
// It is Enter and Decide. A door that can suspend a request asks CallsOut
// between them; what Decide does then may be suspended in each Fetch. Where the
// outcome is Pending, Read and Conclude follow.
func (in *Instance) Judge(r *guard.Request) (d Decision) {
	if in.Enter(r, &d) {
		in.Decide(r, &d)
	}
	return d
}

// Enter asks the guards up to the route. Where it returns false the decision is
// made, and stands in d, which must be the zero Decision before.
func (in *Instance) Enter(r *guard.Request, d *Decision) bool {
	return in.pass(in.entrance, r, d)
}

// CallsOut tells whether a guard of the request's route may Fetch.
func (in *Instance) CallsOut(r *guard.Request) bool {
	return r.Route >= 0 && in.routes[r.Route].calls
}

// Decide asks the guards behind the route, after an Enter that returned true.
func (in *Instance) Decide(r *guard.Request, d *Decision) {
	b := &in.routes[r.Route]
	if !in.pass(b.steps, r, d) || len(r.Readers) == 0 && !in.pass(b.unread, r, d) {
		return
	}
	in.prepare(r)
	d.allow(r.Route)
	if len(r.Readers) > 0 {
		d.Outcome = Pending
	}
}

// Read hands the next bytes of the body to who reads it. While the outcome is
// Pending the door goes on reading; any other is final.
func (in *Instance) Read(r *guard.Request, chunk []byte) Decision {
	for _, b := range r.Readers {
		if v := b.Read(r, chunk); !v.Allows() {
			return in.decided(r, v)
		}
	}
	return Decision{Verdict: guard.Allow(), Route: r.Route, Outcome: Pending}
}

// Conclude decides when the body is complete. What is recorded in r.Upstream
// from here on can be carried out only where the headers were held back.
func (in *Instance) Conclude(r *guard.Request) Decision {
	d := Decision{Outcome: Pending}
	if in.pass(in.routes[r.Route].settled, r, &d) {
		d.allow(r.Route)
	}
	return d
}

func (in *Instance) decided(r *guard.Request, v guard.Verdict) Decision {
	return Decision{Verdict: v, Route: r.Route, Outcome: in.outcome(v, r.Route)}
}

// prepare records what is done to every request that goes upstream.
func (in *Instance) prepare(r *guard.Request) {
	if r.Path == "" { // reported before there was a path: it goes as it came, but for the keys
		r.Path, r.Query, _ = strings.Cut(r.Target, "?")
	}
	if in.policy.hosts {
		setHost(r)
	}
	in.policy.strip.Apply(r)
	if r.Route >= 0 && in.routes[r.Route].timeout != "" {
		r.Upstream.Replace(timeoutHeader, in.routes[r.Route].timeout)
	}
}

// setHost sends upstream the host that was judged, where the policy judges by
// host: the proxy's virtual hosts and the upstream may read a port as part of it.
func setHost(r *guard.Request) {
	if r.Host != "" && r.Host != r.Authority {
		r.Upstream.Replace(":authority", r.Host)
	}
}

// Tasks are what is to be done without a request. They belong to the instance.
func (in *Instance) Tasks() []guard.Task { return in.tasks }

// Responded tells the followers of a request that its response is there. Each is
// asked, whatever the others say.
func (in *Instance) Responded(r *guard.Request) (err error) {
	for _, f := range r.Followers {
		err = errors.Join(err, f.Respond(r))
	}
	return err
}

// Hardens tells whether the policy does something to every response: Harden, or
// Policy.Edits. Guards may have recorded more in r.Response.
func (in *Instance) Hardens() bool { return in.hardens }

// Harden records in r.Hardening what depends on the response itself, beside
// Policy.Edits. A response that could not be hardened must not leave. A request
// without a route may have been meant for one that is not public.
func (in *Instance) Harden(r *guard.Request) error {
	if err := in.policy.headers.Harden(r, r.Route >= 0 && in.policy.rules[r.Route].public); err != nil {
		return err
	}
	return in.policy.cors.Harden(r)
}

// Ended tells the followers of a request that its stream is over.
func (in *Instance) Ended(r *guard.Request) (err error) {
	for _, f := range r.Followers {
		err = errors.Join(err, f.End(r))
	}
	r.Followers = r.Followers[:0]
	return err
}

// outcome turns a verdict into what happens. Only denials by a guard can be
// reported; that nobody could judge is never let pass. A request that is denied
// before its route is known may have been meant for any of them, so it is
// reported only when no route enforces.
func (in *Instance) outcome(v guard.Verdict, route int) Outcome {
	report := in.policy.report
	if route >= 0 {
		report = in.policy.rules[route].report
	}
	switch {
	case v.Allows():
		return Allowed
	case v.Serves():
		return Served
	case report && v.Reason.Denies() && v.Reason != guard.Unjudged && v.Reason != guard.InternalError && v.Reason != guard.HostError:
		return Reported
	}
	return Denied
}

// Audits tells whether a decision is logged.
func (in *Instance) Audits(o Outcome) bool { return in.policy.audit.Wants(o) }
