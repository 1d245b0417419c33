package kubernetes

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// definition is where a project keeps the definition of a kind. Its module is fetched for that file alone, by its hash,
// and not required: the packages of both projects would bring a thousand modules.
type definition struct {
	module, sum, file, name string
}

var (
	istio  = ofIstio("wasmplugins.extensions.istio.io")
	filter = ofIstio("envoyfilters.networking.istio.io")

	gateway = ofGateway("envoyextensionpolicies")
	proxy   = ofGateway("envoyproxies")
	traffic = ofGateway("backendtrafficpolicies")
)

func ofIstio(name string) definition {
	return definition{
		"istio.io/api@v1.31.4", "h1:AcnncYrlDj1PJkym7h88Gggkef4MAra8QpGaXRMsr+E=",
		"kubernetes/customresourcedefinitions.gen.yaml", name,
	}
}

func ofGateway(kind string) definition {
	return definition{
		"github.com/envoyproxy/gateway@v1.9.1", "h1:vAVp6/AlBXJ1aOhp1mxL7fNEzVEfjADUguUhm2wzxQY=",
		"charts/gateway-helm/charts/crds/crds/generated/gateway.envoyproxy.io_" + kind + ".yaml", kind + ".gateway.envoyproxy.io",
	}
}

// validator does what a cluster's API server does with an object of a kind.
type validator struct {
	schema validation.SchemaValidator
	shape  *structural.Structural
	rules  *cel.Validator
}

var validators sync.Map

func (d definition) validator(t *testing.T) *validator {
	t.Helper()
	if made, ok := validators.Load(d); ok {
		return made.(*validator)
	}
	made := newValidator(t, d.schema(t))
	validators.Store(d, made)
	return made
}

func newValidator(t *testing.T, schema *apiextensions.JSONSchemaProps) *validator {
	t.Helper()
	checks, _, err := validation.NewSchemaValidator(schema)
	if err != nil {
		t.Fatal(err)
	}
	shape, err := structural.NewStructural(schema)
	if err != nil {
		t.Fatal(err)
	}
	return &validator{checks, shape, cel.NewValidator(shape, true, celconfig.PerCallLimit)}
}

// problems returns unknown members, broken types and lists of words, and broken rules.
func (v *validator) problems(ctx context.Context, manifest map[string]any) []string {
	var all []string
	unknown := pruning.PruneWithOptions(copyOf(manifest), v.shape, true, structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		all = append(all, "unknown member "+path)
	}
	errs := validation.ValidateCustomResource(nil, manifest, v.schema)
	broken, _ := v.rules.Validate(ctx, nil, v.shape, manifest, nil, celconfig.RuntimeCELCostBudget)
	for _, err := range append(errs, broken...) {
		all = append(all, err.Error())
	}
	return all
}

func copyOf(manifest map[string]any) map[string]any {
	written, err := json.Marshal(manifest)
	if err != nil {
		panic(err)
	}
	var copied map[string]any
	if err := json.Unmarshal(written, &copied); err != nil {
		panic(err)
	}
	return copied
}

// schema reads the definition's only version.
func (d definition) schema(t *testing.T) *apiextensions.JSONSchemaProps {
	t.Helper()
	for document := range bytes.SplitSeq(readFile(t, filepath.Join(d.fetch(t), d.file)), []byte("\n---\n")) {
		var crd v1.CustomResourceDefinition
		if err := yaml.Unmarshal(document, &crd); err != nil {
			t.Fatal(err)
		}
		if crd.Name != d.name {
			continue
		}
		var schema apiextensions.JSONSchemaProps
		if err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, &schema, nil); err != nil {
			t.Fatal(err)
		}
		return &schema
	}
	t.Fatalf("%s of %s does not define %s", d.file, d.module, d.name)
	return nil
}

// fetch returns the folder of the module.
func (d definition) fetch(t *testing.T) string {
	t.Helper()
	answer, err := exec.Command("go", "mod", "download", "-json", d.module).Output()
	if err != nil {
		t.Fatalf("%s is not to be had: %v\n%s", d.module, err, answer)
	}
	var fetched struct{ Dir, Sum string }
	if err := json.Unmarshal(answer, &fetched); err != nil {
		t.Fatal(err)
	}
	if fetched.Sum != d.sum {
		t.Fatalf("%s has the hash %s, want %s", d.module, fetched.Sum, d.sum)
	}
	return fetched.Dir
}
