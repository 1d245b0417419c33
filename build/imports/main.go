// Command imports refuses a module that would not load, or that dies, on one of the supported Envoys: it compares what
// the module imports with host.txt and what it exports with exports.txt.
//
//	go run ./build/imports dist/sallyport.wasm
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

//go:embed host.txt
var host string

//go:embed exports.txt
var exports string

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: imports MODULE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path string) error {
	module, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	imported, exported, err := read(module)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := errors.Join(checkImports(imported, lines(host)), checkExports(exported, lines(exports))); err != nil {
		return fmt.Errorf("%s:\n%w", path, err)
	}
	fmt.Printf("%s: %d imports, all on every supported Envoy; %d exports, as listed\n", path, len(imported), len(exported))
	return nil
}

// read returns the module's imports as host.txt writes them, and the names of its exports, both in order.
func read(module []byte) (imported, exported []string, err error) {
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer runtime.Close(ctx)
	compiled, err := runtime.CompileModule(ctx, module)
	if err != nil {
		return nil, nil, err
	}
	for _, function := range compiled.ImportedFunctions() {
		from, name, _ := function.Import()
		imported = append(imported, from+" "+name+" "+signature(function))
	}
	for _, memory := range compiled.ImportedMemories() {
		from, name, _ := memory.Import()
		imported = append(imported, from+" "+name+" memory")
	}
	for name := range compiled.ExportedFunctions() {
		exported = append(exported, name)
	}
	for name := range compiled.ExportedMemories() {
		exported = append(exported, name)
	}
	slices.Sort(imported)
	slices.Sort(exported)
	return imported, exported, nil
}

func signature(function api.FunctionDefinition) string {
	return strings.TrimSpace("(" + types(function.ParamTypes()) + ") " + types(function.ResultTypes()))
}

func types(values []api.ValueType) string {
	var names []string
	for _, value := range values {
		names = append(names, api.ValueTypeName(value))
	}
	return strings.Join(names, " ")
}
