package webhooks

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// commanded: what the command sallyport sign prints is accepted by the vendor's library, and by Sallyport.
func (g gateway) commanded(t *testing.T) {
	policy := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(policy, sending(t, map[string]string{}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range signing() {
		t.Run(s.name, func(t *testing.T) {
			up := s.command(t, policy, s.body(event()))
			if err := s.acceptsSigned(up); err != nil {
				t.Errorf("%v; headers %q", err, up.Headers)
			}
			g.comesBack(t, s, up)
		})
	}
}

// command signs a body by the tool, and returns what would be sent.
func (s scheme) command(t *testing.T, policy string, body []byte) *scenario.Forwarded {
	t.Helper()
	args := []string{"sign", "--policy", policy, "--route", s.name, "--secret-env", "SECRET", "--content-type", s.kind}
	if slices.Contains(addressed, s.name) {
		args = append(args, "--url", "https://"+scenario.DefaultHost+"/"+s.name)
	}
	c := exec.CommandContext(t.Context(), harness.Artefact(t, "sallyport"), args...)
	var said, noted bytes.Buffer
	c.Env, c.Stdin, c.Stdout, c.Stderr = append(os.Environ(), "SECRET="+s.secret), bytes.NewReader(body), &said, &noted
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s", err, noted.String())
	}
	up := &scenario.Forwarded{Method: http.MethodPost, Target: "/" + s.name, Body: body, Headers: []scenario.Header{field("content-type", s.kind)}}
	for line := range strings.Lines(said.String()) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if name = strings.ToLower(name); !ok || name == "content-type" {
			continue
		}
		up.Headers = append(up.Headers, field(name, value))
	}
	if _, address, ok := strings.Cut(noted.String(), scenario.DefaultHost); ok {
		up.Target = strings.TrimSpace(address)
	}
	return up
}
