package routes

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// none is behind every route.
const none int32 = math.MaxInt32

// node is a place in the tree of patterns: the segments on the way to it were
// matched.
type node struct {
	first    int32 // the earliest route at or below this node
	literals []edge
	single   *node       // behind {name} or *
	ends     []candidate // patterns that end here, in document order
	rests    []candidate // patterns whose ** stands here, in document order
}

type edge struct {
	text string
	to   *node
}

// candidate is a route whose host and path match.
type candidate struct {
	route   int32
	methods methodSet
}

// insert adds a route; routes come in document order.
func (n *node) insert(p pattern, c candidate) {
	n.first = min(n.first, c.route)
	for _, s := range p.segments {
		n = n.grow(s)
		n.first = min(n.first, c.route)
	}
	if p.rest {
		n.rests = append(n.rests, c)
	} else {
		n.ends = append(n.ends, c)
	}
}

// grow returns the node behind a segment, new when there was none.
func (n *node) grow(s segment) *node {
	if s.literal == "" {
		if n.single == nil {
			n.single = &node{first: none}
		}
		return n.single
	}
	i, found := n.find(s.literal)
	if !found {
		n.literals = slices.Insert(n.literals, i, edge{s.literal, &node{first: none}})
	}
	return n.literals[i].to
}

// find returns where a literal is, or belongs.
func (n *node) find(text string) (int, bool) {
	return slices.BinarySearchFunc(n.literals, text, func(e edge, text string) int {
		// By length first: it is at hand, and settles most comparisons.
		return cmp.Or(cmp.Compare(len(e.text), len(text)), strings.Compare(e.text, text))
	})
}

// literal returns the node behind a literal, or nil.
func (n *node) literal(text string) *node {
	if i, found := n.find(text); found {
		return n.literals[i].to
	}
	return nil
}

// place is a node that is still to be searched.
type place struct {
	node  *node
	depth int
}

// search returns the earliest route before best that takes the path and the
// method, or best. At each node it goes on where the earlier routes are, and
// keeps the other way, at most one a level, for later. A node is entered once
// at most, and only while it has a route before the best one found.
func (n *node) search(path *segments, method methodSet, best int32) int32 {
	var later [MaxSegments]place
	waiting, depth := 0, 0
	for n != nil && n.first < best {
		best = n.settle(depth == path.count, method, best)
		next, other := n.ways(path, depth)
		depth++
		if other != nil && other.first < best {
			later[waiting] = place{other, depth}
			waiting++
		}
		n = next
		for waiting > 0 && (n == nil || n.first >= best) {
			waiting--
			n, depth = later[waiting].node, later[waiting].depth
		}
	}
	return best
}

// settle returns the earliest route before best that ends at n.
func (n *node) settle(atEnd bool, method methodSet, best int32) int32 {
	best = earliest(n.rests, method, best)
	if atEnd {
		best = earliest(n.ends, method, best)
	}
	return best
}

func earliest(candidates []candidate, method methodSet, best int32) int32 {
	for i := range candidates {
		if candidates[i].route >= best {
			break
		}
		if candidates[i].methods&method != 0 {
			return candidates[i].route
		}
	}
	return best
}

// ways returns the nodes behind the segment at depth, the one with the earlier
// route first. An empty segment leads nowhere but into **.
func (n *node) ways(path *segments, depth int) (next, other *node) {
	if depth >= path.count || depth >= MaxSegments {
		return nil, nil
	}
	text := path.at(depth)
	if text == "" {
		return nil, nil
	}
	literal := n.literal(text)
	switch {
	case literal == nil:
		return n.single, nil
	case n.single == nil || literal.first < n.single.first:
		return literal, n.single
	}
	return n.single, literal
}
