package document

// Duration is a length of time in nanoseconds, written "250ms", "5s", "15m",
// "1h" or "30d". Zero: absent.
type Duration int64

// Size is a number of bytes, written 65536, "64KiB" or "1MiB".
type Size int64

// Time is a Unix time in nanoseconds, written as RFC 3339. Zero: absent.
type Time int64

// Secret is a value that is never printed: {"env": "NAME"} or {"value": "…"}.
type Secret struct {
	Env   string
	Value string
}

// String hides the value, so that no message can show it by accident.
func (Secret) String() string { return "[secret]" }

// GoString hides the value under %#v too.
func (Secret) GoString() string { return "[secret]" }

// Cost is how many tokens a request takes.
type Cost struct {
	Default  int64
	ByMethod map[string]int64 // nil: Default for every method
}

// Requirement is which scopes or roles a caller needs: for every method, or by
// method. One of the two members is set.
type Requirement struct {
	Every    *NameSet
	ByMethod map[string]NameSet
}

// NameSet is a list of names of which a caller needs all, or any one.
type NameSet struct {
	All []string
	Any []string
}
