package packaged

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestNames(t *testing.T) {
	for folder, want := range map[string][]string{"stores": {"redis-server", "webdis"}, "browser": {"chromium"}, "kitchen": nil} {
		if got := Names(folder); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", folder, got, want)
		}
	}
	_, err := Path(t.TempDir(), "mysqld")
	wantProblem(t, err, `there is no "mysqld"; there are redis-server, webdis, chromium`)
}

func TestPathTakesTheVariable(t *testing.T) {
	redis := script(t, filepath.Join(t.TempDir(), "redis"), says("Redis server v=7.0.15 sha=0"))
	old := script(t, filepath.Join(t.TempDir(), "redis"), says("Redis server v=5.0.3 sha=0"))
	webdis := script(t, filepath.Join(t.TempDir(), "webdis"), "exit 1\n") // it is never run
	for _, c := range []struct {
		name, server, variable, given, problem string
	}{
		{"redis-server", "redis-server", "REDIS_SERVER", redis, ""},
		{"webdis", "webdis", "WEBDIS", webdis, ""},
		{"another version", "redis-server", "REDIS_SERVER", old, `printed "Redis server v=5.0.3 sha=0\n", which does not match`},
		{"no Redis", "redis-server", "REDIS_SERVER", "/bin/sh", `the variable REDIS_SERVER names "/bin/sh", which does not do`},
		{"no file", "webdis", "WEBDIS", "/absent/webdis", `the variable WEBDIS names "/absent/webdis", which does not do`},
		{"no program", "webdis", "WEBDIS", "/etc/passwd", "permission denied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(c.variable, c.given)
			got, err := Path(t.TempDir(), c.server)
			if c.problem != "" {
				wantProblem(t, err, c.problem)
			} else if err != nil || got != c.given {
				t.Errorf("got %q, error %v; want %q", got, err, c.given)
			}
		})
	}
}

func TestPathLooksInPATH(t *testing.T) {
	for _, c := range []struct {
		name, version string
		found         bool
	}{
		{"the newest version", "Redis server v=8.0.2 sha=0", true},
		{"another version is passed over", "Redis server v=6.0.16 sha=0", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			bin, root := tools(t, apt, dpkg), t.TempDir()
			want := script(t, filepath.Join(bin, "redis-server"), says(c.version))
			if !c.found {
				want = filepath.Join(root, ".cache/stores/redis-server/redis-server")
			}
			got, err := Path(root, "redis-server")
			if err != nil || got != want {
				t.Errorf("got %q, error %v; want %q", got, err, want)
			}
		})
	}
}

func TestPathInstalls(t *testing.T) {
	for _, c := range []struct {
		name, apt, dpkg, problem string
	}{
		{"from Debian's packages", apt, dpkg, ""},
		{"a list that cannot be had does not matter", "[ $verb = update ] && exit 100\n" + apt, dpkg, ""},
		{"where the package cannot be had", "echo $verb fails; exit 100\n", dpkg, "update fails\nif the package cannot be had here, name the binary in the variable REDIS_SERVER"},
		{"another version", strings.Replace(apt, "%3a7", "%3a6", 1), dpkg, "matches ^redis-server_5%3a[78]"},
		{"a package without a server", apt, "exit 0\n", "the package holds no program"},
		{"a package that cannot be unpacked", apt, "echo is no archive; exit 2\n", "is no archive"},
		{"without Debian's tools", "", "", "install redis-server (macOS: by brew), or name the binary in the variable REDIS_SERVER"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			tools(t, c.apt, c.dpkg)
			got, err := Path(root, "redis-server")
			if c.problem != "" {
				wantProblem(t, err, c.problem)
			} else if err != nil || got != filepath.Join(root, ".cache/stores/redis-server/redis-server") {
				t.Errorf("got %q, error %v", got, err)
			}
			wantOnlyWhole(t, filepath.Join(root, ".cache/stores"))
		})
	}
}

func TestPathRefusesABrokenCopy(t *testing.T) {
	root := t.TempDir()
	tools(t, apt, dpkg)
	script(t, filepath.Join(root, ".cache/stores/redis-server/redis-server"), "echo libjemalloc.so.2: cannot open; exit 127\n")
	_, err := Path(root, "redis-server")
	wantProblem(t, err, "remove its folder to install it anew")
	wantProblem(t, err, "libjemalloc.so.2: cannot open")
}

func TestPathInstallsOnce(t *testing.T) {
	root, count := t.TempDir(), filepath.Join(t.TempDir(), "count")
	tools(t, "[ $verb = install ] && echo once >>"+count+"\n"+apt, dpkg)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := Path(root, "redis-server"); err != nil {
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

// verb sets what apt-get was asked to do, and archives where packages go.
const verb = `for word; do
	case $word in update | install) verb=$word ;; Dir::Cache::archives=*) archives=${word#*=} ;; esac
done
`

// apt is a stand-in for apt-get install: it downloads the server and one library.
const apt = `[ $verb = install ] && echo >"$archives/redis-server_5%3a7.0.15-1_amd64.deb" && echo >"$archives/libzip_1_amd64.deb"
exit 0
`

// dpkg is a stand-in for dpkg-deb -x FILE ROOT. The server runs only with the library's folder.
const dpkg = `case $2 in
*libzip*) mkdir -p "$3/usr/lib/any-linux-gnu" && echo >"$3/usr/lib/any-linux-gnu/libzip.so" ;;
*) mkdir -p "$3/usr/bin" && cat >"$3/usr/bin/redis-server" <<'END' && chmod +x "$3/usr/bin/redis-server" ;;
#!/bin/sh
[ -e "$LD_LIBRARY_PATH/libzip.so" ] && [ "$1" = --version ] && echo "Redis server v=7.0.15 sha=0"
END
esac
`

func says(text string) string { return "[ \"$1\" = --version ] && echo '" + text + "'\n" }

// tools makes PATH hold nothing but a shell's tools, apt-get and dpkg-deb, and returns its first folder. An empty body
// leaves the tool out.
func tools(t *testing.T, apt, dpkg string) string {
	t.Helper()
	bin := t.TempDir()
	t.Setenv("REDIS_SERVER", "")
	t.Setenv("PATH", bin)
	for _, name := range []string{"sh", "env", "mkdir", "cat", "chmod", "dirname"} {
		target := filepath.Join("/bin", name)
		if _, err := os.Stat(target); err != nil {
			target = filepath.Join("/usr/bin", name)
		}
		if err := os.Symlink(target, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	if apt != "" {
		script(t, filepath.Join(bin, "apt-get"), verb+apt)
	}
	if dpkg != "" {
		script(t, filepath.Join(bin, "dpkg-deb"), dpkg)
	}
	return bin
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
		if name := entry.Name(); name != "redis-server" && name != "redis-server.lock" {
			t.Errorf("%s is left behind", name)
		}
	}
}
