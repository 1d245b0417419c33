// Command browser prints the paths of Chromium, of the folder of Node.js and of that of its modules, which it installs where
// there are none yet.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"sallyport.dev/sallyport/build/browser/node"
	"sallyport.dev/sallyport/build/packaged"
	"sallyport.dev/sallyport/build/repository"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := repository.Root()
	if err != nil {
		return err
	}
	for _, name := range packaged.Names("browser") {
		path, err := packaged.Path(root, name)
		if err != nil {
			return err
		}
		fmt.Println(name+":", path)
	}
	folder, err := node.Folder(root)
	if err != nil {
		return err
	}
	fmt.Println("node:", folder)
	project := filepath.Join(root, "e2e", "browser")
	if err := node.Modules(root, project); err != nil {
		return err
	}
	fmt.Println("modules:", filepath.Join(project, "node_modules"))
	return nil
}
