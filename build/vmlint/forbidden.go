package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/packages"
)

const (
	timer    = "it sets a timer, and before Envoy 1.39 the scheduler that waits for one kills the VM"
	wait     = "it waits for another goroutine, and before Envoy 1.39 a scheduler that waits kills the VM"
	yielding = "the collector is driven from one place alone, marked //vmlint:yield"
)

// forbidden names functions as types.Func.FullName does.
var forbidden = map[string]string{
	"time.Sleep":                 "it blocks the worker and every connection on it",
	"time.After":                 timer,
	"time.AfterFunc":             timer,
	"time.NewTimer":              timer,
	"(*time.Timer).Reset":        timer,
	"(*time.Ticker).Reset":       timer,
	"time.NewTicker":             timer,
	"time.Tick":                  timer,
	"context.WithTimeout":        timer,
	"context.WithTimeoutCause":   timer,
	"context.WithDeadline":       timer,
	"context.WithDeadlineCause":  timer,
	"(*sync.WaitGroup).Wait":     wait,
	"(*sync.WaitGroup).Go":       "there is one thread and no scheduler to rely on",
	"(*sync.Cond).Wait":          wait,
	"runtime.Gosched":            yielding,
	"runtime.GC":                 yielding,
	"runtime/debug.FreeOSMemory": yielding,
	"runtime.Goexit":             "no recover stops it, and the VM is dead",
	"os.Exit":                    "it stops nothing on Envoy: the request goes on and is let through",
}

// checkForbidden reports what needs the scheduler.
func checkForbidden(own []*packages.Package, report report) {
	var yield token.Pos
	for _, p := range own {
		for _, file := range p.Syntax {
			marks := yieldMarks(p.Fset, file)
			ast.Inspect(file, func(n ast.Node) bool {
				if at, ok := checkNode(p, n, marks, report); ok {
					if yield.IsValid() {
						report(at, "a second place that yields; the first is at %s", p.Fset.Position(yield))
					}
					yield = at
				}
				return true
			})
			for _, mark := range marks {
				report(mark, "vmlint:yield marks nothing that yields: remove it")
			}
		}
	}
}

// checkNode reports the node if it is refused, and returns its place if it is a marked yield.
func checkNode(p *packages.Package, n ast.Node, marks map[int]token.Pos, report report) (token.Pos, bool) {
	if name := scheduling(p.TypesInfo, n); name != "" {
		report(n.Pos(), "%s: there is one thread, and before Envoy 1.39 a scheduler that waits kills the VM; "+
			"use iter.Pull where work must be suspended", name)
	}
	name, ok := n.(*ast.Ident)
	if !ok {
		return token.NoPos, false
	}
	function, ok := p.TypesInfo.Uses[name].(*types.Func)
	if !ok {
		return token.NoPos, false
	}
	why := forbidden[function.FullName()]
	if why == yielding && takeMark(marks, p.Fset.Position(n.Pos()).Line) {
		return n.Pos(), true
	}
	if why != "" {
		report(n.Pos(), "%s: %s", function.FullName(), why)
	}
	return token.NoPos, false
}

// scheduling names what the node does with goroutines or channels, if anything.
func scheduling(info *types.Info, n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "a go statement"
	case *ast.SendStmt:
		return "a send to a channel"
	case *ast.SelectStmt:
		return "a select statement"
	case *ast.ChanType:
		return "a channel type"
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return "a receive from a channel"
		}
	case *ast.RangeStmt:
		if isChannel(info.TypeOf(n.X)) {
			return "a range over a channel"
		}
	case *ast.CallExpr:
		if name, ok := n.Fun.(*ast.Ident); ok && info.Uses[name] == types.Universe.Lookup("close") {
			return "a close of a channel"
		}
	}
	return ""
}

func isChannel(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

// yieldMarks returns the places of the file's marks by their lines.
func yieldMarks(files *token.FileSet, file *ast.File) map[int]token.Pos {
	marks := map[int]token.Pos{}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if strings.TrimSpace(comment.Text) == "//vmlint:yield" {
				marks[files.Position(comment.Pos()).Line] = comment.Pos()
			}
		}
	}
	return marks
}

// takeMark takes the mark away that stands on the line or the one before.
func takeMark(marks map[int]token.Pos, line int) bool {
	for _, at := range []int{line, line - 1} {
		if marks[at].IsValid() {
			delete(marks, at)
			return true
		}
	}
	return false
}
