package policy

import (
	"maps"
	"slices"
	"strconv"

	"sallyport.dev/sallyport/policy/apikey"
	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/introspection"
	"sallyport.dev/sallyport/policy/jwt"
	"sallyport.dev/sallyport/policy/version"
)

// identity compiles an identity by its kind; nil for one of a kind that is not
// supported, which Parse has said. See Instance.kinds too.
func (c *compiler) identity(name string) authenticate.Identity {
	d, at := c.doc.Identities[name], document.Path("identities").Key(name)
	switch {
	case d.JWT != nil:
		return jwt.Compile(name, *d.JWT, at.Key("jwt"), c.secret, &c.problems)
	case d.Introspection != nil:
		return introspection.Compile(name, *d.Introspection, at.Key("introspection"), c.secret, &c.problems)
	case d.APIKey != nil:
		return apikey.Compile(name, *d.APIKey, at.Key("api_key"), c.secret, &c.problems)
	}
	return nil
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

// identities returns who may call a route, nobody for a public one. A route says
// one of the two, so that neither is an accident.
func (c *compiler) identities(r *document.Route, at document.Path, used map[string]bool) []authenticate.Identity {
	switch {
	case r.Webhook != nil: // what cannot stand beside it is its own to say
	case r.Public && len(r.Identities) > 0:
		c.problems.Add(at, "is public and names identities", "remove \"public\"; to let callers without a credential in too, write \"anonymous\": true")
	case r.Public && r.Anonymous:
		c.problems.Add(at.Key("anonymous"), "stands beside \"public\"", "remove it")
	case !r.Public && len(r.Identities) == 0:
		c.problems.Add(at, "does not say who may call", "write \"identities\": [...], \"webhook\": {...}, or \"public\": true")
	}
	var ids []authenticate.Identity
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
		if id := c.identityOf[name]; id != nil {
			ids = append(ids, id)
		}
	}
	if r.Public {
		return nil
	}
	jwt.CheckRoute(ids, at.Key("identities"), &c.problems)
	return ids
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

// clients lists whom the policy knows by name of those who may call a route.
func (c *compiler) clients(r *document.Route) version.Callers {
	all := version.Callers{}
	for _, name := range r.Identities {
		all[name] = nil
		if keys := c.doc.Identities[name].APIKey; keys != nil {
			for i := range keys.Clients {
				all[name] = append(all[name], keys.Clients[i].ID)
			}
		}
	}
	return all
}
