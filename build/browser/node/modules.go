package node

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"sallyport.dev/sallyport/build/wheel"
)

// stamp is a copy of the lock file by which modules were installed.
const stamp = ".installed-by"

// Modules installs what project/package-lock.json pins into project/node_modules, where that is not there or by another lock
// file. npm checks each package by the lock's hash. One process installs at a time. root is the repository's folder.
func Modules(root, project string) error {
	unlock, err := wheel.Lock(filepath.Join(root, ".cache", "browser", "modules.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	lock, err := os.ReadFile(filepath.Join(project, "package-lock.json"))
	if err != nil {
		return err
	}
	installed := filepath.Join(project, "node_modules", stamp)
	if by, err := os.ReadFile(installed); err == nil && bytes.Equal(by, lock) {
		return nil
	}
	folder, err := Folder(root)
	if err != nil {
		return err
	}
	npm := exec.Command(filepath.Join(folder, "npm"), "ci", "--omit=optional",
		"--cache", filepath.Join(root, ".cache", "browser", "npm")) // not in the user's home
	npm.Dir = project
	npm.Env = append(os.Environ(), "PATH="+folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	if output, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("%s in %s: %w\n%s", npm, project, err, bytes.TrimSpace(output))
	}
	return os.WriteFile(installed, lock, 0o644)
}
