package main

import (
	"strconv"

	"sallyport.dev/sallyport/policy/document"
)

// warnOfBcrypt reminds of keys that are still to be replaced.
func warnOfBcrypt(d document.APIKey, at document.Path, w *document.Problems) {
	n := 0
	for _, c := range d.Clients {
		for _, k := range c.Keys {
			if k.Bcrypt != "" {
				n++
			}
		}
	}
	if n > 0 {
		w.Add(at, "has bcrypt digests: "+strconv.Itoa(n), "migrate: give each client a key of sallyport key new beside the old one; a check of an old one holds up all requests of a worker")
	}
}
