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
}

// Allow is the one verdict that lets a request go on to the next guard.
func Allow() Verdict { return Verdict{Reason: Allowed} }

// Deny refuses with a reason. Deny(Allowed) is a contradiction and denies as
// Unjudged.
func Deny(r Reason) Verdict {
	if r == Allowed {
		r = Unjudged
	}
	return Verdict{Reason: r}
}

// Allows tells whether the request may go on to the next guard.
func (v Verdict) Allows() bool { return v.Reason == Allowed }
