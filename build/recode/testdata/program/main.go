// Command program does what calls, jumps, panics and copies are made of, and prints what comes of it.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

func main() {
	fmt.Println("jumps:", collatz(27), words("one  two three "), table(3), table(70), labels(7))
	fmt.Println("stack:", deep(20_000), closure(12)(30))
	fmt.Println("copies:", sizes())
	fmt.Println("goroutines:", channels(300))
	fmt.Println("maps:", maps(5_000))
	fmt.Println("panics:", panics())
	nested()
	defer func() {
		fmt.Println(recover())
		os.Stdout.Write(debug.Stack())
		panic("not recovered")
	}()
	fmt.Println((*pair)(nil).name)
}

type pair struct {
	name  string
	value [5]int
}

// collatz jumps back and forth.
func collatz(n int) (steps int) {
	for n != 1 {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
		steps++
	}
	return steps
}

func words(s string) (n int) {
	inside := false
	for i := range len(s) {
		switch {
		case s[i] == ' ' && inside:
			inside = false
		case s[i] == ' ':
			continue
		case !inside:
			inside = true
			n++
		}
	}
	return n
}

// table is a switch that the compiler searches or jumps in.
func table(n int) string {
	switch n {
	case 0, 1, 2:
		return "few"
	case 3:
		return "three"
	case 4, 5, 6, 7, 8:
		if n == 8 {
			goto many
		}
		return "some"
	}
many:
	return strings.Repeat("many", n/30)
}

func labels(n int) (sum int) {
outer:
	for i := range n {
		for j := range n {
			switch {
			case j > i:
				continue outer
			case i*j > 20:
				break outer
			}
			sum += i * j
		}
	}
	return sum
}

// deep grows the stack, and collects garbage where it is deepest.
func deep(n int) int {
	if n == 0 {
		runtime.GC()
		return 0
	}
	var room [16]int
	room[n%16] = n
	return deep(n-1) + room[n%16]%2
}

func closure(a int) func(int) int {
	return func(b int) int { return deep(a*b) * a }
}

// sizes copies and clears values of every size up to past the bound.
func sizes() string {
	var out []string
	out = append(out, moved[[17]byte](17), moved[[18]byte](18), moved[[23]byte](23), moved[[24]byte](24), moved[[31]byte](31))
	out = append(out, moved[[33]byte](33), moved[[40]byte](40), moved[[47]byte](47), moved[[56]byte](56), moved[[61]byte](61))
	out = append(out, moved[[64]byte](64), moved[[65]byte](65), moved[[72]byte](72), moved[[300]byte](300))
	list := []pair{{"a", [5]int{1, 2, 3, 4, 5}}, {"b", [5]int{6}}, {"c", [5]int{7}}}
	list[0], list[2] = list[2], list[0]
	same := &list[1]
	list[1] = *same
	copied := slices.Clone(list)
	clear(list[1:])
	copied[0] = pair{}
	return fmt.Sprint(out, list, copied)
}

type bytes interface {
	~[17]byte | ~[18]byte | ~[23]byte | ~[24]byte | ~[31]byte | ~[33]byte | ~[40]byte | ~[47]byte | ~[56]byte | ~[61]byte |
		~[64]byte | ~[65]byte | ~[72]byte | ~[300]byte
}

// moved moves an array between guards, which must stay.
func moved[T bytes](n int) string {
	var a, b struct {
		before byte
		value  T
		after  byte
	}
	a.before, a.after, b.before, b.after = 1, 2, 3, 4
	for i := range n {
		set(&a.value, i, byte(i*7+1))
	}
	b.value = a.value
	a.value = *new(T)
	sum, rest := 0, 0
	for i := range n {
		sum += (i + 1) * int(at(&b.value, i))
		rest += int(at(&a.value, i))
	}
	return fmt.Sprint(n, ":", sum, rest, a.before, a.after, b.before, b.after)
}

//go:noinline
func set[T bytes](a *T, i int, b byte) { fmt.Sscan(fmt.Sprint(b), &(*a)[i]) }

//go:noinline
func at[T bytes](a *T, i int) byte { return (*a)[i] }

// channels switches between goroutines while stacks are deep.
func channels(n int) (sum int) {
	numbers, done := make(chan int), make(chan int)
	for w := range 4 {
		go func() {
			part := 0
			for v := range numbers {
				part += deep(v) + w - w
				runtime.Gosched()
			}
			done <- part
		}()
	}
	for v := range n {
		numbers <- v
	}
	close(numbers)
	for range 4 {
		sum += <-done
	}
	return sum
}

func maps(n int) (sum int) {
	m := map[string]pair{}
	for i := range n {
		m[fmt.Sprint(i%977)] = pair{fmt.Sprint(i), [5]int{i}}
	}
	for k, v := range m {
		sum += len(k) + v.value[0]
	}
	delete(m, "3")
	return sum + len(m)
}

// panics recovers from each kind that is no call.
func panics() (all []string) {
	try := func(f func()) {
		defer func() { all = append(all, fmt.Sprint(recover())) }()
		f()
	}
	var list []int
	var m map[string]int
	var p *pair
	var e error
	zero := len(list)
	try(func() { fmt.Println(p.value[2]) })
	try(func() { p.name = "x" })
	try(func() { fmt.Println(list[zero]) })
	try(func() { fmt.Println(list[zero+1:]) })
	try(func() { m["x"] = 1 })
	try(func() { fmt.Println(1 / zero) })
	try(func() { fmt.Println(e.Error()) })
	try(func() { fmt.Println(any(list).(string)) })
	try(func() { panic(errors.New("own")) })
	try(func() { defer func() { panic(fmt.Sprint("again ", recover())) }(); fmt.Println(*(*int)(nil)) })
	return all
}

// nested unwinds through many frames, and tells its place.
func nested() {
	defer func() {
		fmt.Println("nested:", recover())
		callers := make([]uintptr, 8)
		frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
		for frame, more := frames.Next(); more; frame, more = frames.Next() {
			fmt.Println(frame.Function, frame.Line)
		}
	}()
	down(40, nil)
}

func down(n int, p *pair) int {
	if n == 0 {
		return p.value[n]
	}
	return down(n-1, p) + 1
}
