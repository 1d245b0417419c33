// Package hosttest is a proxy for tests: a host with Envoy's habits behind
// proxywasm.Host, and a Proxy that drives a module through whole requests. The
// module is the door itself, natively, or the built .wasm on wazero; both see
// the same host, so the same cases run on both.
package hosttest
