package guard

// Limit is what the tightest of the limits that were asked leaves the caller:
// the one that denied, else the one with the fewest tokens left. The zero value
// is no limit.
type Limit struct {
	Name      string // the limit's name in the policy; it lives as long as the policy
	Quota     int64  // tokens when nothing was taken
	Remaining int64  // whole tokens that are left
	Reset     int64  // whole seconds until one more is there, rounded up; 0: nobody knows
	Untold    bool   // the policy does not tell clients of its limits
}
