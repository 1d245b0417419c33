// Command vmlint refuses code that would kill, or let down, the VM that the module runs in. It reads the packages that
// go into the module (what ./filter imports under GOOS=wasip1 GOARCH=wasm), so tests and tools may do as they like.
//
// Refused are
//
//   - what needs the scheduler: goroutines, channels, timers, sleeps, waits, forced collections (forbidden.go). One place
//     alone may yield and says so: //vmlint:yield
//   - packages that need WASI functions which Envoy before 1.39 lacks, or that weigh more than they are worth (imports.go)
//   - errors thrown away (dropped.go)
//   - recursion, since V8's stack ends where no recover helps, unless a function on the way round says what
//     bounds it (recursion.go): //vmlint:bounded maxDepth
package main

import (
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"sallyport.dev/sallyport/build/repository"
)

// finding is one place to mend.
type finding struct {
	at   token.Position
	text string
}

// report takes a finding; the text follows fmt.
type report func(at token.Pos, format string, args ...any)

func main() {
	root, err := repository.Root()
	if err != nil {
		fail(err)
	}
	program, err := load(root, "./filter")
	if err != nil {
		fail(err)
	}
	findings := check(program)
	for _, f := range findings {
		name, err := filepath.Rel(root, f.at.Filename)
		if err != nil {
			fail(err)
		}
		fmt.Fprintf(os.Stderr, "%s:%d:%d: %s\n", name, f.at.Line, f.at.Column, f.text)
	}
	if len(findings) > 0 {
		fail(fmt.Errorf("%d places to mend", len(findings)))
	}
	fmt.Printf("vmlint: %d packages may go into the VM\n", len(program.own))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "vmlint:", err)
	os.Exit(1)
}

// check runs every rule and returns the findings in the order of their places.
func check(program *program) []finding {
	var findings []finding
	add := func(at token.Pos, format string, args ...any) {
		findings = append(findings, finding{program.files.Position(at), fmt.Sprintf(format, args...)})
	}
	checkForbidden(program.own, add)
	checkDropped(program.own, add)
	checkRecursion(program.own, add)
	findings = append(findings, checkImports(program)...)
	slices.SortFunc(findings, func(a, b finding) int {
		if c := strings.Compare(a.at.Filename, b.at.Filename); c != 0 {
			return c
		}
		return a.at.Offset - b.at.Offset
	})
	return findings
}

// program is what goes into the module.
type program struct {
	files *token.FileSet
	own   []*packages.Package // the main module's packages, with syntax and types
	all   []*packages.Package // every package but the standard library's, with its imports
}
