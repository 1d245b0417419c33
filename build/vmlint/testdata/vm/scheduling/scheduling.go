// Package scheduling holds what needs the scheduler.
package scheduling

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

func goroutine() { go channel(nil) } // want "a go statement"

func channel(c chan int) { // want "a channel type"
	c <- 1   // want "a send to a channel"
	<-c      // want "a receive from a channel"
	close(c) // want "a close of a channel"
}

type events (<-chan int) // want "a channel type"

func drain(e events) {
	for range e { // want "a range over a channel"
	}
	select {} // want "a select statement"
}

func timers(ctx context.Context) {
	time.Sleep(1)              // want "time.Sleep: it blocks the worker"
	time.AfterFunc(1, func() { // want "time.AfterFunc: it sets a timer"
	})
	later := time.After // want "time.After: it sets a timer"
	later(1)
	_, cancel := context.WithTimeout(ctx, 1) // want "context.WithTimeout: it sets a timer"
	cancel()
	new(time.Timer).Reset(1) // want "Reset: it sets a timer"
}

func waits() {
	var all sync.WaitGroup
	all.Go(func() {}) // want "WaitGroup..Go: there is one thread"
	all.Wait()        // want "WaitGroup..Wait: it waits for another goroutine"
}

func collects() {
	runtime.GC()         // want "runtime.GC: the collector is driven from one place alone"
	runtime.Gosched()    // want "runtime.Gosched: the collector is driven from one place alone"
	debug.FreeOSMemory() // want "FreeOSMemory: the collector is driven from one place alone"
}

func stops() { os.Exit(1) } // want "os.Exit: it stops nothing on Envoy"

func allowed(ctx context.Context) time.Time {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var once sync.Once
	once.Do(func() {})
	return time.Now()
}
