package guard

import (
	"errors"
	"time"
)

// Call is one HTTP request to a service that the operator runs. Its texts hold
// no CR, LF or NUL.
type Call struct {
	Cluster   string // the proxy's name of the service
	Method    string
	Path      string // with the query
	Authority string
	Headers   [][2]string // names in lower case
	Body      []byte
	Timeout   time.Duration // whole milliseconds, at least one
	MaxBody   int           // bytes of an answer; a longer one is ErrTooLarge
	// Share joins calls: of those that wait at the same time and have the same
	// Share, not empty, one is sent, and its answer is everybody's. It is a
	// promise that they are the same call.
	Share string
	// Late, where it is set, is told what Fetch would have returned when all who
	// waited have left before it came: what a service says is worth knowing, and
	// who leaves early must not keep it from us. No request is there any more,
	// so it asks nothing of a World. It is not told of what could not be sent.
	Late func(Answer, error)
}

// Answer is what a service said. It is valid until the next Fetch of the same
// request, and must not be changed: others may read the same one.
type Answer struct {
	Status  int
	Headers []Header // pseudo-headers left out
	Body    []byte
}

// The errors of Fetch. A service that is down, refuses the connection or is too
// slow is no error: the proxy answers for it with 503 or 504.
var (
	// ErrNotSent: the proxy did not take the call. The cluster has no healthy
	// host or is not known, or its circuit breaker is open.
	ErrNotSent = errors.New("guard: the call could not be sent")
	// ErrNoAnswer: what came back could not be read.
	ErrNoAnswer = errors.New("guard: the answer could not be read")
	// ErrTooLarge: the answer is longer than MaxBody.
	ErrTooLarge = errors.New("guard: the answer is too large")
	// ErrBusy: as many requests as are allowed to wait do so already.
	ErrBusy = errors.New("guard: too many requests are waiting")
	// ErrGone: the client has left, and nobody waits for the verdict any more.
	// What a guard has charged it gives back; every further Fetch is ErrGone.
	ErrGone = errors.New("guard: the stream has ended")
)

// Fetcher asks services. Fetch looks as if it blocked: the door suspends the
// request, so other requests are judged before it returns. A guard that calls
// it keeps nothing of one request in memory that all requests share.
type Fetcher interface {
	// Fetch sends a call and waits for the answer. Only guards of a route that
	// said so when it was compiled may call it; others get ErrNotSent.
	Fetch(c *Call) (Answer, error)
	// Post sends a call whose answer nobody waits for. It works at any time.
	Post(c *Call) error
}
