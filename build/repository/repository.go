// Package repository tells where the repository stands, so that tests and commands work from any folder of it.
package repository

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const module = "\nmodule sallyport.dev/sallyport\n"

// Root returns the folder of the main module: the nearest one above the current folder whose go.mod names it. The
// modules of their own inside it (e2e, build/image) have other names and are passed over.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.Contains("\n"+string(content), module) {
			return dir, nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not inside the repository of sallyport.dev/sallyport", start)
		}
	}
}
