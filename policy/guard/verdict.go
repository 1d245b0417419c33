package guard

import "time"

// Verdict is the answer of one guard. The zero value denies with Unjudged.
type Verdict struct {
	Reason Reason
	// RetryAfter is when asking again can succeed; it is sent in whole seconds,
	// rounded up (RFC 9110 section 10.2.3). Zero: not said.
	RetryAfter time.Duration
	// Challenge is the value of WWW-Authenticate (RFC 9110 section 11.6.1),
	// made when the policy was compiled. Empty: no challenge.
	Challenge string
	// Reply is what a guard answers in the upstream's place; see Serve.
	Reply *Reply
}

// Reply is an answer that is no denial, made when the policy was compiled.
type Reply struct {
	Status  int
	Headers [][2]string // names in lower case
	Body    string
}

// Serve answers a request itself: nothing goes upstream, and no later guard is
// asked. Serve(nil) denies as Unjudged.
func Serve(reply *Reply) Verdict {
	if reply == nil {
		return Verdict{}
	}
	return Verdict{Reason: Served, Reply: reply}
}

// Allow is the one verdict that lets a request go on to the next guard.
func Allow() Verdict { return Verdict{Reason: Allowed} }

// Deny refuses with a reason. Deny(Allowed) is a contradiction and denies as
// Unjudged, as does Deny(Served).
func Deny(r Reason) Verdict {
	if !r.Denies() {
		r = Unjudged
	}
	return Verdict{Reason: r}
}

// Allows tells whether the request may go on to the next guard.
func (v Verdict) Allows() bool { return v.Reason == Allowed }

// Serves tells whether the request is answered by Reply.
func (v Verdict) Serves() bool { return v.Reason == Served && v.Reply != nil }
