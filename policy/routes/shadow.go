package routes

import "slices"

// shadow returns the earliest route of the table that takes every request that
// r takes, so that r can never match. It finds a single route that does, not
// several that do together.
func (t *Table) shadow(r *route) (index int32, ok bool) {
	host := hostPattern("")
	if len(r.hosts) > 0 {
		host = r.hosts[0]
	}
	index = none
	for _, tree := range t.treesCovering(host) {
		for _, c := range tree.covering(r.path) {
			if c.route < index && c.methods&r.methods == r.methods && coversHosts(t.routes[c.route].hosts, r.hosts) {
				index = c.route
			}
		}
	}
	return index, index != none
}

// treesCovering returns the trees whose routes take every request for host;
// the empty pattern is any host.
func (t *Table) treesCovering(host hostPattern) []*node {
	trees := []*node{t.any}
	for i := range host {
		if tree := t.wildcards.to(string(host[i:])); tree != nil && (i > 0 || host.wildcard()) {
			trees = append(trees, tree)
		}
	}
	if tree := t.exact.to(string(host)); tree != nil {
		trees = append(trees, tree)
	}
	return trees
}

// covering returns the candidates whose path pattern takes every path of p.
func (n *node) covering(p pattern) (found []candidate) {
	level := []*node{n}
	for _, s := range p.segments {
		var next []*node
		for _, n := range level {
			found = append(found, n.rests...)
			if n.single != nil {
				next = append(next, n.single)
			}
			if to := n.literals.to(s.literal); to != nil {
				next = append(next, to)
			}
		}
		level = next
	}
	for _, n := range level {
		found = append(found, n.rests...)
		if !p.rest {
			found = append(found, n.ends...)
		}
	}
	return found
}

// coversHosts tells whether hosts take every host that others take.
func coversHosts(hosts, others []hostPattern) bool {
	if len(hosts) == 0 {
		return true
	}
	return len(others) > 0 && !slices.ContainsFunc(others, func(other hostPattern) bool {
		return !slices.ContainsFunc(hosts, func(h hostPattern) bool { return h.covers(other) })
	})
}
