// Package browser shows what a real browser does with Sallyport in front: which pages read answers, whose forms are refused,
// which scripts run, what becomes of cookies; and what grade MDN's HTTP Observatory gives.
package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sallyport.dev/sallyport/build/browser/node"
	"sallyport.dev/sallyport/build/packaged"
	"sallyport.dev/sallyport/e2e/harness"
)

// patience is how long one run of a script may take.
const patience = 2 * time.Minute

// names are the hosts of the tests, all on this machine. app and the others of example.test are one site; evil.test is another.
var names = []string{"app.example.test", "api.example.test", "shop.example.test", "jar.example.test", "partner.test", "one.partner.test",
	"evilpartner.test", "one.partner.test.evil.test", "evil.test"}

// stage is an Envoy with all listeners, in front of a careless site.
type stage struct {
	with      tools
	site      *site
	authority *harness.Authority
	envoy     *harness.Envoy
}

func newStage(t *testing.T, with tools, version string) *stage {
	t.Helper()
	s := &stage{with: with, site: newSite(t), authority: harness.NewAuthority(t, append(gradedHosts(), names...)...)}
	s.envoy = harness.Start(t, harness.Config{Version: version, Upstream: s.site.upstream(), Env: secrets,
		Listeners: append(listeners(s.authority.TLS), gradedListeners(s.authority.TLS)...)})
	return s
}

// tools are what drives pages.
type tools struct{ node, chromium string }

// find returns the tools, and installs what is missing.
func find(t *testing.T) tools {
	t.Helper()
	root, folder := harness.Root(t), project(t)
	if err := node.Modules(root, folder); err != nil {
		t.Fatal(err)
	}
	bin, err := node.Folder(root)
	if err != nil {
		t.Fatal(err)
	}
	chromium, err := packaged.Path(root, "chromium")
	if err != nil {
		t.Fatal(err)
	}
	return tools{filepath.Join(bin, "node"), chromium}
}

// project is the folder of the scripts.
func project(t *testing.T) string {
	t.Helper()
	return filepath.Join(harness.Root(t), "e2e", "browser")
}

// run runs a script with one argument and reads the lines of JSON that it prints.
func run[Line any](t *testing.T, with tools, script string, argument any, env ...string) []Line {
	t.Helper()
	text, err := json.Marshal(argument)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, with.node, script, string(text))
	command.Dir, command.Env = project(t), append(append(os.Environ(), fonts(with.chromium)...), env...)
	var failure bytes.Buffer
	command.Stderr = &failure
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, output, &failure)
	}
	var lines []Line
	for scanner := bufio.NewScanner(bytes.NewReader(output)); scanner.Scan(); {
		var line Line
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%s printed %q: %v", script, scanner.Text(), err)
		}
		lines = append(lines, line)
	}
	return lines
}

// fonts tells an unpacked Chromium where its fonts are described on a machine that has no description of its own.
func fonts(chromium string) []string {
	if _, err := os.Stat("/etc/fonts"); !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return []string{"FONTCONFIG_PATH=" + filepath.Join(filepath.Dir(chromium), "root", "etc", "fonts")}
}
