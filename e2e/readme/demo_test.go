package readme_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
)

// demo is the running demo.
type demo struct {
	address string // of the proxy
	admin   string // of its admin interface
	log     string // Envoy's log
}

// Where the demo says what the test needs.
var (
	saysAddress = regexp.MustCompile(`^Sallyport runs in Envoy on http://(\S+)`)
	saysAdmin   = regexp.MustCompile(`http://([^/]+)/stats/prometheus`)
	saysLog     = regexp.MustCompile(`^cat (\S+)`)
)

// startDemo starts what `make run` starts, on ports of its own. It ends with
// the test, as by Ctrl-C.
func startDemo(t *testing.T) (d demo) {
	t.Helper()
	harness.Artefact(t, harness.Shipped)
	binary := filepath.Join(t.TempDir(), "demo")
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../demo").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	run := exec.CommandContext(ctx, binary, "-port", "0")
	run.Cancel = func() error { return run.Process.Signal(syscall.SIGINT) }
	run.WaitDelay = 10 * time.Second
	var problems strings.Builder
	run.Stderr = &problems
	stdout, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := run.Wait(); err != nil && ctx.Err() == nil {
			t.Errorf("the demo: %v\n%s", err, problems.String())
		}
	})
	for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
		if d.heard(scanner.Text()); d.log != "" {
			break
		}
	}
	if d.address == "" || d.admin == "" || d.log == "" {
		t.Fatalf("the demo did not say where it is: %+v\n%s", d, problems.String())
	}
	return d
}

func (d *demo) heard(line string) {
	for say, to := range map[*regexp.Regexp]*string{saysAddress: &d.address, saysAdmin: &d.admin, saysLog: &d.log} {
		if m := say.FindStringSubmatch(line); m != nil {
			*to = m[1]
		}
	}
}

// logs tells whether Envoy has logged, or logs soon, what fits.
func (d *demo) logs(t *testing.T, want *regexp.Regexp) bool {
	t.Helper()
	for range 200 {
		text, err := os.ReadFile(d.log)
		if err != nil {
			t.Fatal(err)
		}
		if want.Match(text) {
			return true
		}
		time.Sleep(100 * time.Millisecond) // Envoy writes its access log every 10 s
	}
	return false
}
