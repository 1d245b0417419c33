// Package yielding has the one place that may.
package yielding

import "runtime"

func yield() {
	//vmlint:yield
	runtime.Gosched()
}

func idle() {
	/* want "marks nothing that yields" */ //vmlint:yield
	println()
}
