package policy

import (
	"slices"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/replay"
	"sallyport.dev/sallyport/policy/sign"
	"sallyport.dev/sallyport/policy/webhook"
)

// signed is how requests of a route are signed.
type signed struct {
	incoming *webhook.Guard // nil: callers are known in another way
	outgoing *sign.Guard    // nil: they leave as they came
}

// signed compiles what a route says of signatures.
func (c *compiler) signed(r *document.Route, at document.Path) signed {
	compiler := webhook.Compiler{Secret: c.secret, Metrics: &c.metrics, Problems: &c.problems}
	host := sign.Host{
		Holds: c.doc.Host.HeadersStopIteration,
		Hosts: slices.ContainsFunc(c.doc.Routes, func(r document.Route) bool { return len(r.Hosts) > 0 }),
	}
	return signed{
		incoming: compiler.Compile(r, at),
		outgoing: sign.Compile(r.Sign, host, at.Key("sign"), c.secret, &c.problems),
	}
}

// signatures lists the headers in which requests leave signed.
func (p *Policy) signatures() (names []string) {
	for i := range p.rules {
		names = append(names, p.rules[i].signed.outgoing.Owns()...)
	}
	return names
}

// reads tells whether a signature is over the body.
func (s signed) reads() bool { return s.incoming != nil || s.outgoing != nil }

// signers are the guards of one route's signatures, at work.
type signers struct {
	incoming *webhook.Worker
	outgoing *sign.Worker
}

// newSigners puts all routes' guards to work, by index of the route.
func newSigners(rules []rule, namespace string, seeds Seeds) []signers {
	delivered := replay.New(seeds.Shared, "sallyport/"+namespace+"/webhook/1/", webhook.Longest)
	list := make([]signers, len(rules))
	for i := range rules {
		list[i] = signers{webhook.NewWorker(rules[i].signed.incoming, delivered), sign.NewWorker(rules[i].signed.outgoing)}
	}
	return list
}
