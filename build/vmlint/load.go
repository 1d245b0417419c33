package main

import (
	"errors"
	"fmt"
	"go/token"
	"os"

	"golang.org/x/tools/go/packages"
)

// load reads the packages that the pattern's packages need on wasip1, below dir.
func load(dir string, patterns ...string) (*program, error) {
	config := &packages.Config{
		Dir:  dir,
		Env:  append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0"),
		Fset: token.NewFileSet(),
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule,
	}
	roots, err := packages.Load(config, patterns...)
	if err != nil {
		return nil, err
	}
	program := &program{files: config.Fset}
	var own []string
	packages.Visit(roots, nil, func(p *packages.Package) {
		if p.Module == nil {
			return // the standard library
		}
		program.all = append(program.all, p)
		if p.Module.Main {
			own = append(own, p.PkgPath)
		}
	})
	if len(own) == 0 {
		return nil, fmt.Errorf("%q match no package of the main module", patterns)
	}
	config.Mode = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedSyntax | packages.NeedTypes |
		packages.NeedTypesInfo
	if program.own, err = packages.Load(config, own...); err != nil {
		return nil, err
	}
	return program, problems(program.own)
}

func problems(loaded []*packages.Package) error {
	var all []error
	for _, p := range loaded {
		for _, problem := range p.Errors {
			all = append(all, problem)
		}
	}
	return errors.Join(all...)
}
