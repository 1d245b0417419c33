package policy

import (
	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/introspection"
	"sallyport.dev/sallyport/policy/jwt"
)

// cacheEntries bounds the verified API keys that one worker remembers.
const cacheEntries = 4096

// memory is what one worker knows of callers, by the kind of their identity.
type memory struct {
	keys   *apikey.Cache
	tokens *jwt.State
	opaque *introspection.State
}

// recognise makes the guards that know who calls.
func (in *Instance) recognise(namespace string, seeds Seeds) {
	m := memory{
		keys:   apikey.NewCache(cacheEntries, seeds.Worker),
		tokens: jwt.NewState(in.policy.callers, namespace, seeds.Worker, seeds.Shared),
		opaque: introspection.NewState(in.policy.callers, namespace, seeds.Shared),
	}
	in.tasks = append(in.tasks, m.tokens.Tasks()...)
	in.signers = newSigners(in.policy.rules, namespace, seeds)
	in.callers = make([]*authenticate.Guard, len(in.policy.rules))
	for i := range in.policy.rules {
		if rule := &in.policy.rules[i]; !rule.public {
			in.callers[i] = authenticate.New(m.kinds(rule.callers), rule.anonymous, in.policy.metadata.URL())
		}
	}
}

// kinds parts the identities of a route by their kind. The kinds are in a fixed
// order: which of them judges a credential does not depend on how a route lists
// its identities.
func (m *memory) kinds(ids []authenticate.Identity) (list []authenticate.Kind) {
	var keys []*apikey.Identity
	var tokens []*jwt.Identity
	var opaque []*introspection.Identity
	for _, id := range ids {
		switch id := id.(type) {
		case *apikey.Identity:
			keys = append(keys, id)
		case *jwt.Identity:
			tokens = append(tokens, id)
		case *introspection.Identity:
			opaque = append(opaque, id)
		}
	}
	if len(tokens) > 0 {
		list = append(list, jwt.NewGuard(tokens, m.tokens))
	}
	if len(opaque) > 0 {
		list = append(list, introspection.NewGuard(opaque, m.opaque))
	}
	if len(keys) > 0 {
		list = append(list, apikey.NewGuard(keys, m.keys))
	}
	return list
}
