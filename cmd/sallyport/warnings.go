package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/document"
)

// warnings lists what a policy may do and few should, in document order. A text
// that is no policy has none: its problems come first.
func warnings(text []byte, now time.Time) []document.Problem {
	doc, err := document.Parse(text)
	if err != nil {
		return nil
	}
	var w document.Problems
	for _, name := range slices.Sorted(maps.Keys(doc.Identities)) {
		if keys := doc.Identities[name].APIKey; keys != nil {
			warnOfKeys(*keys, document.Path("identities").Key(name).Key("api_key"), now, &w)
		}
	}
	warnOfPlans(doc, &w)
	for i, r := range doc.Routes {
		if r.Public && strings.HasSuffix(r.Path, "/**") {
			w.Add(document.Path("routes").Index(i), "lets anybody call everything below "+strings.TrimSuffix(r.Path, "**"), "name the paths that are public, if they can be named")
		}
	}
	list := w.List()
	document.Sort(text, list)
	return list
}

func warnOfKeys(d document.APIKey, at document.Path, now time.Time, w *document.Problems) {
	if d.Prefix == "" {
		w.Add(at, "has no prefix", `keys made by sallyport key new with a "prefix" are refused before hashing when mistyped, and found by secret scanners`)
	}
	if d.Pepper == nil {
		w.Add(at, "has no pepper", `with a "pepper" a copy of the policy is not enough to test guesses of weak keys against`)
	}
	for i, c := range d.Clients {
		for j, k := range c.Keys {
			if k.Expires != 0 && int64(k.Expires) <= now.UnixNano() {
				w.Add(at.Key("clients").Index(i).Key("keys").Index(j), "has expired", "remove it")
			}
		}
	}
}
