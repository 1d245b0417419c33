// Package twice has a second place, which may not.
package twice

import "runtime"

func yield() {
	runtime.Gosched() //vmlint:yield
	runtime.Gosched() /* want "a second place that yields; the first is at .*twice.go:7" */ //vmlint:yield
}
