// Package guardtest is the world that guards are tested in: shared data that
// behaves as Envoy's does, an address, and failures on demand. Only tests
// import it.
//
// One Shared is the memory of one proxy; each worker has a World of its own on
// it. Shared may be used by several goroutines, a World by one.
package guardtest
