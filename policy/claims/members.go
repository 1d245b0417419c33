package claims

// Member is one member of a claim that is an object.
type Member struct {
	Name string
	Text string // empty unless IsText
	// IsText: the member's value is a text.
	IsText bool
}

// Members returns the members of a claim that is an object, in their order. ok
// is false for a claim that is none.
func (s *Set) Members(name string) (members []Member, ok bool) {
	at := s.find(name)
	if at < 0 || s.nodes[at].kind != '{' {
		return nil, false
	}
	for i := at + 1; i < int(s.nodes[at].end); i = int(s.nodes[i].end) {
		n := &s.nodes[i]
		m := Member{Name: s.part(n.name), IsText: n.kind == '"'}
		if m.IsText {
			m.Text = s.part(n.text)
		}
		members = append(members, m)
	}
	return members, true
}
