package csrf

import (
	"crypto/hmac"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"time"
	"unsafe"

	"sallyport.dev/sallyport/policy/guard"
)

// A token is the base64url of
//
//	1 byte    version
//	8 bytes   when it was made, in Unix seconds, big-endian
//	16 bytes  random
//	32 bytes  HMAC-SHA-256 under the secret of purpose, the bytes before, and the session
const (
	version   = 1
	signed    = 1 + 8 + 16
	tokenSize = signed + 32
	textSize  = tokenSize / 3 * 4
)

// purpose keeps codes that were made by the same secret for something else from
// being tokens.
const purpose = "sallyport csrf"

// maxSession bounds the cookie of a session: browsers keep no longer one.
const maxSession = 4096

// ahead is how far a clock that made a token may be before ours, in seconds.
const ahead = 60

// encoding has one text for each token: 57 bytes leave no bits over.
var encoding = base64.RawURLEncoding

// token is the tokens of one section. It is immutable.
type token struct {
	index            int // in State.keys
	secret, previous []byte
	cookie, header   string
	session          string // name of its cookie
	endpoint         string
	lifetime         int64 // seconds
}

// check asks for a token, in header and cookie, that fits the session.
func (t *token) check(r *guard.Request, c *cookies, st *State) guard.Verdict {
	shown, count := r.Get(t.header)
	switch {
	case count > 1 || c.token.doubled() || c.session.doubled():
		return guard.Deny(guard.CSRFTokenInvalid)
	case shown == "" || c.token.value == "" || c.session.value == "":
		return guard.Deny(guard.CSRFTokenMissing)
	case subtle.ConstantTimeCompare(bytesOf(shown), bytesOf(c.token.value)) != 1:
		return guard.Deny(guard.CSRFTokenInvalid)
	}
	if st == nil {
		return guard.Verdict{}
	}
	if fit, left := t.judge(shown, c.session.value, r.Now, st); fit == foreign || left < 0 {
		return guard.Deny(guard.CSRFTokenInvalid)
	}
	return guard.Allow()
}

// fit tells who made a token.
type fit uint8

const (
	foreign fit = iota // nobody who has a secret, or not for this session
	aging              // we did, by the previous secret
	current
)

// judge compares a token with a session. left is how long it serves, in seconds;
// negative for one that is too old, or of a time to come.
func (t *token) judge(text, session string, now int64, st *State) (f fit, left int64) {
	if len(text) != textSize || session == "" || len(session) > maxSession {
		return foreign, -1
	}
	if n, err := encoding.Decode(st.raw[:], bytesOf(text)); err != nil || n != tokenSize || st.raw[0] != version {
		return foreign, -1
	}
	keys := &st.keys[t.index]
	switch {
	case hmac.Equal(keys.current.code(st, session), st.raw[signed:]):
		f = current
	case t.previous != nil && hmac.Equal(keys.previous.code(st, session), st.raw[signed:]):
		f = aging
	default:
		return foreign, -1
	}
	age := now/int64(time.Second) - int64(binary.BigEndian.Uint64(st.raw[1:]))
	if age < -ahead {
		return f, -1
	}
	return f, t.lifetime - max(age, 0)
}

// make returns a new token for a session; its random bytes are from the proxy.
func (t *token) make(session string, now int64, st *State, w guard.World) (string, error) {
	st.raw[0] = version
	binary.BigEndian.PutUint64(st.raw[1:], uint64(now/int64(time.Second)))
	if err := w.Random(st.raw[9:signed]); err != nil {
		return "", err
	}
	copy(st.raw[signed:], st.keys[t.index].current.code(st, session))
	return encoding.EncodeToString(st.raw[:]), nil
}

// bytesOf are the bytes of s, not to be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
