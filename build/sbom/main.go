// Command sbom writes what the module is made of, as CycloneDX JSON: the Go modules that it links, with their versions.
// It holds no time and no serial number, so that equal modules have equal lists.
//
//	go run ./build/sbom -version 1.0.0 dist/sallyport.wasm >dist/sallyport.sbom.json
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"sallyport.dev/sallyport/build/repository"
)

type document struct {
	Format      string      `json:"bomFormat"`
	SpecVersion string      `json:"specVersion"`
	Version     int         `json:"version"`
	Metadata    metadata    `json:"metadata"`
	Components  []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
	Hashes  []hash `json:"hashes,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

func main() {
	version := flag.String("version", "", "the module's `version`")
	flag.Parse()
	if *version == "" || flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: sbom -version VERSION MODULE")
		os.Exit(2)
	}
	if err := run(*version, flag.Arg(0), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(version, module string, output io.Writer) error {
	content, err := os.ReadFile(module)
	if err != nil {
		return err
	}
	root, err := repository.Root()
	if err != nil {
		return err
	}
	linked, err := modules(root, "./filter")
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(output)
	encoder.SetIndent("", "  ")
	return encoder.Encode(describe(version, content, linked))
}

func describe(version string, module []byte, linked []component) document {
	sum := sha256.Sum256(module)
	own := golang("sallyport.dev/sallyport", version)
	own.Type, own.Name, own.Hashes = "application", "sallyport", []hash{{"SHA-256", hex.EncodeToString(sum[:])}}
	return document{"CycloneDX", "1.6", 1, metadata{own}, linked}
}

// modules returns the standard library and the modules whose packages are linked on wasip1.
func modules(dir, pattern string) ([]component, error) {
	const format = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}"
	listed, err := ask(dir, "list", "-deps", "-f", format, pattern)
	if err != nil {
		return nil, err
	}
	compiler, err := ask(dir, "env", "GOVERSION")
	if err != nil {
		return nil, err
	}
	all := []component{golang("std", strings.TrimPrefix(strings.TrimSpace(compiler), "go"))}
	for _, line := range slices.Compact(slices.Sorted(strings.Lines(listed))) {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			all = append(all, golang(path, version))
		}
	}
	return all, nil
}

func ask(dir string, args ...string) (string, error) {
	command := exec.Command("go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	var complaint bytes.Buffer
	command.Stderr = &complaint
	answer, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", command, err, complaint.Bytes())
	}
	return string(answer), nil
}

func golang(path, version string) component {
	return component{Type: "library", Name: path, Version: version, PURL: "pkg:golang/" + path + "@" + version}
}
