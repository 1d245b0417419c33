package door

import "sallyport.dev/sallyport/filter/proxywasm"

// host is the proxy. The module knows one kind of it: what is asked in every
// request is asked without looking for the method first.
type host = *proxywasm.Wasm

func known(h proxywasm.Host) host { return h.(*proxywasm.Wasm) }
