package door

// near is how many streams have a place by number. The proxy numbers streams one
// after the other, so most of those that live at once have each its own.
const near = 1024

// streams finds the state of a stream by its number: a map costs more than
// everything else that a callback does for a stream.
type streams struct {
	near [near]*stream
	far  map[uint32]*stream // those whose place was taken
}

// find returns nil for a number that is not there.
func (t *streams) find(id uint32) *stream {
	if s := t.near[id%near]; s != nil && s.id == id {
		return s
	}
	if len(t.far) == 0 {
		return nil
	}
	return t.far[id]
}

func (t *streams) put(s *stream) {
	if len(t.far) > 0 {
		delete(t.far, s.id)
	}
	at := &t.near[s.id%near]
	if *at == nil || (*at).id == s.id {
		*at = s
		return
	}
	if t.far == nil {
		t.far = map[uint32]*stream{}
	}
	t.far[s.id] = s
}

func (t *streams) remove(s *stream) {
	if at := &t.near[s.id%near]; *at == s {
		*at = nil
		return
	}
	delete(t.far, s.id)
}
