package fetched

import (
	"crypto/sha256"
	"errors"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

// ErrUnavailable: the server did not answer, or not soundly. Await and Renew
// return it, and guard.ErrGone and guard.ErrBusy as they are. Whatever the error
// is, nobody knows what the document says now: the caller denies with 503 and
// RetryAfter.
var ErrUnavailable = errors.New("fetched: the document could not be fetched")

// RetryAfter is when a caller may ask again who was denied for want of a
// document.
const RetryAfter = time.Second

// The bounds of a Source, and what it is when it does not say.
const (
	DefaultTimeout = 5 * time.Second
	maxTimeout     = time.Minute // the door's
	DefaultRefresh = 10 * time.Minute
	minRefresh     = time.Second
	DefaultMaxBody = 512 << 10
	MaxBody        = 8 << 20 // every worker holds it, and shared data once more
)

// Source is a document that a policy fetches. It is not changed when it is used.
type Source struct {
	Name      string // unique in the policy and the same from one version of it to the next; part of the keys of shared data
	Cluster   string
	Authority string
	Path      string        // with the query
	Accept    string        // of the request; empty: none
	Timeout   time.Duration // from a millisecond to a minute; zero: DefaultTimeout
	Refresh   time.Duration // a second at least; zero: DefaultRefresh
	MaxBody   int           // bytes, MaxBody at most; zero: DefaultMaxBody
	// Parse reads a document. It may keep body. Its value, never nil, is shared by
	// all requests and must not be changed. An error, or nil, refuses the document.
	// It depends on nothing but body and what the policy says.
	Parse func(body []byte) (any, error)
	// Flaws returns what was left out of a document that serves. The worker that
	// fetched it says so in the log, once; nil: nothing ever is.
	Flaws func(value any) []error

	events events
}

// bounded returns the Source with its defaults, within its bounds.
func (s Source) bounded() Source {
	s.Timeout = within(s.Timeout, DefaultTimeout, time.Millisecond, maxTimeout)
	s.Refresh = within(s.Refresh, DefaultRefresh, minRefresh, s.Refresh)
	s.MaxBody = within(s.MaxBody, DefaultMaxBody, 1, MaxBody)
	return s
}

// within returns n between two bounds, or what stands for zero.
func within[T int | time.Duration](n, zero, least, most T) T {
	if n <= 0 {
		return zero
	}
	return max(least, min(n, most))
}

// printSize is the length of a print.
const printSize = 16

// print tells documents of different addresses apart, so that nobody takes from
// shared data what a policy of yesterday fetched from elsewhere.
type print [printSize]byte

// print returns that of the addresses where the document can stand.
func (s *Source) print(at []Address) (p print) {
	text := s.Cluster + "\x00" + s.Accept
	for _, a := range at {
		text += "\x00" + a.Authority + "\x00" + a.Path
	}
	sum := sha256.Sum256([]byte(text))
	copy(p[:], sum[:])
	return p
}

// calls returns the calls for addresses. All who make one of them at the same
// time wait for the same.
func (s *Source) calls(at []Address, p print) []guard.Call {
	var headers [][2]string
	if s.Accept != "" {
		headers = [][2]string{{"accept", s.Accept}}
	}
	calls := make([]guard.Call, len(at))
	for i, a := range at {
		calls[i] = guard.Call{
			Cluster: s.Cluster, Method: "GET", Path: a.Path, Authority: a.Authority, Headers: headers,
			Timeout: s.Timeout, MaxBody: s.MaxBody, Share: s.Name + "\x00" + string(p[:]) + a.Authority + a.Path,
		}
	}
	return calls
}
