package document

// Secret is a value that is never printed: {"env": "NAME"} or {"value": "…"}.
type Secret struct {
	Env   string
	Value string
}

// String hides the value, so that no message can show it by accident.
func (Secret) String() string { return "[secret]" }

// GoString hides the value under %#v too.
func (Secret) GoString() string { return "[secret]" }

const secretWords = `{"env": "NAME"}, and set NAME in the environment of the plugin's VM`

// decode reads a secret. No problem quotes anything that stands in it, not even
// the names of its members: a secret pasted into the wrong place is still one.
func (s *Secret) decode(d *decoder, _ *rule) {
	d.quiet++
	defer func() { d.quiet-- }()
	if d.kind() != '{' {
		d.wrong(secretWords)
		return
	}
	strange := false
	ok := d.each(nil, func(name string) {
		switch name {
		case "env":
			s.Env = d.variable()
		case "value":
			s.Value = d.filled("the secret")
		default:
			strange = true
			d.skip()
		}
	})
	switch {
	case !ok:
	case strange:
		d.add("has a member that is not known", "write "+secretWords)
	case s.Env != "" && s.Value != "":
		d.add(`has "env" and "value"`, "keep one of them")
	}
}

// variable reads the name of an environment variable. Anything else is most
// often the secret itself.
func (d *decoder) variable() string {
	name := d.filled("the name of a variable")
	if name == "" || IsVariable(name) {
		return name
	}
	d.add("is not the name of a variable", `write up to 64 letters, digits and '_', of which the first is no digit, or write the secret itself as {"value": …}`)
	return ""
}

func (*Secret) words() string { return secretWords }
