package document

import "reflect"

const (
	routeCORSWords = `an object as the document's "cors", or "none"`
	routeCSRFWords = `an object as the document's "csrf", or "none"`
)

// decode reads a section, or the word "none".
func (c *RouteCORS) decode(d *decoder, _ *rule) { c.None = d.orNone(&c.CORS, routeCORSWords) }

func (*RouteCORS) words() string { return routeCORSWords }

// decode reads a section, or the word "none".
func (c *RouteCSRF) decode(d *decoder, _ *rule) { c.None = d.orNone(&c.CSRF, routeCSRFWords) }

func (*RouteCSRF) words() string { return routeCSRFWords }

// orNone reads the word "none", or an object into what section points to.
func (d *decoder) orNone(section any, words string) (none bool) {
	switch d.kind() {
	case '"':
		text, ok := d.text(words)
		if ok && text != "none" {
			d.found(d.quote(text), words)
		}
		return ok && text == "none"
	case '{':
		v := reflect.ValueOf(section).Elem()
		d.objectInto(v, d.shapes.of(v.Type()))
	default:
		d.wrong(words)
	}
	return false
}
