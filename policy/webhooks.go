package policy

import (
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/replay"
	"sallyport.dev/sallyport/policy/webhook"
)

// signed is how requests of a route are signed.
type signed struct {
	incoming *webhook.Guard // nil: not, but by a credential
}

// signed compiles what a route says of signatures.
func (c *compiler) signed(r *document.Route, at document.Path) signed {
	compiler := webhook.Compiler{Secret: c.secret, Metrics: &c.metrics, Problems: &c.problems}
	return signed{incoming: compiler.Compile(r, at)}
}

// reads tells whether a signature is over the body.
func (s signed) reads() bool { return s.incoming != nil }

// signers are the guards of one route's signatures, at work.
type signers struct{ incoming *webhook.Worker }

// newSigners puts all routes' guards to work, by index of the route.
func newSigners(rules []rule, namespace string, seeds Seeds) []signers {
	delivered := replay.New(seeds.Shared, "sallyport/"+namespace+"/webhook/1/", webhook.Longest)
	list := make([]signers, len(rules))
	for i := range rules {
		list[i].incoming = webhook.NewWorker(rules[i].signed.incoming, delivered)
	}
	return list
}

// authenticateWebhook knows the caller by the signature, where the route has one.
func (in *Instance) authenticateWebhook(r *guard.Request) (v guard.Verdict, asked bool) {
	if w := in.signers[r.Route].incoming; w != nil {
		return w.Check(r), true
	}
	return v, false
}
