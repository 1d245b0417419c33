package schema

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
)

func TestGeneratedPagesAreUpToDate(t *testing.T) {
	for name, want := range map[string][]byte{"policy.md": Markdown(), "policy.schema.json": JSON()} {
		got, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("docs/%s differs from the types: run go generate ./policy/schema", name)
		}
	}
}

func TestLinksOfTheManualLead(t *testing.T) {
	text := string(Markdown())
	anchors := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		a := anchor(heading[1])
		if anchors[a] {
			t.Errorf("two headings are linked to as #%s", a)
		}
		anchors[a] = true
	}
	links := regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(text, -1)
	if len(links) < 100 {
		t.Errorf("%d links, want more", len(links))
	}
	for _, link := range links {
		if !anchors[link[1]] {
			t.Errorf("nothing stands at #%s", link[1])
		}
	}
}

// The intro shows a policy and what is said of a wrong one; both are true.
func TestExamplesOfTheIntro(t *testing.T) {
	_, example, _ := strings.Cut(intro, "```json\n")
	example, _, _ = strings.Cut(example, "```")
	if _, err := document.Parse([]byte(example)); err != nil {
		t.Errorf("the example: %v", err)
	}
	wrong := "{\"version\": 1, \"routes\": [\n\n" +
		strings.Repeat(" ", 15) + `{"name": "a", "methods": ["get"],"path": "/"},` + "\n\n\n\n" +
		`    {"path": "/"}]}`
	_, lines, _ := strings.Cut(intro, "```text\n")
	lines, _, _ = strings.Cut(lines, "\n```")
	if _, err := document.Parse([]byte(wrong)); err == nil || err.Error() != lines {
		t.Errorf("the intro says\n%s\nand Parse\n%v", lines, err)
	}
}

func TestEverySectionIsInTheManual(t *testing.T) {
	text := string(Markdown())
	for _, want := range []string{
		"### `identities.NAME.api_key.clients[].keys[]`", "### `routes[].graphql`", "### `csrf.token`",
		"| `sha256` | string | one of these |", "| `url` | string | yes |", "| `retire` | true or false | only with `sunset` | `false` |",
		"| `cookie` | string | one of these |  | Name of a cookie. |",
		"| `refill_per_second` | number above 0, up to 1000000 | yes |",
		"| `routes` | list of [objects](#routes) | yes |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the manual lacks %s", want)
		}
	}
}
