package guard

import "errors"

// The errors of SharedData that a guard acts on. Any other error means that
// the store did not answer.
var (
	ErrNotFound    = errors.New("guard: no such key in shared data")
	ErrCASMismatch = errors.New("guard: shared data was changed by another worker")
)

// CASCreate is the compare-and-swap token for a key that was not found: of two
// workers that create it at once one gets ErrCASMismatch. (0 would overwrite
// unconditionally; on a missing key any other number succeeds.)
const CASCreate uint32 = 0xffffffff

// SharedData is memory that all workers of one proxy share. Keys are never
// deleted by the host, so they must be fixed by the policy and not by traffic.
type SharedData interface {
	// GetShared returns the value of a key and its token for SetShared. The
	// value is valid until the next call of the World. Errors: ErrNotFound.
	GetShared(key string) (value []byte, cas uint32, err error)
	// SetShared stores a value if the key still has the token. Errors: ErrCASMismatch.
	SetShared(key string, value []byte, cas uint32) error
}
