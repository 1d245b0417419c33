// Package stores is where limits count beyond one proxy: in Redis, behind
// webdis, and in the rate-limit service of Envoy.
//
//	compile.go         the stores of a document
//	store.go           asking one: memory, circuit, call
//	ask.go             what a limit asks, and what it is told
//	counter.go         the algorithms, as the script takes them
//	limits.lua         the script: all limits of a request at once
//	webdis.go          its call
//	webdis_answer.go   its answer
//	service.go         the call of the rate-limit service
//	service_answer.go  its answer
//	circuit.go         a store that fails is left alone
//	spared.go          who was denied is denied again without asking
//	state.go           what changes, of one worker
//
// What it promises:
//
//   - Redis decides about all limits of a request at once, by its own clock. All
//     are charged or none, whatever other proxies do meanwhile.
//   - Its arithmetic is exact: whole numbers below 2^53. Sizes that do not fit
//     are refused when the policy is compiled.
//   - Every key expires as soon as its counter is as if never used.
//   - An answer that is not exactly what was asked for is an error, never a yes.
//   - What a worker remembers is bounded, and never denies for longer than the
//     store said.
package stores
