package document

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/apikey/keyformat"
)

// The document knows how long a key is, and not from keyformat.
func TestKeysAreRedacted(t *testing.T) {
	key, err := keyformat.New("sk_live_", time.Unix(1_767_225_600, 0), bytes.NewReader(make([]byte, 64)))
	if err != nil {
		t.Fatal(err)
	}
	if got := Redact("is " + key); got != "is sk_live_…" || len(key) != len("sk_live_")+keyRun {
		t.Errorf("Redact gives %q for a key of %d", got, len(key))
	}
	if len(strings.Repeat("a", 31)+"_") > MaxShown || keyformat.ValidPrefix(strings.Repeat("a", MaxShown)+"_") || !keyformat.ValidPrefix(strings.Repeat("a", MaxShown-1)+"_") {
		t.Error("MaxShown is not the longest prefix")
	}
}

func TestRedact(t *testing.T) {
	long, short := strings.Repeat("aZ09", 14), strings.Repeat("aZ09", 14)[1:]
	for text, want := range map[string]string{
		"":                            "",
		short:                         short,
		long:                          "…",
		long + "x":                    "…",
		"(" + long + ")":              "(…)",
		short + "-" + short:           short + "-" + short,
		"é" + long + "é, " + long:     "é…é, …",
		long + "_" + short + "/":      "…_" + short + "/",
		short + " " + long + " a\xff": short + " … a\xff",
	} {
		if got := Redact(text); got != want {
			t.Errorf("Redact(%q) = %q, want %q", text, got, want)
		}
	}
}

// A guard that quotes a whole value, as guards do, shows no key.
func TestAProblemShowsNoKey(t *testing.T) {
	p := Problem{Path: Path("routes").Index(0), Found: `is "` + liveKey + `"`, Remedy: "not " + liveKey}
	if got, want := p.String(), `routes[0] is "sk_live_…": not sk_live_…`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (&Error{Problems: []Problem{p}}).Error(); strings.Contains(got, liveKey[8:]) {
		t.Errorf("the error quotes the key: %s", got)
	}
}

func TestQuoteVariable(t *testing.T) {
	for name, want := range map[string]string{
		"KEY_PEPPER": `"KEY_PEPPER"`, "_1": `"_1"`, strings.Repeat("A", 64): `"` + strings.Repeat("A", 64) + `"`,
		"": `"…"`, "1A": `"…"`, "A B": `"…"`, "A-B": `"…"`, strings.Repeat("A", 65): `"…"`,
		"d2f0c4a1b3": `"…"`, "Secret": `"…"`, "É": `"…"`,
	} {
		if got := QuoteVariable(name); got != want {
			t.Errorf("QuoteVariable(%q) = %s, want %s", name, got, want)
		}
	}
}

func TestIsVariable(t *testing.T) {
	for name, want := range map[string]bool{
		"KEY_PEPPER": true, "key": true, "_": true, strings.Repeat("a", 64): true,
		"": false, "1": false, "a b": false, "a=b": false, "a\n": false, "é": false, strings.Repeat("a", 65): false,
	} {
		if got := IsVariable(name); got != want {
			t.Errorf("IsVariable(%q) = %v", name, got)
		}
	}
}
