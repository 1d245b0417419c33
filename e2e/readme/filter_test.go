package readme_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
)

// around is the rest of a bootstrap; the filters of a page are put into it.
const around = `static_resources:
  listeners:
  - name: http
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: http
          route_config: {virtual_hosts: [{name: all, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200}}]}]}
          http_filters:
%s          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
`

// TestFilters has Envoy load the filters that the README and the manual show,
// with the module and their policies.
func TestFilters(t *testing.T) {
	t.Setenv("KEY_PEPPER", "a-pepper-of-the-manual-0123456789")
	manual, err := filepath.Glob(filepath.Join(harness.Root(t), "docs", "*.md"))
	if err != nil || len(manual) == 0 {
		t.Fatalf("%d pages, error %v", len(manual), err)
	}
	var filters strings.Builder
	found := 0
	for _, page := range append(manual, filepath.Join(harness.Root(t), "README.md")) {
		for _, b := range blocks(t, page) {
			if strings.HasSuffix(b.kind, " http_filters") {
				found++
				filters.WriteString(entry(t, b))
			}
		}
	}
	if found != 3 {
		t.Errorf("%d filters found; there were 3", found)
	}
	for _, version := range harness.Versions() {
		if output, err := harness.ValidateFile(t, version, "--config-yaml", fmt.Sprintf(around, filters.String())); err != nil {
			t.Errorf("Envoy %s: %v\n%s", version, err, output)
		}
	}
}

// entry is a block as entries of http_filters. One filter as JSON is one entry.
func entry(t *testing.T, b block) string {
	t.Helper()
	text := strings.ReplaceAll(b.text, "dist/sallyport.wasm", harness.Artefact(t, harness.Shipped))
	if strings.HasPrefix(text, "{") {
		text = "-\n" + indent("  ", text)
	}
	return indent("          ", text)
}

func indent(by, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(by + line)
	}
	return b.String()
}
