package document

// Sources are what one directive of a content security policy lists. Some
// directives list nothing (CSP3 section 6), so an empty list is one.
type Sources []string

const sourcesWords = `a list of sources, or [] for a directive that takes none`

// decode reads a list of strings.
func (s *Sources) decode(d *decoder, _ *rule) {
	if d.kind() != '[' {
		d.wrong(sourcesWords)
		return
	}
	d.token()
	*s = Sources{}
	for i := 0; d.kind() != ']' && d.err == nil; i++ {
		d.item(i)
		if text, ok := d.text("a string"); ok {
			*s = append(*s, text)
		}
		d.leave()
	}
	d.token()
}

func (*Sources) words() string { return sourcesWords }
