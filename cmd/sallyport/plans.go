package main

import (
	"maps"
	"slices"
	"strings"

	"sallyport.dev/sallyport/policy/document"
)

// warnOfPlans lists clients whose plan no limit knows, where limits know any:
// most often it is misspelt, and the client silently has what all others have.
func warnOfPlans(doc *document.Document, w *document.Problems) {
	known := plans(doc)
	if len(known) == 0 {
		return // plans are for the upstream
	}
	remedy := "write one of " + strings.Join(slices.Sorted(maps.Keys(known)), ", ") + ", or name it in the plans of a limit"
	for _, name := range slices.Sorted(maps.Keys(doc.Identities)) {
		d := doc.Identities[name].APIKey
		if d == nil {
			continue
		}
		for i, c := range d.Clients {
			if c.Plan != "" && !known[c.Plan] {
				at := document.Path("identities").Key(name).Key("api_key").Key("clients").Index(i).Key("plan")
				w.Add(at, "is "+document.Quote(c.Plan)+", which no limit names: the client has what callers without a plan have", remedy)
			}
		}
	}
}

// plans is the plans of all limits.
func plans(doc *document.Document) map[string]bool {
	known := map[string]bool{}
	for _, l := range doc.Limits {
		for plan := range l.Plans {
			known[plan] = true
		}
	}
	return known
}
