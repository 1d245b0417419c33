package bound

import (
	"time"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/replay"
)

// longest is the longest time that a proof can serve: no mark is further ahead.
const longest = int64(31 * time.Minute)

// State is what one worker needs to know proofs again. It is not safe for use by
// several goroutines at once.
type State struct {
	secret [16]byte
	used   *replay.Memory
	key    []byte
}

// NewState returns the State of an instance of a policy. seed is the same in all
// workers of one proxy, and a secret. namespace parts policies that share a
// proxy's data.
func NewState(seed [16]byte, namespace string) *State {
	return &State{secret: seed, used: replay.New(seed, "sallyport/"+namespace+"/proof/1/", longest)}
}

// use marks the proof of a key with this jti as used, until a time. A jti is the
// key's own: two clients may choose the same (RFC 9449 section 4.2).
func (st *State) use(r *guard.Request, thumbprint *[32]byte, jti string, until int64) (replay.Outcome, error) {
	st.key = append(append(st.key[:0], thumbprint[:]...), jti...)
	return st.used.Mark(r, st.key, until)
}
