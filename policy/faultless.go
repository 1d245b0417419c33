//go:build !sallyport_faults

package policy

import "sallyport.dev/sallyport/policy/guard"

// faultyTasks are tasks that fail on demand.
func faultyTasks() []guard.Task { return nil }

// faulty is true in the module that tests break.
const faulty = false
