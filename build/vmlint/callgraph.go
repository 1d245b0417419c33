package main

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/packages"
)

// node is a *types.Func, an *ast.FuncLit, or a *types.Var that can hold functions.
type node any

// graph says what each node may call. To name a function counts as calling it, so that one that is stored or passed on
// is not lost; a call through an interface may reach every method of the program that fits.
type graph struct {
	edges map[node][]node
	decl  map[node]declaration // where each function and function literal is declared
	order []node               // functions and literals in source order
	named []*types.Named       // the program's types
}

// declaration is what carries the doc comment of a function, or of a variable that holds a literal.
type declaration struct {
	pkg  *packages.Package
	name *ast.Ident
	doc  *ast.CommentGroup
}

func newGraph(own []*packages.Package) *graph {
	g := &graph{edges: map[node][]node{}, decl: map[node]declaration{}}
	for _, p := range own {
		for _, object := range p.TypesInfo.Defs {
			if name, ok := object.(*types.TypeName); ok {
				if named, ok := name.Type().(*types.Named); ok {
					g.named = append(g.named, named)
				}
			}
		}
	}
	for _, p := range own {
		for _, file := range p.Syntax {
			for _, decl := range file.Decls {
				g.addDecl(p, decl)
			}
		}
	}
	return g
}

func (g *graph) addDecl(p *packages.Package, decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		function := p.TypesInfo.Defs[decl.Name]
		w := walker{g, p.TypesInfo, declaration{p, decl.Name, decl.Doc}}
		w.declare(function)
		if decl.Body != nil {
			w.walk(function, decl.Body)
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			if spec, ok := spec.(*ast.ValueSpec); ok && len(spec.Values) > 0 {
				w := walker{g, p.TypesInfo, declaration{p, spec.Names[0], docOf(decl, spec)}}
				w.walk(p.TypesInfo.Defs[spec.Names[0]], spec)
			}
		}
	}
}

func docOf(decl *ast.GenDecl, spec *ast.ValueSpec) *ast.CommentGroup {
	if spec.Doc != nil {
		return spec.Doc
	}
	return decl.Doc
}

func (g *graph) edge(from, to node) {
	if from != nil && to != nil {
		g.edges[from] = append(g.edges[from], to)
	}
}

// walker adds the edges of one declaration.
type walker struct {
	*graph
	info *types.Info
	in   declaration
}

func (w *walker) declare(n node) {
	w.graph.decl[n] = w.in
	w.order = append(w.order, n)
}

func (w *walker) walk(from node, tree ast.Node) {
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			w.declare(n)
			w.edge(from, n)
			w.walk(n, n.Body)
			return false
		case *ast.Ident:
			w.use(from, w.info.Uses[n])
		case *ast.AssignStmt:
			w.assign(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			w.assign(identifiers(n.Names), n.Values)
		case *ast.RangeStmt:
			w.bind(w.target(n.Key), n.X)
			w.bind(w.target(n.Value), n.X)
		case *ast.CompositeLit:
			w.compose(n)
		case *ast.CallExpr:
			w.call(n)
		}
		return true
	})
}

func (w *walker) use(from node, object types.Object) {
	switch object := object.(type) {
	case *types.Func:
		function := object.Origin()
		w.edge(from, function)
		w.implementations(function)
	case *types.Var:
		if holdsFunctions(object.Type()) {
			w.edge(from, object.Origin())
		}
	}
}

// implementations leads a method of an interface to every method that it may be.
func (w *walker) implementations(method *types.Func) {
	receiver := method.Signature().Recv()
	if receiver == nil || len(w.edges[method]) > 0 {
		return
	}
	contract, ok := receiver.Type().Underlying().(*types.Interface)
	if !ok {
		return
	}
	for _, named := range w.named {
		if types.IsInterface(named) || !mayImplement(named, contract) {
			continue
		}
		found, _, _ := types.LookupFieldOrMethod(types.NewPointer(named), true, method.Pkg(), method.Name())
		if function, ok := found.(*types.Func); ok {
			w.edge(method, function.Origin())
			w.linkParameters(method, function.Origin())
		}
	}
}

// mayImplement takes a generic type for one that does: its arguments are not known here.
func mayImplement(named *types.Named, contract *types.Interface) bool {
	return named.TypeParams().Len() > 0 || types.Implements(types.NewPointer(named), contract)
}

func (w *walker) linkParameters(from, to *types.Func) {
	a, b := from.Signature().Params(), to.Signature().Params()
	for i := range min(a.Len(), b.Len()) {
		w.edge(b.At(i), a.At(i))
	}
}

func (w *walker) assign(left, right []ast.Expr) {
	for i, target := range left {
		if len(left) == len(right) {
			w.bind(w.target(target), right[i])
		} else if len(right) == 1 {
			w.bind(w.target(target), right[0])
		}
	}
}

// compose binds the fields of a struct literal to their values.
func (w *walker) compose(literal *ast.CompositeLit) {
	t := w.info.TypeOf(literal)
	if pointer, ok := t.Underlying().(*types.Pointer); ok {
		t = pointer.Elem() // an elided &T in a list of pointers
	}
	fields, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			w.bind(w.target(pair.Key), pair.Value)
		} else {
			w.bind(fields.Field(i), element)
		}
	}
}

// call binds the callee's parameters to the arguments.
func (w *walker) call(call *ast.CallExpr) {
	callee := calledFunction(w.info, call)
	if callee == nil {
		return
	}
	parameters := callee.Origin().Signature().Params()
	for i, argument := range call.Args {
		if parameters.Len() > 0 {
			w.bind(parameters.At(min(i, parameters.Len()-1)), argument)
		}
	}
}

func calledFunction(info *types.Info, call *ast.CallExpr) *types.Func {
	called := ast.Unparen(call.Fun)
	switch instance := called.(type) {
	case *ast.IndexExpr:
		called = instance.X
	case *ast.IndexListExpr:
		called = instance.X
	}
	switch called := called.(type) {
	case *ast.Ident:
		function, _ := info.Uses[called].(*types.Func)
		return function
	case *ast.SelectorExpr:
		function, _ := info.Uses[called.Sel].(*types.Func)
		return function
	}
	return nil
}

// target returns the variable that an expression on the left side stands for.
func (w *walker) target(left ast.Expr) *types.Var {
	switch left := left.(type) {
	case *ast.Ident:
		if v, ok := w.info.ObjectOf(left).(*types.Var); ok {
			return v
		}
	case *ast.SelectorExpr:
		return w.target(left.Sel)
	case *ast.IndexExpr:
		return w.target(left.X)
	case *ast.StarExpr:
		return w.target(left.X)
	case *ast.ParenExpr:
		return w.target(left.X)
	}
	return nil
}

// bind leads a variable that can hold functions to those that the value names.
func (w *walker) bind(target *types.Var, value ast.Expr) {
	if target == nil || !holdsFunctions(target.Type()) {
		return
	}
	ast.Inspect(value, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			w.edge(target.Origin(), n)
			return false
		case *ast.Ident:
			w.use(target.Origin(), w.info.Uses[n])
		}
		return true
	})
}

// holdsFunctions tells of functions and of lists of them; the fields of a struct are variables of their own. A type such
// as `type list []list` has no end, so the search has one.
func holdsFunctions(t types.Type) bool {
	for range 10 {
		switch under := t.Underlying().(type) {
		case *types.Signature:
			return true
		case *types.Slice:
			t = under.Elem()
		case *types.Array:
			t = under.Elem()
		case *types.Map:
			t = under.Elem()
		case *types.Pointer:
			t = under.Elem()
		default:
			return false
		}
	}
	return false
}
