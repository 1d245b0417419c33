package routes_test

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/internal/manual"
	"sallyport.dev/sallyport/policy/document"
)

func TestManualPolicy(t *testing.T) {
	d, err := document.Parse([]byte(manual.Blocks(t, "routes", "json")[0]))
	if err != nil {
		t.Fatal(err)
	}
	table := compile(t, d.Routes...)
	for request, want := range map[string]int{
		"GET 127.0.0.1/health": 0, "GET 127.0.0.1/health/": 0, "POST 127.0.0.1/health": -1,
		"GET eu.api.example.com/v1/tenants/acme/orders/17": 1, "GET evil-api.example.com/v1/tenants/acme/orders/17": -1,
		"GET api.example.com/v1/files/2026/invoice.pdf": 2,
	} {
		if r := ask(t, table, request); r.Route != want {
			t.Errorf("%s took route %d, the manual says %d", request, r.Route, want)
		}
	}
}

func TestManualMatchesAreTrue(t *testing.T) {
	rows := 0
	for line := range strings.Lines(manual.Blocks(t, "routes", "matches")[0]) {
		columns := strings.Fields(line)
		if len(columns) < 3 {
			t.Fatalf("no three columns in %q", line)
		}
		rows++
		table := compile(t, at(columns[0]))
		r := ask(t, table, "GET h"+columns[1])
		if (r.Route == 0) != (columns[2] == "yes") {
			t.Errorf("the manual is wrong about %q", line)
		}
		for _, capture := range columns[3:] {
			name, want, _ := strings.Cut(capture, "=")
			if i, ok := table.Capture(0, name); !ok || r.Captures[i] != want {
				t.Errorf("the manual is wrong about {%s} in %q", name, line)
			}
		}
	}
	if rows < 15 {
		t.Errorf("only %d rows were found", rows)
	}
}
