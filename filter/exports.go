//go:build wasip1

package main

import (
	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/proxywasm"
)

// vm is the state of the VM. The proxy's callbacks name no receiver, so one
// variable must be found from nowhere; it holds contexts only.
var vm = door.New(&proxywasm.Wasm{})

//go:wasmexport proxy_abi_version_0_2_1
func proxyABIVersion() {}

//go:wasmexport proxy_on_memory_allocate
func proxyOnMemoryAllocate(size uint32) *byte { return proxywasm.Allocate(size) }

//go:wasmexport proxy_on_context_create
func proxyOnContextCreate(id, parent uint32) {
	vm.OnContextCreate(id, parent) // which asks the proxy nothing
}

//go:wasmexport proxy_on_configure
func proxyOnConfigure(id, size uint32) (ok uint32) {
	proxywasm.BeginCallback()
	if vm.OnConfigure(id) {
		return 1
	}
	return 0
}

//go:wasmexport proxy_on_request_headers
func proxyOnRequestHeaders(id, headers, endOfStream uint32) (action uint32) {
	action = uint32(proxywasm.Pause)
	proxywasm.BeginCallback()
	return uint32(vm.OnRequestHeaders(id, endOfStream != 0))
}

//go:wasmexport proxy_on_request_body
func proxyOnRequestBody(id, size, endOfStream uint32) (action uint32) {
	action = uint32(proxywasm.Pause)
	proxywasm.BeginCallback()
	return uint32(vm.OnRequestBody(id, size, endOfStream != 0))
}

//go:wasmexport proxy_on_request_trailers
func proxyOnRequestTrailers(id, trailers uint32) (action uint32) {
	action = uint32(proxywasm.Pause)
	proxywasm.BeginCallback()
	return uint32(vm.OnRequestTrailers(id))
}

//go:wasmexport proxy_on_response_headers
func proxyOnResponseHeaders(id, headers, endOfStream uint32) (action uint32) {
	action = uint32(proxywasm.Pause)
	proxywasm.BeginCallback()
	return uint32(vm.OnResponseHeaders(id))
}

//go:wasmexport proxy_on_http_call_response
func proxyOnHTTPCallResponse(id, token, headers, bodySize, trailers uint32) {
	proxywasm.BeginCallback()
	vm.OnCallResponse(id, token, headers, bodySize)
}

//go:wasmexport proxy_on_tick
func proxyOnTick(id uint32) {
	proxywasm.BeginCallback()
	vm.OnTick(id)
}

//go:wasmexport proxy_on_delete
func proxyOnDelete(id uint32) {
	proxywasm.BeginCallback()
	vm.OnDelete(id)
}
