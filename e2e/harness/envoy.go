package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/proxy"
	"sallyport.dev/sallyport/internal/scenario"
)

// startup is how long an Envoy may take to compile the module and go live.
const startup = 2 * time.Minute

// Envoy is a running Envoy with the module.
type Envoy struct {
	*proxy.Envoy
	Upstream  *Upstream
	Service   *Service // nil: none
	addresses map[string]string
	log       accessLog
	quiet     bool
}

// Start starts an Envoy that ends with the test.
func Start(t testing.TB, c Config) *Envoy {
	t.Helper()
	dir := t.TempDir()
	if c.Upstream == nil {
		c.Upstream = NewUpstream(t)
	}
	log := filepath.Join(dir, "access.log")
	bootstrap := Write(t, filepath.Join(dir, "bootstrap.json"), c.bootstrap(c.module(t), log))
	e := &Envoy{Upstream: c.Upstream, Service: c.Service, quiet: c.Quiet, log: accessLog{path: log, entries: map[string]placed{}}}
	e.Envoy = Launch(t, c.Version, dir, "--config-path", bootstrap, "--concurrency", strconv.Itoa(max(1, c.Concurrency)))
	var err error
	if e.addresses, err = e.Listeners(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// module is the path of the built module.
func (c Config) module(t testing.TB) string {
	t.Helper()
	if c.Artefact == "" {
		c.Artefact = Shipped
	}
	return Artefact(t, c.Artefact)
}

// Validate has Envoy judge the configuration without running it, and returns
// what it wrote.
func Validate(t testing.TB, c Config) (string, error) {
	t.Helper()
	dir := t.TempDir()
	c.Upstream = &Upstream{Address: "127.0.0.1:1"} // never dialled
	bootstrap := Write(t, filepath.Join(dir, "bootstrap.json"), c.bootstrap(c.module(t), filepath.Join(dir, "access.log")))
	return ValidateFile(t, c.Version, "--config-path", bootstrap)
}

// ValidateFile does the same with arguments of the test's own.
func ValidateFile(t testing.TB, version string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startup)
	defer cancel()
	args = append([]string{"--mode", "validate", "--log-level", "warning", "--component-log-level", "wasm:info"}, args...)
	output, err := exec.CommandContext(ctx, Binary(t, version), args...).CombinedOutput()
	return string(output), err
}

// Push writes the discovered plugin with a policy, in one step.
func (c Config) Push(t testing.TB, resourceVersion string, policy []byte) {
	t.Helper()
	plugin := c.wasm(Listener{Name: "pushed", Policy: policy}, c.module(t))
	response := object{"version_info": resourceVersion, "resources": []any{object{
		"@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig", "name": "discovered", "typed_config": plugin,
	}}}
	next := Write(t, filepath.Join(c.Discovery, "next.json"), response)
	if err := os.Rename(next, filepath.Join(c.Discovery, "plugin.json")); err != nil {
		t.Fatal(err)
	}
}

// Launch starts an Envoy with arguments of the test's own; it ends with the test.
func Launch(t testing.TB, version, dir string, args ...string) *proxy.Envoy {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startup)
	defer cancel()
	args = append(args, "--log-level", "warning", "--component-log-level", "wasm:info", "--file-flush-interval-msec", "10")
	e, err := proxy.Launch(ctx, proxy.Command{Binary: Binary(t, version), Dir: dir, Args: args})
	if err != nil {
		t.Fatalf("Envoy %s: %v", version, err)
	}
	t.Cleanup(func() {
		select {
		case <-e.Exited():
			t.Errorf("Envoy %s ended by itself; its log ends:\n%s", version, e.Tail(40))
		default:
			e.Stop()
		}
	})
	return e
}

// Write writes a value as JSON and returns the path.
func Write(t testing.TB, path string, value any) string {
	t.Helper()
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(value); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Address is that of a listener.
func (e *Envoy) Address(listener string) string { return e.addresses[listener] }

// Runner asks the requests of a scenario through a listener.
func (e *Envoy) Runner(listener string) scenario.Runner {
	return runner{e, e.addresses[listener]}
}

// logSize is where the next line of Envoy's log will stand.
func (e *Envoy) logSize() (int64, error) {
	info, err := os.Stat(e.LogPath)
	if err != nil {
		return 0, fmt.Errorf("the proxy's log: %w", err)
	}
	return info.Size(), nil
}

// logFrom returns what Envoy logged behind an offset.
func (e *Envoy) logFrom(offset int64) (string, error) {
	file, err := os.Open(e.LogPath)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.NewSectionReader(file, offset, 64<<20))
	return string(text), err
}
