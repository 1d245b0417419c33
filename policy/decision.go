package policy

import "sallyport.dev/sallyport/policy/guard"

// Outcome is what happens to a request. The zero value refuses it.
type Outcome uint8

// The outcomes.
const (
	Denied   Outcome = iota // answered by the filter
	Allowed                 // goes upstream
	Reported                // would have been denied; goes upstream, since the mode is "report"
	Served                  // answered by the filter, and not refused
	outcomes
	// Pending is no outcome yet: the body is to be read first (Read, Conclude). It
	// forwards nothing, and is not counted.
	Pending
)

// Outcomes is the number of outcomes.
const Outcomes = int(outcomes)

var outcomeNames = [Outcomes]string{"denied", "allowed", "reported", "served"}

// String returns the outcome's word in metrics and audit lines.
func (o Outcome) String() string {
	if int(o) >= Outcomes {
		return outcomeNames[Denied]
	}
	return outcomeNames[o]
}

// Forwards tells whether the request goes upstream.
func (o Outcome) Forwards() bool { return o == Allowed || o == Reported }

// Decision is the answer of the whole policy. The zero value refuses.
type Decision struct {
	Outcome Outcome
	Verdict guard.Verdict
	Route   int // index of the route; -1 when none matched
}

// allow makes the zero Decision one that allows.
func (d *Decision) allow(route int) {
	d.Outcome, d.Verdict.Reason, d.Route = Allowed, guard.Allowed, route
}

// Audit is which decisions are logged. The zero value logs what was refused.
type Audit uint8

// The settings of audit.log.
const (
	AuditDenied Audit = iota
	AuditAll
	AuditNone
)

var auditNames = map[string]Audit{"denied": AuditDenied, "all": AuditAll, "none": AuditNone}

// Wants tells whether a decision is logged. What was reported counts as denied.
func (a Audit) Wants(o Outcome) bool {
	return a == AuditAll || a == AuditDenied && o != Allowed && o != Served
}
