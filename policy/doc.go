// Package policy decides. It compiles a policy document once into an immutable
// Policy, and judges requests with an Instance of it.
//
//	document ── Compile ──> Policy ── NewInstance ──> Instance ── Judge ──> Decision
//
// The guards stand in folders of their own, one each; the order in which they
// are asked is the list in pipeline.go and stands nowhere else. The package
// knows neither Wasm nor Envoy: what it needs of the world it asks of the
// interfaces in package guard, so the same code serves the filter, the
// operator's tool and the tests.
//
// Promises: what the document says and this version does not understand is an
// error of Compile, never ignored. The zero Decision refuses. A request that
// no guard allowed is refused as guard.Unjudged.
package policy
