//go:build !wasip1

package door

import "sallyport.dev/sallyport/filter/proxywasm"

// host is the proxy. Outside of the module it is whatever a test puts there.
type host = proxywasm.Host

func known(h proxywasm.Host) host { return h }
