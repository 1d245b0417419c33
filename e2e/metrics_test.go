package e2e

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/harness"
)

// wantMetrics checks what Prometheus scrapes after the scenarios have run:
// metrics with labels.
func wantMetrics(t *testing.T, envoy *harness.Envoy) {
	t.Helper()
	text, err := envoy.Get(t.Context(), "/stats/prometheus?filter=sallyport")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# TYPE sallyport_requests counter",
		`sallyport_requests{outcome="allowed",reason="allowed",route="any-shop_2"} 2`,
		`sallyport_requests{outcome="denied",reason="role-missing",route="console"} 2`,
		`sallyport_requests{outcome="denied",reason="rate-limited",route="both"} 20`,
		`sallyport_requests{outcome="denied",reason="quota-exceeded",route="every-algorithm"} 20`,
		`sallyport_requests{outcome="reported",reason="no-route",route="-"} 1`,
		`sallyport_directory{event="asked",identity="partners"} 6`,
		`sallyport_directory{event="found",identity="partners"} 3`,
		`sallyport_directory{event="absent",identity="partners"} 1`,
		`sallyport_directory{event="failed",identity="partners"} 2`,
		`sallyport_keys{client="Acme__Ltd-c62fd0c5",identity="rotating",key="2026a"} 3`,
		`sallyport_keys{client="Acme__Ltd-c62fd0c5",identity="rotating",key="2026b"} 3`,
		`sallyport_keys_expiring{client="Acme__Ltd-c62fd0c5",identity="rotating"} 3`,
	} {
		if !hasMetric(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
}

// hasMetric finds a line whatever the order of its labels.
func hasMetric(text, want string) bool {
	for line := range strings.Lines(text) {
		if sameMetric(strings.TrimSpace(line), want) {
			return true
		}
	}
	return false
}

func sameMetric(a, b string) bool {
	nameA, labelsA, valueA := cutMetric(a)
	nameB, labelsB, valueB := cutMetric(b)
	if nameA != nameB || valueA != valueB || len(labelsA) != len(labelsB) {
		return false
	}
	for label := range labelsA {
		if !labelsB[label] {
			return false
		}
	}
	return true
}

func cutMetric(line string) (name string, labels map[string]bool, value string) {
	name, rest, _ := strings.Cut(line, "{")
	inside, value, _ := strings.Cut(rest, "}")
	labels = map[string]bool{}
	for label := range strings.SplitSeq(inside, ",") {
		labels[label] = true
	}
	return name, labels, strings.TrimSpace(value)
}
