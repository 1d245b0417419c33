// Command filter is the Proxy-Wasm module: it hands the proxy's callbacks to
// the door. It exports what is used and nothing else, since the proxy calls
// every callback that a module exports.
package main

func main() {}
