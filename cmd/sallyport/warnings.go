package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/cors"
	"sallyport.dev/sallyport/policy/csrf"
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/headers"
	"sallyport.dev/sallyport/policy/webhook"
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
	headers.Warn(doc.Headers, &w)
	cors.Warn(doc, &w)
	csrf.Warn(doc, &w)
	webhook.Warn(doc, &w)
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
	warnOfBcrypt(d, at, w)
	for i, c := range d.Clients {
		for j, k := range c.Keys {
			left := time.Duration(int64(k.Expires) - now.UnixNano())
			switch place := at.Key("clients").Index(i).Key("keys").Index(j); {
			case k.Expires == 0:
			case left <= 0:
				w.Add(place, "has expired", "remove it")
			case left < time.Duration(d.ExpiryWarning):
				w.Add(place, "expires "+within(left), nextStep(c, k))
			}
		}
	}
}

// within says how long, in days; what is begun of one does not count.
func within(left time.Duration) string {
	switch days := int(left / (24 * time.Hour)); days {
	case 0:
		return "within a day"
	case 1:
		return "in 1 day"
	default:
		return "in " + strconv.Itoa(days) + " days"
	}
}

// nextStep says what to do about a key that ends soon.
func nextStep(c document.Client, old document.Key) string {
	for _, k := range c.Keys {
		if k.Expires == 0 || k.Expires > old.Expires {
			return "see by the metric sallyport.keys whether the client uses its other key, and remove this one"
		}
	}
	return "make the client's next key with sallyport key rotate"
}
