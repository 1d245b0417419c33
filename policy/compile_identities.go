package policy

import (
	"maps"
	"slices"
	"strconv"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/document"
)

func (c *compiler) identity(name string) *apikey.Identity {
	d := c.doc.Identities[name].APIKey
	if d == nil {
		return nil // of a kind that is not supported, which Parse has said
	}
	at := document.Path("identities").Key(name).Key("api_key")
	c.keys[name] = apikey.Compile(name, *d, at, c.secret, &c.problems)
	c.keys[name].Register(&c.metrics)
	return c.keys[name]
}

// secret resolves a secret; nil and a problem when it has no value.
func (c *compiler) secret(s document.Secret, at document.Path) []byte {
	if s.Env == "" {
		return []byte(s.Value)
	}
	value, ok := c.env(s.Env)
	switch {
	case !ok:
		c.problems.Add(at, "names the environment variable "+document.QuoteVariable(s.Env)+", which is not set",
			"set it in the environment of the VM (Envoy: vm_config.environment_variables)")
	case value == "":
		c.problems.Add(at, "names the environment variable "+document.QuoteVariable(s.Env)+", which is empty", "give it a value")
	default:
		return []byte(value)
	}
	return nil
}

// identities returns the guard that recognises the route's callers, nil for a
// public route. A route says one of the two, so that neither is an accident.
func (c *compiler) identities(r *document.Route, at document.Path, used map[string]bool) *apikey.Guard {
	switch {
	case r.Public && len(r.Identities) > 0:
		c.problems.Add(at, "is public and names identities", "remove \"public\"; to let callers without a credential in too, write \"anonymous\": true")
	case r.Public && r.Anonymous:
		c.problems.Add(at.Key("anonymous"), "stands beside \"public\"", "remove it")
	case !r.Public && len(r.Identities) == 0 && r.Webhook == nil:
		c.problems.Add(at, "does not say who may call", "write \"identities\": [...], or \"public\": true")
	}
	var ids []*apikey.Identity
	seen := map[string]bool{}
	for i, name := range r.Identities {
		place := at.Key("identities").Index(i)
		if _, ok := c.doc.Identities[name]; !ok {
			c.problems.Addf(place, "names "+strconv.Quote(name)+", which is not defined", "write one of identities: %s", list(c.doc.Identities))
		}
		if seen[name] {
			c.problems.Add(place, "names "+strconv.Quote(name)+" again", "remove it")
			continue
		}
		used[name], seen[name] = true, true
		if k := c.keys[name]; k != nil {
			ids = append(ids, k)
		}
	}
	if r.Public {
		return nil
	}
	return apikey.NewGuard(ids, r.Anonymous)
}

func list[V any](m map[string]V) string {
	names := ""
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			names += ", "
		}
		names += strconv.Quote(name)
	}
	if names == "" {
		return "(none is defined)"
	}
	return names
}

// unused reports identities that protect nothing: most often a misspelling.
func (c *compiler) unused(used map[string]bool) {
	for _, name := range slices.Sorted(maps.Keys(c.doc.Identities)) {
		if !used[name] {
			c.problems.Add(document.Path("identities").Key(name), "is named by no route", "name it in a route's identities, or remove it")
		}
	}
}
