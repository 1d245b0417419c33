// Package proxywasm is the Proxy-Wasm ABI 0.2.1 as far as Sallyport uses it:
// the Host interface that the door calls, its implementation by host imports,
// the codec of header pairs, and the arena that the host writes into.
//
// It knows nothing of policies. Only package main of filter and the door
// import it; a test puts a host of its own behind the same interface.
package proxywasm
