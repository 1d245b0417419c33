// A module that the oldest supported Envoy refuses, for two reasons.
package main

import "os"

func main() {}

//go:wasmimport env proxy_get_log_level
func getLogLevel(level *uint32) uint32

//go:wasmexport proxy_on_context_create
func onContextCreate(context, parent uint32) {
	var level uint32
	if _, err := os.Stat("/"); err != nil {
		getLogLevel(&level)
	}
}
