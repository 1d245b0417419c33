package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/e2e/harness"
	"sallyport.dev/sallyport/internal/scenario"
)

// TestPolicyPush pushes policies to a running Envoy, by file-based extension
// config discovery: one that is broken leaves the old one in force.
func TestPolicyPush(t *testing.T) {
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := harness.Config{Version: version, Concurrency: 2, Listeners: []harness.Listener{{Name: "pushed"}}, Discovery: dir}
			c.Push(t, "1", onlyPath("/a"))
			envoy := harness.Start(t, c)
			p := pushed{t, envoy}
			p.inForce("/a", "/b")

			c.Push(t, "2", []byte(`{"version": 1, "routes": [{"name": "b", "path": "/b", "pubic": true}]}`))
			p.rejected(1)
			p.inForce("/a", "/b")
			p.logged(`pubic`)

			c.Push(t, "3", onlyPath("/b"))
			p.inForce("/b", "/a")
			p.rejected(1)

			c.Push(t, "4", []byte(`not JSON`))
			p.rejected(2)
			p.inForce("/b", "/a")
		})
	}
}

func onlyPath(path string) []byte {
	return []byte(`{"version": 1, "routes": [{"name": "only", "path": "` + path + `", "public": true}]}`)
}

type pushed struct {
	t     *testing.T
	envoy *harness.Envoy
}

// inForce polls until one path is served and the other is not, and then asks
// both workers some more.
func (p pushed) inForce(served, refused string) {
	p.t.Helper()
	p.until("the policy that serves "+served+" is not in force", func(ctx context.Context) bool {
		return p.status(ctx, served) == 200 && p.status(ctx, refused) == 404
	})
	for range 20 {
		if got := p.status(p.t.Context(), served); got != 200 {
			p.t.Fatalf("%s: status %d, want 200", served, got)
		}
		if got := p.status(p.t.Context(), refused); got != 404 {
			p.t.Fatalf("%s: status %d, want 404", refused, got)
		}
	}
}

func (p pushed) status(ctx context.Context, target string) int {
	p.t.Helper()
	got, err := p.envoy.Runner("pushed").Do(ctx, harness.Get(target), scenario.Upstream{Status: 200})
	if err != nil {
		p.t.Fatal(err)
	}
	return got.Status
}

// rejected polls until Envoy has refused so many updates.
func (p pushed) rejected(want int64) {
	p.t.Helper()
	p.until("Envoy did not refuse the update", func(ctx context.Context) bool {
		stats, err := p.envoy.Stats(ctx, `extension_config_discovery.*update_rejected$`)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, value := range stats {
			if value == want {
				return true
			}
		}
		return false
	})
}

func (p pushed) logged(want string) {
	p.t.Helper()
	text, err := p.envoy.Log()
	if err != nil {
		p.t.Fatal(err)
	}
	if !strings.Contains(text, want) {
		p.t.Errorf("no %q in Envoy's log:\n%s", want, p.envoy.Tail(40))
	}
}

func (p pushed) until(failure string, done func(context.Context) bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	for !done(ctx) {
		select {
		case <-ctx.Done():
			p.t.Fatalf("%s; its log ends:\n%s", failure, p.envoy.Tail(40))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// TestRefusedPolicy shows that a policy with mistakes does not start, says all
// of them with their places, and quotes no secret; `envoy --mode validate`
// finds them as well.
func TestRefusedPolicy(t *testing.T) {
	policy := `{"version": 1, "mode": "of",
 "identities": {"partners": {"api_key": {"pepper": {"value": "s3cret"}, "clients": []}}},
 "routes": [{"name": "a", "path": "/a"}, {"name": "a", "path": "b", "public": true}]}`
	for _, version := range harness.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			c := harness.Config{Version: version, Listeners: []harness.Listener{{Name: "refused", Policy: []byte(policy)}}}
			output, err := harness.Validate(t, c)
			if err == nil || !strings.Contains(err.Error(), "exit status 1") {
				t.Errorf("envoy --mode validate: %v, want exit status 1", err)
			}
			for _, want := range []string{"1:24: mode", "identities.partners.api_key.clients", "routes[0]", "routes[1].name", "routes[1].path"} {
				if !strings.Contains(output, want) {
					t.Errorf("no %q in:\n%s", want, output)
				}
			}
			if strings.Contains(output, "s3cret") {
				t.Errorf("a secret stands in the log:\n%s", output)
			}
		})
	}
}
