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

// validate has Envoy load the filters of a block, the module and its policy
// included. One filter as JSON is a list of one.
func validate(t *testing.T, b block) {
	t.Helper()
	text := strings.ReplaceAll(b.text, "dist/sallyport.wasm", harness.Artefact(t, harness.Shipped))
	if strings.HasPrefix(text, "{") {
		text = "-\n" + indent("  ", text)
	}
	bootstrap := fmt.Sprintf(around, indent("          ", text))
	for _, version := range harness.Versions() {
		if output, err := harness.ValidateFile(t, version, "--config-yaml", bootstrap); err != nil {
			t.Errorf("Envoy %s: %v\n%s", version, err, output)
		} else if !strings.Contains(output, "sallyport: policy in force") {
			t.Errorf("Envoy %s did not load the policy:\n%s", version, output)
		}
	}
}

func indent(by, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(by + line)
	}
	return b.String()
}

// TestManual has Envoy load the filters that the manual shows.
func TestManual(t *testing.T) {
	t.Setenv("KEY_PEPPER", "a-pepper-of-the-manual-0123456789")
	pages, err := filepath.Glob(filepath.Join(harness.Root(t), "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range pages {
		for _, b := range blocks(t, page) {
			if strings.HasSuffix(b.kind, " http_filters") {
				found++
				t.Run(fmt.Sprintf("%s line %d", filepath.Base(page), b.line), func(t *testing.T) { validate(t, b) })
			}
		}
	}
	if found == 0 {
		t.Errorf("none of %d pages shows a filter", len(pages))
	}
}
