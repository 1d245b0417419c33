// Package recursion calls itself in every way there is.
package recursion

import "slices"

const maxDepth = 32

var depth = 32

func descend(n int) { descend(n - 1) } // want `descend can call itself \(descend → descend\)`

func even(n int) bool { return n == 0 || odd(n-1) }  // want `even can call itself \(even → odd → even\)`
func odd(n int) bool  { return n != 0 && even(n-1) } // want "odd can call itself"

// bounded says why it may.
//
//vmlint:bounded maxDepth the caller counts
func bounded(n int) { unbounded(n) }

// unbounded only comes back through bounded.
func unbounded(n int) { bounded(n - 1) }

//vmlint:bounded check
func boundedByFunction(n int) {
	if check(n) {
		boundedByFunction(n - 1)
	}
}

func check(n int) bool { return n < maxDepth }

//vmlint:bounded depth
func boundedByVariable(n int) { boundedByVariable(n) } // want `boundedByVariable is bounded by "depth", which is no constant`

//vmlint:bounded
func boundedByNothing(n int) { boundedByNothing(n) } // want `boundedByNothing is bounded by ""`

//vmlint:bounded slices.Contains
func boundedElsewhere(n int) { boundedElsewhere(slices.Index([]int{}, n)) }

//vmlint:bounded strings.Contains
func boundedUnknown(n int) { boundedUnknown(n) } // want `bounded by "strings.Contains"`

//vmlint:bounded maxDepth
func straight() {} // want "straight does not call itself: remove its vmlint:bounded"

type tree struct{ children []tree }

func (t *tree) walk() { // want `walk can call itself \(tree.walk → tree.walk\)`
	for i := range t.children {
		t.children[i].walk()
	}
}

func generic[T any](v T) { generic[T](v) } // want "generic can call itself"

func literal() { // want `literal can call itself \(a function in literal → again → a function in literal\)`
	var again func(int)
	again = func(n int) { again(n - 1) }
	again(3)
}

func apply(f func()) { f() } // want "apply can call itself"

func passes() { apply(func() { passes() }) } // want "passes can call itself"

type handler struct{ next func() }

func stored() { // want "stored can call itself"
	h := handler{next: stored}
	h.next()
}

func assigned(h *handler) { // want "assigned can call itself"
	h.next = func() { assigned(h) }
}

func table() { // want "table can call itself"
	for _, f := range []func(){table} {
		f()
	}
}

var global func() int

func init() { // want "init can call itself"
	global = func() int { return useGlobal() }
}

func useGlobal() int { return global() } // want "useGlobal can call itself"

func methodValue(t *tree) func() { return t.fine }

func (t *tree) fine() {}

func appended(fs []func()) []func() {
	fs = append(fs, func() {})
	return fs
}

type endless []endless

func shapes(e endless) endless { return e }
