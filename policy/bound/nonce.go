package bound

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// nonce makes and knows the nonces of one identity (RFC 9449 section 9). A nonce
// is a code over the number of a stretch of time: whoever has the secret knows
// it again, and nobody has to remember any.
type nonce struct {
	lifetime int64
	secret   []byte // nil: the proxy's own
}

// nonceSize is the bytes of a nonce: as many as nobody guesses.
const nonceSize = 16

// fresh tells how a nonce stands to the time.
type fresh uint8

const (
	foreign fresh = iota // not ours, or too old
	aging                // it serves, and there is a newer one
	current
)

// at returns the nonce of a time.
func (n *nonce) at(now int64, st *State) string { return n.of(n.window(now), st) }

func (n *nonce) window(now int64) int64 { return now / n.lifetime }

func (n *nonce) of(window int64, st *State) string {
	secret := n.secret
	if secret == nil {
		secret = st.secret[:]
	}
	mac := hmac.New(sha256.New, secret)
	b := append(make([]byte, 0, 64), "sallyport DPoP nonce 1"...) // no other use of the secret gives a nonce
	b = binary.BigEndian.AppendUint64(b, uint64(n.lifetime))
	mac.Write(binary.BigEndian.AppendUint64(b, uint64(window)))
	return encoding.EncodeToString(mac.Sum(nil)[:nonceSize])
}

// judge compares a nonce with those that serve: the one of now and the one
// before, and the next, which a proxy gives out whose clock is ahead.
func (n *nonce) judge(shown string, now int64, st *State) fresh {
	window := n.window(now)
	switch shown {
	case n.of(window, st), n.of(window+1, st):
		return current
	case n.of(window-1, st):
		return aging
	}
	return foreign
}
