package stores

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// Set is the stores of a document. After compilation it is never written to.
type Set struct {
	stores map[string]*Store
	names  []string // sorted
}

// Compile reads the section `stores`.
func Compile(defs map[string]document.Store, m *guard.Metrics, p *document.Problems) *Set {
	s := &Set{stores: map[string]*Store{}, names: slices.Sorted(maps.Keys(defs))}
	for i, name := range s.names {
		s.stores[name] = compileStore(name, defs[name], i, document.Path("stores").Key(name), p)
		s.stores[name].count(m)
	}
	return s
}

// Get returns the store of a name that a limit names, nil where there is none.
func (s *Set) Get(name string) *Store {
	store := s.stores[name]
	if store != nil {
		store.used = true
	}
	return store
}

// Known is the remedy for a name that is none.
func (s *Set) Known() string {
	if len(s.names) == 0 {
		return `define it under "stores"`
	}
	const most = 8
	names := strings.Join(s.names[:min(len(s.names), most)], ", ")
	if len(s.names) > most {
		names += ", …"
	}
	return "write one of " + names + `, or define it under "stores"`
}

// Unused reports stores that no limit names. It is called after all limits were
// compiled.
func (s *Set) Unused(p *document.Problems) {
	for _, name := range s.names {
		if !s.stores[name].used {
			p.Add(document.Path("stores").Key(name), "is named by no limit", `write it as the "store" of a limit, or take it out`)
		}
	}
}

func compileStore(name string, d document.Store, index int, at document.Path, p *document.Problems) *Store {
	s := &Store{name: name, index: index}
	if d.RateLimitService != nil {
		r := d.RateLimitService
		s.service, s.domain = true, r.Domain
		s.compileCall(r.Cluster, r.Timeout, r.Circuit, at.Key("rate_limit_service"), p)
		if r.Domain == "" {
			p.Add(at.Key("rate_limit_service").Key("domain"), "is empty", "write the domain in that service's configuration")
		}
		return s
	}
	if d.Webdis != nil {
		w := d.Webdis
		s.compileCall(w.Cluster, w.Timeout, w.Circuit, at.Key("webdis"), p)
		s.compilePrefix(w.Prefix, at.Key("webdis").Key("prefix"), p)
	}
	return s
}

func (s *Store) compileCall(cluster string, timeout document.Duration, c document.Circuit, at document.Path, p *document.Problems) {
	s.cluster, s.timeout = cluster, time.Duration(timeout)
	s.failures, s.open = c.Failures, time.Duration(c.Open)
	if cluster == "" {
		p.Add(at.Key("cluster"), "is empty", "write the proxy's name for that service")
	}
	if s.timeout < time.Millisecond || s.timeout > 10*time.Second || s.timeout%time.Millisecond != 0 {
		p.Add(at.Key("timeout"), "is "+s.timeout.String(), "write 1ms to 10s")
	}
	if s.failures < 1 || s.failures > 1000 {
		p.Add(at.Key("circuit").Key("failures"), "is "+strconv.FormatInt(s.failures, 10), "write a whole number from 1 to 1000")
	}
	if s.open < 100*time.Millisecond || s.open > time.Hour {
		p.Add(at.Key("circuit").Key("open"), "is "+s.open.String(), "write 100ms to 1h")
	}
}

// compilePrefix writes what every key begins with. What stands in braces is all
// that Redis Cluster hashes of a key, so that all keys of a script are at one
// place, which it demands.
func (s *Store) compilePrefix(prefix string, at document.Path, p *document.Problems) {
	sound := !strings.ContainsFunc(prefix, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.:", c))
	})
	if prefix == "" || len(prefix) > 64 || !sound {
		p.Add(at, "is "+strconv.Quote(prefix), "write up to 64 letters, digits, '-', '_', '.' and ':'")
	}
	s.prefix = escape(nil, "{"+prefix+"}:")
}

// count makes the counters of what happens to a store.
func (s *Store) count(m *guard.Metrics) {
	name := "sallyport.stores.store." + guard.Label(s.name) + ".event."
	s.metrics = metrics{
		asked: m.Counter(name + "asked"), failed: m.Counter(name + "error"), opened: m.Counter(name + "open"),
		rejected: m.Counter(name + "rejected"), spared: m.Counter(name + "spared"), lost: m.Counter(name + "lost"),
		Allowed: m.Counter(name + "allowed"), Local: m.Counter(name + "local"), Denied: m.Counter(name + "denied"),
	}
}
