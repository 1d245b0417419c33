//go:build wasip1

// Command emptymodule is the smallest Proxy-Wasm module that Go can make: it reads nothing and lets every request pass.
// The benchmarks subtract it, to tell what a policy costs from what a module costs. It is never shipped.
package main

import "unsafe"

// allocated keeps what the host asked for alive until it asks again.
var allocated []byte

func main() {}

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

//go:wasmexport proxy_on_memory_allocate
func onMemoryAllocate(size uint32) uint32 {
	allocated = make([]byte, max(size, 1))
	return uint32(uintptr(unsafe.Pointer(&allocated[0])))
}

//go:wasmexport proxy_on_context_create
func onContextCreate(context, parent uint32) {}

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(context, headers, endOfStream uint32) uint32 { return 0 }
