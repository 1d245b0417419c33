package stores

// State is what changes: what one worker knows of the stores of one policy. It
// is used by one request at a time, but by others while one waits.
type State struct {
	circuits []circuit // by index of the store
	spared   spared
}

// NewState returns the State of stores that nothing is known of.
func (s *Set) NewState() *State {
	return &State{circuits: make([]circuit, len(s.names)), spared: newSpared()}
}
