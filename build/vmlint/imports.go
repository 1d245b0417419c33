package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strconv"

	"golang.org/x/tools/go/packages"
)

const (
	needsWASI = "it needs WASI functions that Envoy before 1.39 does not offer, and the module would not load"
	reflects  = "it calls methods by reflection, which keeps all code in the module and imports WASI functions that Envoy before 1.39 lacks"
)

// unwanted names the packages that neither the module's own packages nor those of its dependencies may import. What the
// standard library imports itself is its own business: build/imports and build/size judge the result.
var unwanted = map[string]string{
	"net":                  needsWASI,
	"net/http":             needsWASI,
	"net/mail":             needsWASI,
	"net/rpc":              needsWASI,
	"net/smtp":             needsWASI,
	"net/textproto":        needsWASI,
	"mime":                 needsWASI,
	"mime/multipart":       needsWASI,
	"mime/quotedprintable": needsWASI,
	"crypto/tls":           needsWASI,
	"crypto/x509":          needsWASI + "; read DER with encoding/asn1",
	"text/template":        reflects,
	"html/template":        reflects,
	"crypto/rand":          "its first use sets a timer, which kills the VM before Envoy 1.39; import random_get",
	"crypto/ecdsa":         "it adds 0.9 MB to the module; ask the proxy, as policy/jose does",
	"crypto/elliptic":      "it adds 0.9 MB to the module; ask the proxy, as policy/jose does",
	"encoding/json":        "it adds 0.6 MB to the module, and its recursion overflows V8's stack; use jsontext",
	"regexp":               "it adds 0.5 MB to the module; match by hand",
	"net/url":              "it adds 0.6 MB to the module; read paths and queries by hand",
	"log":                  "what it writes does not carry the host's level; use the log of the request's world",
	"log/slog":             "what it writes does not carry the host's level; use the log of the request's world",
	"os/exec":              "there are no processes",
	"os/signal":            "there are no signals",
	"plugin":               "there are no plugins",
	"testing":              "tests stay in tests",
}

// checkImports reports unwanted imports at their place, own ones and those of dependencies.
func checkImports(program *program) []finding {
	var findings []finding
	for _, p := range program.all {
		for path := range p.Imports {
			if why, bad := unwanted[path]; bad {
				text := fmt.Sprintf("import of %s: %s", path, why)
				findings = append(findings, finding{importPlace(p, path), text})
			}
		}
	}
	return findings
}

// importPlace finds the import in the package's files; dependencies are not parsed otherwise.
func importPlace(p *packages.Package, path string) token.Position {
	for _, name := range p.GoFiles {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.ImportsOnly)
		if err != nil {
			continue // the compiler tells
		}
		for _, spec := range file.Imports {
			if spec.Path.Value == strconv.Quote(path) {
				return files.Position(spec.Pos())
			}
		}
	}
	return token.Position{Filename: slices.Concat(p.GoFiles, []string{p.PkgPath})[0]}
}
