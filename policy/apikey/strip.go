package apikey

import (
	"slices"

	"sallyport.dev/sallyport/policy/guard"
)

// Strip takes API keys out of requests that go upstream: on every route, the
// sources of every identity. A key that is sent to a public route by habit is a
// key in some server's log. What an identity with forward.key keeps is the key
// of its own caller: an upstream that is used to finding a verified key there
// must not find one that nobody looked at.
type Strip struct {
	sources []stripped
	inQuery bool
}

// stripped is a source, and who keeps what stands there.
type stripped struct {
	source
	keep []keeper
}

// keeper is an identity with forward.key and a source of its own in the same
// header or parameter. What reads as that source, in the request of one of its
// callers, is the key that the caller was recognised by: had there been two,
// the request would have been refused.
type keeper struct {
	identity string
	source   source
}

// NewStrip compiles the sources of all identities of a policy.
func NewStrip(all []*Identity) *Strip {
	s := &Strip{}
	for _, id := range all {
		for _, src := range id.sources {
			s.add(src, all)
		}
	}
	return s
}

// add takes a source once. A header that some identity sets is left to hygiene,
// which removes every inbound copy of it: a removal here would come after the
// identity's own value.
func (s *Strip) add(src source, all []*Identity) {
	known := func(o stripped) bool { return o.source == src }
	owned := func(id *Identity) bool { return src.header != "" && slices.Contains(id.Owns(), src.header) }
	if slices.ContainsFunc(s.sources, known) || slices.ContainsFunc(all, owned) {
		return
	}
	var keep []keeper
	for _, id := range all {
		for _, o := range id.sources {
			if id.forwardKey && o.header == src.header && o.query == src.query {
				keep = append(keep, keeper{id.name, o})
			}
		}
	}
	s.sources = append(s.sources, stripped{src, keep})
	s.inQuery = s.inQuery || src.query != ""
}

// Apply records the removal of every key from the headers and takes it out of
// r.Query. It is for a request that is forwarded, after everything that reads
// the query, and looks at r.Caller. Where there is no key it does nothing; it
// allocates only where Scratch must grow.
func (s *Strip) Apply(r *guard.Request) {
	for i := range r.Headers {
		if s.takesHeader(&r.Headers[i], r.Caller.Identity) {
			r.Upstream.Remove(r.Headers[i].Name)
		}
	}
	if s.inQuery && s.takesAnyQuery(r.Query, r.Caller.Identity) {
		takes := func(key string) bool { return s.takesQuery(key, r.Caller.Identity) }
		r.Query = r.Scratch.Keep(withoutQuery(r.Scratch.Free(), r.Query, takes))
	}
}

func (s *Strip) takesHeader(h *guard.Header, caller string) bool {
	for i := range s.sources {
		o := &s.sources[i]
		if o.header == "" || o.header != h.Name || o.keepsHeader(h.Value, caller) {
			continue
		}
		if _, count := o.read(h.Value); count > 0 {
			return true
		}
	}
	return false
}

func (o *stripped) keepsHeader(value, caller string) bool {
	for i := range o.keep {
		if o.keep[i].identity != caller {
			continue
		}
		if _, count := o.keep[i].source.read(value); count > 0 {
			return true
		}
	}
	return false
}

// takesAnyQuery spares the rewriting where there is nothing to take.
func (s *Strip) takesAnyQuery(query, caller string) bool {
	for i := range s.sources {
		o := &s.sources[i]
		if o.query == "" || o.keepsQuery(caller) {
			continue
		}
		if _, count := readQuery(query, o.query); count > 0 {
			return true
		}
	}
	return false
}

func (s *Strip) takesQuery(key, caller string) bool {
	for i := range s.sources {
		o := &s.sources[i]
		if o.query != "" && !o.keepsQuery(caller) && queryNameIs(key, o.query) {
			return true
		}
	}
	return false
}

func (o *stripped) keepsQuery(caller string) bool {
	return slices.ContainsFunc(o.keep, func(k keeper) bool { return k.identity == caller })
}
