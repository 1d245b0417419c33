package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// neverFail are types whose methods have an error result only to fit an interface, and promise that it is nil.
var neverFail = []string{"*strings.Builder", "*bytes.Buffer", "hash.Hash", "hash.Hash32", "hash.Hash64"}

// checkDropped reports errors that are assigned to _ or not assigned at all: an ignored error is a request that passes.
func checkDropped(own []*packages.Package, report report) {
	for _, p := range own {
		for _, file := range p.Syntax {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					reportBlank(p.TypesInfo, n.Lhs, n.Rhs, report)
				case *ast.ValueSpec:
					reportBlank(p.TypesInfo, identifiers(n.Names), n.Values, report)
				case *ast.ExprStmt:
					reportUnused(p.TypesInfo, n.X, n.Pos(), report)
				case *ast.DeferStmt:
					reportUnused(p.TypesInfo, n.Call, n.Pos(), report)
				}
				return true
			})
		}
	}
}

func reportBlank(info *types.Info, left, right []ast.Expr, report report) {
	var assigned []types.Type
	for _, value := range right {
		if _, call := ast.Unparen(value).(*ast.CallExpr); !call && len(left) != len(right) {
			return // v, ok := x.(error)
		}
		assigned = append(assigned, results(info.TypeOf(value))...)
	}
	for i, target := range left {
		if name, ok := target.(*ast.Ident); ok && name.Name == "_" && i < len(assigned) && isError(assigned[i]) {
			report(name.Pos(), "an error is thrown away: handle it, and deny")
		}
	}
}

func reportUnused(info *types.Info, value ast.Expr, at token.Pos, report report) {
	call, ok := ast.Unparen(value).(*ast.CallExpr)
	if !ok || !slices.ContainsFunc(results(info.TypeOf(call)), isError) {
		return
	}
	if method, ok := call.Fun.(*ast.SelectorExpr); ok && promisesNil(info.TypeOf(method.X)) {
		return
	}
	if len(call.Args) > 0 && printsTo(info, call) && promisesNil(info.TypeOf(call.Args[0])) {
		return
	}
	report(at, "an error is not looked at: handle it, and deny")
}

func printsTo(info *types.Info, call *ast.CallExpr) bool {
	function := calledFunction(info, call)
	return function != nil && strings.HasPrefix(function.FullName(), "fmt.Fprint")
}

func promisesNil(receiver types.Type) bool {
	if receiver == nil {
		return false
	}
	name := receiver.String()
	return slices.Contains(neverFail, name) || slices.Contains(neverFail, "*"+name)
}

// results returns the types that a value of the type stands for: several where it is a call's tuple.
func results(t types.Type) []types.Type {
	tuple, ok := t.(*types.Tuple)
	if !ok {
		return []types.Type{t}
	}
	var all []types.Type
	for v := range tuple.Variables() {
		all = append(all, v.Type())
	}
	return all
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func identifiers(names []*ast.Ident) []ast.Expr {
	var all []ast.Expr
	for _, name := range names {
		all = append(all, name)
	}
	return all
}
