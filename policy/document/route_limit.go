package document

// RouteLimit is a limit that applies to a route, by name.
type RouteLimit struct {
	Name string
	Cost *Cost // in the place of the limit's own; nil: that
}

const routeLimitWords = `the name of a limit, or {"limit": "NAME", "cost": 20}`

// decode reads a name, or an object with a name and a cost.
func (l *RouteLimit) decode(d *decoder, _ *rule) {
	switch d.kind() {
	case '"':
		l.Name = d.filled(routeLimitWords)
	case '{':
		l.decodeObject(d)
	default:
		d.wrong(routeLimitWords)
	}
}

func (l *RouteLimit) decodeObject(d *decoder) {
	strange, named := false, false
	ok := d.each(nil, func(name string) {
		switch name {
		case "limit":
			named = true
			l.Name = d.filled("the name of a limit")
		case "cost":
			l.Cost = &Cost{Default: 1}
			l.Cost.decode(d, nil)
		default:
			strange = true
			d.unknown(`write "limit" or "cost"`)
		}
	})
	if ok && !strange && !named {
		d.about("limit", "is missing", "write the name of a limit")
	}
}

func (*RouteLimit) words() string { return routeLimitWords }
