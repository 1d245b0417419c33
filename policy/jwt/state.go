package jwt

import (
	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/bound"
	"sallyport.dev/sallyport/policy/fetched"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/jose"
)

// State is what one worker knows of the jwt identities of its policy, and ends
// with the policy.
type State struct {
	cache     *cache
	reader    reader
	documents map[*Identity]documents
	proofs    *bound.State
	tasks     []guard.Task
}

// documents are what one identity fetches. nil: nothing.
type documents struct{ keys, revoked fetched.Document }

// NewState returns the state for a policy's identities; those of other kinds are
// passed over. namespace keeps plugins of one proxy apart. The seeds are random
// and secret: worker is its own, shared that of all workers of one proxy.
func NewState(ids []authenticate.Identity, namespace string, worker, shared [16]byte) *State {
	s := &State{documents: map[*Identity]documents{}, proofs: bound.NewState(shared, namespace)}
	for _, each := range ids {
		id, ok := each.(*Identity)
		if !ok {
			continue
		}
		var d documents
		switch {
		case id.keySource != nil:
			d.keys = fetched.NewCopy(id.keySource, namespace)
		case id.discovery != nil:
			d.keys = fetched.NewDiscovered(id.discovery, namespace)
		}
		if id.list != nil {
			d.revoked = fetched.NewCopy(id.list, namespace)
		}
		s.add(id, d)
	}
	room := cacheEntries
	if len(s.documents) == 0 {
		room = 1 // for the same code
	}
	s.cache = newCache(room, cacheBytes, worker)
	return s
}

func (s *State) add(id *Identity, d documents) {
	s.documents[id] = d
	for _, doc := range []fetched.Document{d.keys, d.revoked} {
		if doc != nil {
			s.tasks = append(s.tasks, doc)
		}
	}
}

// Tasks are what keeps the documents new.
func (s *State) Tasks() []guard.Task { return s.tasks }

// remembered returns what is known of a token of one of some identities, of which
// no two take its issuer, if it still holds: it has not expired, and the keys of
// now are the ones that verified it. nil: it must be verified. hash is that of the
// token's text. It allocates nothing.
func (s *State) remembered(ids []*Identity, raw string, hash uint64, r *guard.Request) *known {
	e := s.cache.find(ids, hash)
	if e == nil || e.raw != raw {
		return nil
	}
	keys := e.identity.keys
	if keys == nil {
		keys = e.fetched.keySet(r)
	}
	if keys == nil || keys != e.keys || e.validity.at(r.Now) != guard.Allowed {
		s.cache.remove(e) // it is verified anew, or refused with its reason
		return nil
	}
	s.cache.touch(e)
	return e
}

// keySet returns the keys that this worker has fetched; nil: none yet. It never
// waits.
func (d *documents) keySet(r *guard.Request) *jose.Set {
	if d.keys == nil {
		return nil
	}
	return asSet(d.keys.Value(r))
}

// awaitKeys is keys for a request that cannot do without.
func (s *State) awaitKeys(id *Identity, r *guard.Request) (*jose.Set, error) {
	if id.keys != nil {
		return id.keys, nil
	}
	v, err := s.documents[id].keys.Await(r)
	return asSet(v), err
}

// renewKeys asks for newer keys than a set; nil without an error: there are none.
func (s *State) renewKeys(id *Identity, r *guard.Request, than *jose.Set) (*jose.Set, error) {
	if id.keys != nil {
		return nil, nil
	}
	v, err := s.documents[id].keys.Renew(r)
	if set := asSet(v); set != nil && set != than {
		return set, nil
	}
	return nil, err
}

// asSet takes a key set from a document.
func asSet(v any) *jose.Set {
	set, ok := v.(*jose.Set)
	if !ok {
		return nil
	}
	return set
}
