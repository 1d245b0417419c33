package credential

import (
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/guard"
)

// Strip takes credentials out of requests that go upstream: on every route, the
// sources of every identity. A key that is sent to a public route by habit is a
// key in some server's log. What an identity that forwards keeps is the
// credential of its own caller: an upstream that is used to finding a verified
// one there must not find one that nobody looked at.
type Strip struct {
	headers, cookies, queries []stripped
	lengths                   lengths // of the names of headers
}

// Holder is an identity as far as Strip knows it.
type Holder interface {
	Name() string
	// Sources are where its credentials can stand.
	Sources() []Source
	// Owns are the headers by which it tells the upstream who calls.
	Owns() []string
	// Keeps tells whether the credential of its caller goes upstream.
	Keeps() bool
}

// stripped is a source, and who keeps what stands there.
type stripped struct {
	Source
	keep []keeper
}

// keeper is an identity that forwards and has a source of its own in the same
// header, cookie or parameter. What reads as that source, in the request of one of its
// callers, is the key that the caller was recognised by: had there been two,
// the request would have been refused.
type keeper struct {
	identity string
	source   Source
}

// NewStrip compiles the sources of all identities of a policy.
func NewStrip(all []Holder) *Strip {
	s := &Strip{}
	for _, id := range all {
		for _, src := range id.Sources() {
			s.add(src, all)
		}
	}
	return s
}

// add takes a source once. A header that some identity sets is left to hygiene,
// which removes every inbound copy of it: a removal here would come after the
// identity's own value.
func (s *Strip) add(src Source, all []Holder) {
	list := &s.headers
	switch {
	case src.Cookie != "":
		list = &s.cookies
	case src.Query != "":
		list = &s.queries
	}
	if src.Header != "" {
		s.lengths.add(src.Header)
	}
	known := func(o stripped) bool { return o.Source == src }
	owned := func(id Holder) bool { return src.Header != "" && slices.Contains(id.Owns(), src.Header) }
	if slices.ContainsFunc(*list, known) || slices.ContainsFunc(all, owned) {
		return
	}
	var keep []keeper
	for _, id := range all {
		for _, o := range id.Sources() {
			if id.Keeps() && o.Header == src.Header && o.Cookie == src.Cookie && o.Query == src.Query {
				keep = append(keep, keeper{id.Name(), o})
			}
		}
	}
	*list = append(*list, stripped{src, keep})
}

// Apply records the removal of every credential from the headers and takes it
// out of r.Query. It is for a request that is forwarded, after everything that
// reads the query, and looks at r.Caller. Where there is no credential it does
// nothing; it allocates only where Scratch must grow.
func (s *Strip) Apply(r *guard.Request) {
	if len(s.cookies) > 0 {
		s.applyCookies(r)
	}
	for i := range r.Headers {
		h := &r.Headers[i]
		if !s.lengths.has(h.Name) {
			continue
		}
		for j := range s.headers {
			o := &s.headers[j]
			if o.Header != h.Name || len(o.keep) > 0 && o.keepsHeader(h.Value, r.Caller.Identity) {
				continue
			}
			if _, count := o.read(h.Value); count > 0 {
				r.Upstream.Remove(h.Name)
				break
			}
		}
	}
	if len(s.queries) > 0 && r.Query != "" {
		s.applyQuery(r)
	}
}

func (s *Strip) applyCookies(r *guard.Request) {
	if s.takesAnyCookie(r.Headers, r.Caller.Identity) {
		rewriteCookies(r, func(name string) bool { return s.takesCookie(name, r.Caller.Identity) })
	}
}

func (s *Strip) applyQuery(r *guard.Request) {
	takes := func(key string) bool { return s.takesQuery(key, r.Caller.Identity) }
	if s.takesAnyQuery(r.Query, takes) {
		r.Query = r.Scratch.Keep(withoutQuery(r.Scratch.Free(), r.Query, takes))
	}
}

// takesAnyCookie spares the rewriting where there is nothing to take.
func (s *Strip) takesAnyCookie(headers []guard.Header, caller string) bool {
	for i := range headers {
		if headers[i].Name != cookieHeader {
			continue
		}
		for field, more := headers[i].Value, true; more; {
			var name string
			_, name, _, field, more = cutCookie(field)
			if s.takesCookie(name, caller) {
				return true
			}
		}
	}
	return false
}

func (s *Strip) takesCookie(name, caller string) bool {
	for i := range s.cookies {
		if o := &s.cookies[i]; o.Cookie == name && !o.keeps(caller) {
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
func (s *Strip) takesAnyQuery(query string, takes func(key string) bool) bool {
	for rest, more := query, query != ""; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		if keptOf(pair, takes) < len(pair) {
			return true
		}
	}
	return false
}

// takesQuery tells whether a parameter is taken out: also one that only some
// servers take for a source, for every caller, since no Reader has seen it.
func (s *Strip) takesQuery(key, caller string) bool {
	spelled := false
	for i := range s.queries {
		o := &s.queries[i]
		switch {
		case queryNameIs(key, o.Query):
			return !o.keeps(caller)
		case queryNameSpells(key, o.Query):
			spelled = true
		}
	}
	return spelled
}

func (o *stripped) keeps(caller string) bool {
	return slices.ContainsFunc(o.keep, func(k keeper) bool { return k.identity == caller })
}
