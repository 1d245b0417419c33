// Command gen writes the generated pages of the manual. `go generate
// ./policy/schema` runs it in the folder above.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"sallyport.dev/sallyport/policy/schema"
)

func main() {
	if err := write("../../docs"); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(folder string) error {
	for name, text := range map[string][]byte{"policy.md": schema.Markdown(), "policy.schema.json": schema.JSON()} {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
