package document

// Requirement is which scopes or roles a caller needs: for every method, or by
// method. One of the two members is set.
type Requirement struct {
	Every    *NameSet
	ByMethod map[string]NameSet
}

// NameSet is a list of names of which a caller needs all, or any one.
type NameSet struct {
	All []string
	Any []string
}

const (
	nameSetWords     = `a list of names (all of them are needed) or {"any": [...]}`
	requirementWords = nameSetWords + `, or either by method such as {"GET": [...]}`
)

// decode reads a list, {"any": [...]}, or either of them by method.
func (q *Requirement) decode(d *decoder, _ *rule) {
	switch d.kind() {
	case '[':
		q.Every = &NameSet{All: d.names()}
	case '{':
		q.decodeObject(d)
	default:
		d.wrong(requirementWords)
	}
}

func (q *Requirement) decodeObject(d *decoder) {
	ok := d.each(nil, func(name string) {
		if name == "any" {
			q.Every = &NameSet{Any: d.names()}
			return
		}
		d.nameIs(Forms["method"], name)
		var set NameSet
		set.decode(d, nil)
		if q.ByMethod == nil {
			q.ByMethod = map[string]NameSet{}
		}
		q.ByMethod[name] = set
	})
	if ok && q.Every != nil && q.ByMethod != nil {
		d.add(`has "any" and methods`, `write "any" inside each method, such as {"GET": {"any": [...]}}`)
	}
}

// decode reads a list or {"any": [...]}.
func (s *NameSet) decode(d *decoder, _ *rule) {
	switch d.kind() {
	case '[':
		s.All = d.names()
	case '{':
		d.each(nil, func(name string) {
			if name != "any" {
				d.unknown(`write "any"`)
				return
			}
			s.Any = d.names()
		})
	default:
		d.wrong(nameSetWords)
	}
}

func (*Requirement) words() string { return requirementWords }
func (*NameSet) words() string     { return nameSetWords }

// names reads a list of strings that are not empty.
func (d *decoder) names() []string {
	var names []string
	d.elements(nil, "a list of names", func() {
		if name := d.filled("a name"); name != "" {
			names = append(names, name)
		}
	})
	return names
}
