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
	literals edges
	single   *node       // behind {name} or *
	ends     []candidate // patterns that end here, in document order
	rests    []candidate // patterns whose ** stands here, in document order
}

type edge struct {
	text string
	to   *node
}

// edges stand in the order of the lengths of their texts, those of one length in
// the order of the texts.
type edges []edge

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
	return n.literals.grow(s.literal)
}

// grow returns the node behind a text, new when there was none.
func (e *edges) grow(text string) *node {
	i, found := slices.BinarySearchFunc(*e, text, func(e edge, text string) int {
		return cmp.Or(cmp.Compare(len(e.text), len(text)), strings.Compare(e.text, text))
	})
	if !found {
		*e = slices.Insert(*e, i, edge{text, &node{first: none}})
	}
	return (*e)[i].to
}

// to returns the node behind a text, or nil. Lengths settle most comparisons.
func (e edges) to(text string) *node {
	low, high := 0, len(e)
	for low < high {
		i := int(uint(low+high) / 2)
		switch other := e[i].text; {
		case other == text:
			return e[i].to
		case len(other) < len(text), len(other) == len(text) && other < text:
			low = i + 1
		default:
			high = i
		}
	}
	return nil
}

// search returns the earliest route before best that takes the path, which has
// no trailing slash, and the method; or best. A nil node has no routes.
func (n *node) search(path string, method methodSet, best int32) int32 {
	for start := 1; n != nil && n.first < best; {
		atEnd := start >= len(path)
		if atEnd || len(n.rests) > 0 {
			best = n.settle(atEnd, method, best)
		}
		if atEnd || n.single == nil && len(n.literals) == 0 {
			return best
		}
		end := segmentEnd(path, start)
		next, other := n.ways(path[start:end])
		if other != nil && other.first < best {
			return n.searchBoth(path[start-1:], method, best)
		}
		n, start = next, end+1
	}
	return best
}

// place is a node that is still to be searched.
type place struct {
	node  *node
	depth int
}

// searchBoth is search where two ways may go on. At each node it goes on where
// the earlier routes are, and keeps the other way, at most one a level, for
// later. A node is entered once at most, and only while it has a route before
// the best one found.
func (n *node) searchBoth(rest string, method methodSet, best int32) int32 {
	var path segments
	path.split(rest)
	var later [MaxSegments]place
	waiting, depth := 0, 0
	for n != nil && n.first < best {
		best = n.settle(depth == path.count, method, best)
		var next, other *node
		if depth < path.count && depth < MaxSegments {
			next, other = n.ways(path.at(depth))
		}
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

// earliest returns the first of candidates that takes the method, if it is
// before best, or best.
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

// ways returns the nodes behind a segment, the one with the earlier route first.
// An empty segment leads nowhere but into **.
func (n *node) ways(text string) (next, other *node) {
	if text == "" {
		return nil, nil
	}
	literal := n.literals.to(text)
	switch {
	case literal == nil:
		return n.single, nil
	case n.single == nil || literal.first < n.single.first:
		return literal, n.single
	}
	return n.single, literal
}
