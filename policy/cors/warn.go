package cors

import (
	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/origin"
)

// Warn adds what a policy may say of foreign pages and few should.
func Warn(d *document.Document, w *document.Problems) {
	if d.CORS != nil {
		warnOfSection(d.CORS, "cors", w)
	}
	for i := range d.Routes {
		if r := &d.Routes[i]; r.CORS != nil && !r.CORS.None {
			warnOfSection(&r.CORS.CORS, document.Path("routes").Index(i).Key("cors"), w)
		}
	}
}

func warnOfSection(d *document.CORS, at document.Path, w *document.Problems) {
	for i, text := range d.Origins {
		place := at.Key("origins").Index(i)
		switch {
		case text == "null" && d.Credentials:
			w.Add(place, `is "null", the origin of every sandboxed frame, with "credentials": every page of the world can have one`, "name the page's own origin, if it can have one")
		case text == "null":
			w.Add(place, `is "null", the origin of every sandboxed frame`, "name the page's own origin, if it can have one")
		case origin.Writable(text):
			w.Add(place, "lets pages read that anybody on the way can write", "write https, if it can be had")
		}
	}
}
