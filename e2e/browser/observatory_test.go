package browser

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
)

// graded is what the Observatory says of a site.
type graded struct {
	Name, Grade   string
	Status, Score int
	Tests         []struct {
		Test, Result string
		Pass         bool
		Modifier     int
	}
}

// sites are the ones that are graded, each a host of its own. The site behind no preset shows that the grades come from the
// presets; it and "cookies" set the cookies of a careless upstream.
var sites = []struct{ name, response, grade string }{
	{"api", `"preset": "api"`, "A+"},
	{"web", `"preset": "web"`, "A+"},
	{"cookies", `"preset": "web", "cookies": {"secure": true, "http_only": true, "same_site": "lax"}`, "A+"},
	{"none", `"preset": "none"`, "F"},
}

func gradedHost(site string) string { return site + ".graded.test" }

func gradedHosts() []string {
	var hosts []string
	for _, site := range sites {
		hosts = append(hosts, gradedHost(site.name))
	}
	return hosts
}

// gradedListeners are a plain and a secure one for each site. The plain ones lead to the secure.
func gradedListeners(tls *harness.TLS) []harness.Listener {
	var all []harness.Listener
	for _, site := range sites {
		policy := []byte(`{"version": 1, "headers": {"response": {` + site.response + `}}, "routes": [{"name": "all", "path": "/**", "public": true}]}`)
		all = append(all, harness.Listener{Name: "graded-plain-" + site.name, Policy: policy},
			harness.Listener{Name: "graded-" + site.name, Policy: policy, TLS: tls})
	}
	return all
}

// grades has MDN's HTTP Observatory grade the sites.
func (s *stage) grades(t *testing.T) {
	var asked []map[string]any
	for _, site := range sites {
		host, plain, secure := gradedHost(site.name), port(t, s.envoy.Address("graded-plain-"+site.name)), port(t, s.envoy.Address("graded-"+site.name))
		s.site.redirect(host, "https://"+net.JoinHostPort(host, strconv.Itoa(secure)))
		asked = append(asked, map[string]any{"name": site.name, "host": host, "httpPort": plain, "httpsPort": secure})
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(s.authority.Certificate), 0o600); err != nil {
		t.Fatal(err)
	}
	got := run[graded](t, s.with, "observatory.mjs", asked, "NODE_EXTRA_CA_CERTS="+ca)
	if len(got) != len(sites) {
		t.Fatalf("%d sites are graded, want %d", len(got), len(sites))
	}
	for i, g := range got {
		g.want(t, sites[i].name, sites[i].grade)
	}
}

func (g graded) want(t *testing.T, name, grade string) {
	t.Helper()
	if g.Name == name && g.Grade == grade && g.Status == 200 {
		return
	}
	t.Errorf("%s: grade %s (%d), status %d; want %s, grade %s, 200", g.Name, g.Grade, g.Score, g.Status, name, grade)
	for _, test := range g.Tests {
		t.Logf("%s: %-32s pass %-5t %+3d %s", g.Name, test.Test, test.Pass, test.Modifier, test.Result)
	}
}

func port(t *testing.T, address string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return number
}
