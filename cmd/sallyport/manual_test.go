package main

import (
	"os"
	"strings"
	"testing"
)

// The key and what inspect says of it stand in the manual as they are.
func TestManualShowsWhatInspectPrints(t *testing.T) {
	page, err := os.ReadFile("../../docs/sallyport.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(page), "\ndemo_")
	rest, _, _ := strings.Cut(after, "\n")
	r := sallyport(t, "demo_"+rest, nil, "key", "inspect")
	r.has(t, 0, "prefix:   demo_\n", "")
	if !strings.Contains(string(page), "\n"+r.out+"```\n") {
		t.Errorf("the manual does not show\n%s", r.out)
	}
}

func TestManualNamesEveryCommandAndFlag(t *testing.T) {
	page, err := os.ReadFile("../../docs/sallyport.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"check", "explain", "key new", "key rotate", "key inspect", "schema"} {
		if !strings.Contains(string(page), "\n## `sallyport "+command) {
			t.Errorf("%s has no section", command)
		}
		help := sallyport(t, "", nil, append(strings.Fields(command), "--help")...).out
		for _, word := range strings.Fields(help) {
			if strings.HasPrefix(word, "--") && word != "--help" && !strings.Contains(string(page), strings.TrimRight(word, ".;,")) {
				t.Errorf("%s: %s is not in the manual", command, word)
			}
		}
	}
}
