//go:build !sallyport_faults

package policy

// faulty is true in the module that tests break.
const faulty = false
