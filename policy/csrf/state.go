package csrf

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
)

// State is what one worker signs with. It is used again for each request, so
// that none of them allocates.
type State struct {
	keys []keys // by token.index
	raw  [tokenSize]byte
	sum  [sha256.Size]byte
}

type keys struct{ current, previous key }

type key struct{ mac hash.Hash }

// NewState returns the state of one worker. A nil Set needs none.
func (s *Set) NewState() *State {
	if s == nil {
		return nil
	}
	st := &State{}
	for _, t := range s.tokens {
		k := keys{current: key{hmac.New(sha256.New, t.secret)}}
		if t.previous != nil {
			k.previous = key{hmac.New(sha256.New, t.previous)}
		}
		st.keys = append(st.keys, k)
	}
	return st
}

// code returns the code over what is signed of st.raw and a session. It is valid
// until the next one. The parts before the session have fixed lengths, so that
// no two tokens mean the same text.
func (k key) code(st *State, session string) []byte {
	k.mac.Reset()
	k.mac.Write(bytesOf(purpose)) // a hash never fails (package hash)
	k.mac.Write(st.raw[:signed])
	k.mac.Write(bytesOf(session))
	return k.mac.Sum(st.sum[:0])
}
