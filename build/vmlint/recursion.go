package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

const boundedMark = "//vmlint:bounded"

// checkRecursion reports functions that can reach themselves with nothing on the way that says what bounds it. V8's stack
// ends at some 34,000 frames of the smallest function, a few thousand of a parser's, and its end is no panic that recover
// stops. One marked function on each way round is enough: what bounds it bounds all that it goes through.
func checkRecursion(own []*packages.Package, report report) {
	g := newGraph(own)
	marked := g.checkMarks(report)
	unmarked := func(n node) bool { return !marked[g.decl[n].name] }
	judged := map[*ast.Ident]bool{}
	for _, n := range g.order {
		name := g.decl[n].name
		if judged[name] || marked[name] {
			continue
		}
		if way := g.wayBack(n, unmarked); way != nil {
			judged[name] = true
			report(name.Pos(), "%s can call itself (%s), and a client's nesting then overflows V8's stack, which no recover "+
				"catches: bound it, and name what bounds it in the doc comment of one of them, //vmlint:bounded CONSTANT-OR-FUNCTION",
				name.Name, strings.Join(way, " → "))
		}
	}
}

// checkMarks returns the names of the declarations that a mark covers, and reports marks that cover nothing.
func (g *graph) checkMarks(report report) map[*ast.Ident]bool {
	marked, recursive := map[*ast.Ident]bool{}, map[*ast.Ident]bool{}
	everything := func(node) bool { return true }
	for _, n := range g.order {
		decl := g.decl[n]
		mark, bound := markOf(decl.doc)
		if !mark.IsValid() {
			continue
		}
		if !marked[decl.name] && !bounds(decl.pkg.Types, bound) {
			report(decl.name.Pos(), "%s is bounded by %q, which is no constant and no function here", decl.name.Name, bound)
		}
		marked[decl.name] = true
		recursive[decl.name] = recursive[decl.name] || g.wayBack(n, everything) != nil
	}
	for _, name := range slices.SortedFunc(maps.Keys(recursive), func(a, b *ast.Ident) int { return int(a.Pos() - b.Pos()) }) {
		if !recursive[name] {
			report(name.Pos(), "%s does not call itself: remove its vmlint:bounded", name.Name)
		}
	}
	return marked
}

// markOf returns the place of the doc comment's mark, and the bound that it names.
func markOf(doc *ast.CommentGroup) (token.Pos, string) {
	if doc == nil {
		return token.NoPos, ""
	}
	for _, comment := range doc.List {
		if rest, ok := strings.CutPrefix(comment.Text, boundedMark); ok {
			bound, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			return comment.Pos(), bound
		}
	}
	return token.NoPos, ""
}

// bounds tells whether the name is a constant or a function of the package, or, after a package's name, of an imported one.
func bounds(in *types.Package, name string) bool {
	scope := in.Scope()
	if from, rest, qualified := strings.Cut(name, "."); qualified {
		i := slices.IndexFunc(in.Imports(), func(p *types.Package) bool { return p.Name() == from })
		if i < 0 {
			return false
		}
		scope, name = in.Imports()[i].Scope(), rest
	}
	switch scope.Lookup(name).(type) {
	case *types.Const, *types.Func:
		return true
	}
	return false
}

// wayBack returns the names on the shortest way from the node to itself through nodes that may be used, else nil.
func (g *graph) wayBack(start node, use func(node) bool) []string {
	before := map[node]node{}
	queue := []node{start}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, next := range g.edges[n] {
			if next == start {
				return g.names(start, n, before)
			}
			if _, seen := before[next]; !seen && use(next) {
				before[next] = n
				queue = append(queue, next)
			}
		}
	}
	return nil
}

func (g *graph) names(start, last node, before map[node]node) []string {
	way := []string{g.name(start)}
	for n := last; n != start; n = before[n] {
		way = append(way, g.name(n))
	}
	way = append(way, g.name(start))
	slices.Reverse(way)
	return way
}

func (g *graph) name(n node) string {
	switch n := n.(type) {
	case *types.Func:
		if receiver := n.Signature().Recv(); receiver != nil {
			return strings.TrimPrefix(types.TypeString(receiver.Type(), func(*types.Package) string { return "" }), "*") + "." + n.Name()
		}
		return n.Name()
	case *types.Var:
		return n.Name()
	}
	return "a function in " + g.decl[n].name.Name
}
