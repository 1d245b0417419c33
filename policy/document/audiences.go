package document

// Audiences is which audiences of a token are accepted: any of a list, or, in
// so many words, whatever it says.
type Audiences struct {
	Any       []string
	Unchecked bool
}

const audiencesWords = `a list of audiences, or "unchecked"`

// decode reads a list or the word "unchecked".
func (a *Audiences) decode(d *decoder, _ *rule) {
	switch d.kind() {
	case '[':
		a.Any = d.names()
	case '"':
		text, ok := d.text(audiencesWords)
		if a.Unchecked = ok && text == "unchecked"; ok && !a.Unchecked {
			d.found(d.quote(text), audiencesWords)
		}
	default:
		d.wrong(audiencesWords)
	}
}

func (*Audiences) words() string { return audiencesWords }
