// Command program grows its stack, collects garbage and shows where it is: all of which look functions up.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	fmt.Println(deep(2000))
	runtime.GC()
	os.Stdout.Write(debug.Stack())
	defer func() {
		fmt.Println(recover())
		os.Stdout.Write(debug.Stack())
		panic("not recovered")
	}()
	fmt.Println([]int{}[len(os.Args)+1])
}

func deep(n int) string {
	if n == 0 {
		runtime.GC()
		callers := make([]uintptr, 10)
		text := ""
		frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
		for frame, more := frames.Next(); more; frame, more = frames.Next() {
			text += fmt.Sprintln(frame.Function, frame.Line)
		}
		return text
	}
	var room [64]int
	room[n%64] = n
	return deep(room[n%64] - 1)
}
