// Package kubernetes checks the manifests of envoy/ as a cluster would: against the definitions that Istio and Envoy
// Gateway install, and their policies as the module would.
package kubernetes

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"sallyport.dev/sallyport/policy"
)

var manifests = []struct {
	name   string
	file   string
	crd    definition
	config []string // where the policy stands; none: it has none
	env    string   // what names the secrets, in JSON
}{
	{"Istio", "istio/wasmplugin.yaml", istio, []string{"spec", "pluginConfig"},
		`[{"name":"SALLYPORT_KEY_PEPPER","valueFrom":"HOST"},{"name":"SALLYPORT_STRIPE_SECRET","valueFrom":"HOST"}]`},
	{"Envoy Gateway", "gateway/envoyextensionpolicy.yaml", gateway, []string{"spec", "wasm", "config"},
		`"hostKeys":["SALLYPORT_KEY_PEPPER","SALLYPORT_STRIPE_SECRET"]`},
	{"Istio's bodies", "istio/envoyfilter.yaml", filter, nil, ""},
	{"Envoy Gateway's order", "gateway/envoyproxy.yaml", proxy, nil, ""},
	{"Envoy Gateway's bodies", "gateway/backendtrafficpolicy.yaml", traffic, nil, ""},
}

// TestAllManifests shows that no manifest is left out.
func TestAllManifests(t *testing.T) {
	files, err := filepath.Glob("../../envoy/[ig]*/*.yaml")
	if err != nil || len(files) != len(manifests) {
		t.Errorf("there are the manifests %q, error %v; the test knows %d", files, err, len(manifests))
	}
}

func TestManifests(t *testing.T) {
	for _, m := range manifests {
		t.Run(m.name, func(t *testing.T) {
			source := readFile(t, "../../envoy/"+m.file)
			manifest := parse(t, source)
			for _, problem := range m.crd.validator(t).problems(t.Context(), manifest) {
				t.Error(problem)
			}
			written, err := json.Marshal(manifest)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(written, []byte(m.env)) {
				t.Errorf("the manifest does not hand over the secret: no %s", m.env)
			}
			if m.config != nil {
				wantProductionPolicy(t, at(t, manifest, m.config))
			}
		})
	}
}

// wantProductionPolicy compiles the policy as it reaches the module, and compares it with the one that production runs.
func wantProductionPolicy(t *testing.T, config any) {
	t.Helper()
	handed, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	env := func(name string) (string, bool) {
		return "a secret of thirty-two bytes ....", name == "SALLYPORT_KEY_PEPPER" || name == "SALLYPORT_STRIPE_SECRET"
	}
	if _, err := policy.Compile(handed, env); err != nil {
		t.Errorf("the policy does not compile: %v", err)
	}
	var production any
	if err := json.Unmarshal(readFile(t, "../../envoy/production/policy.json"), &production); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(config, production) {
		t.Error("the policy is not that of envoy/production/policy.json")
	}
}

// TestProblemsAreSeen breaks each manifest in the ways that the definitions forbid.
func TestProblemsAreSeen(t *testing.T) {
	for _, c := range []struct {
		name     string
		manifest int
		old, new string
		want     string
	}{
		{"an unknown member", 0, "phase: AUTHN", "stage: AUTHN", "spec.stage"},
		{"a word that is none of the list", 0, "failStrategy: FAIL_CLOSE", "failStrategy: RELOAD", "spec.failStrategy"},
		{"another type", 0, "pluginName: sallyport", "pluginName: 5", "spec.pluginName"},
		{"a scheme that a rule forbids", 0, "url: oci://", "url: ftp://", "url must have schema one of"},
		{"a value beside HOST", 0, "valueFrom: HOST\n    - ", "valueFrom: HOST\n      value: x\n    - ", "value may only be set when valueFrom is INLINE"},
		{"an unknown member", 1, "failOpen: false", "failClosed: true", "spec.wasm[0].failClosed"},
		{"a missing member", 1, "type: Image", "", "spec.wasm[0].code.type"},
		{"a source that a rule forbids", 1, "type: Image", "type: HTTP", "If type is HTTP, http field needs to be set"},
		{"a word that is none of the list", 2, "operation: MERGE", "operation: MIX", "spec.configPatches[1].patch.operation"},
		{"an unknown member", 2, "routeConfiguration:", "routes:", "spec.configPatches[1].match.routes"},
		{"a filter that is none of the list", 3, "after: envoy.filters.http.wasm", "after: envoy.filters.http.router", "spec.filterOrder[0].after"},
		{"a size that is none", 4, "limit: 1Mi", "limit: much", "spec.requestBuffer.limit"},
	} {
		t.Run(manifests[c.manifest].name+": "+c.name, func(t *testing.T) {
			m := manifests[c.manifest]
			source := string(readFile(t, "../../envoy/"+m.file))
			if strings.Count(source, c.old) != 1 {
				t.Fatalf("%q stands %d times in the manifest, want once", c.old, strings.Count(source, c.old))
			}
			broken := parse(t, []byte(strings.Replace(source, c.old, c.new, 1)))
			problems := strings.Join(m.crd.validator(t).problems(t.Context(), broken), "\n")
			if !strings.Contains(problems, c.want) {
				t.Errorf("got the problems %q, want one with %q", problems, c.want)
			}
		})
	}
}

// TestBodiesAsInProduction shows that Istio's patch gives Envoy the filter and the route's settings that production has, which
// are tried on Envoy.
func TestBodiesAsInProduction(t *testing.T) {
	production := parse(t, readFile(t, "../../envoy/production/envoy.yaml"))
	manager := at(t, production, []string{"static_resources", "listeners", "filter_chains", "filters", "typed_config"})
	filters := at(t, manager, []string{"http_filters"}).([]any)
	route := at(t, manager, []string{"route_config", "virtual_hosts", "routes"}).([]any)[0]
	patches := at(t, parse(t, readFile(t, "../../envoy/istio/envoyfilter.yaml")), []string{"spec", "configPatches"}).([]any)
	if got, want := at(t, patches[0], []string{"patch", "value"}), filters[1]; !reflect.DeepEqual(got, want) {
		t.Errorf("the filter is %v, want %v", got, want)
	}
	name := []string{"typed_per_filter_config"}
	if got, want := at(t, patches[1], append([]string{"patch", "value"}, name...)), at(t, route, name); !reflect.DeepEqual(got, want) {
		t.Errorf("the route says %v, want %v", got, want)
	}
}

func parse(t *testing.T, source []byte) map[string]any {
	t.Helper()
	var manifest map[string]any
	if err := yaml.UnmarshalStrict(source, &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest
}

// at goes down the names, and into the first element of a list.
func at(t *testing.T, value any, names []string) any {
	t.Helper()
	for _, name := range names {
		if list, ok := value.([]any); ok && len(list) > 0 {
			value = list[0]
		}
		object, ok := value.(map[string]any)
		if !ok {
			t.Fatalf("there is no object around %s", name)
		}
		value = object[name]
	}
	return value
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
