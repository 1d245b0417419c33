//go:build sallyport_faults

package policy

import (
	"crypto/rand"
	"errors"
	"runtime"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

// faultHeader asks for a fault. The file is in the module that tests break,
// and in no other.
const faultHeader = "x-sallyport-fault"

// kept is garbage of the last request, so that a collection finds live memory too.
var kept [][]byte

// faulty makes every route one that may call out.
const faulty = true

// init puts a guard that fails on demand in front of all others, and one that
// calls out in front of those behind the route.
func init() {
	entrance = append([]stop{{name: "fault", ask: fault}}, entrance...)
	pipeline = append([]stop{{name: "faulty call", ask: faultyCall}}, pipeline...)
}

// faultyBody refuses a body that says so, and calls out where it does.
type faultyBody struct{ said []byte }

func (b *faultyBody) Read(_ *guard.Request, chunk []byte) guard.Verdict {
	b.said = append(b.said, chunk...)
	switch {
	case len(b.said) > 5000 && !strings.HasPrefix(string(b.said[:5]), "large"):
		return guard.Deny(guard.HeadersTooLarge)
	case string(chunk) == "panic":
		panic("a fault was asked for")
	}
	return guard.Allow()
}

func (b *faultyBody) Judge(r *guard.Request) guard.Verdict {
	if whole, err := r.World.Body(); err != nil || string(whole) != string(b.said) {
		return guard.Deny(guard.HostError)
	}
	switch text := string(b.said); {
	case text == "fetch":
		if answer, err := r.World.Fetch(&guard.Call{Cluster: "service", Method: "GET", Path: "/body", Authority: "service.example",
			Timeout: 10 * time.Second, MaxBody: 1000}); err != nil || answer.Status != 200 {
			return guard.Deny(guard.LimitUnavailable)
		}
	case text == "edit":
		r.Upstream.Add("x-late", "1")
	case text == "zero":
		return guard.Verdict{}
	case strings.HasPrefix(text, "bad"):
		return guard.Deny(guard.KeyUnknown)
	}
	return guard.Allow()
}

// silent is a proxy whose shared data does not answer.
type silent struct{ guard.World }

func (silent) GetShared(string) ([]byte, uint32, error) {
	return nil, 0, errors.New("a fault was asked for")
}

func fault(_ *Instance, r *guard.Request) guard.Verdict {
	kind, _ := r.Get(faultHeader)
	switch kind {
	case "panic":
		panic("a fault was asked for")
	case "index":
		return guard.Deny(guard.Reason([]byte(kind)[r.Now]))
	case "trap":
		return guard.Deny(guard.Reason(endless(r.Now)))
	case "zero":
		return guard.Verdict{}
	case "store":
		r.World = silent{r.World}
	case "edit":
		r.Upstream = append(r.Upstream, guard.Edit{}) // what the proxy would not take
	case "header":
		r.Headers = append(r.Headers, guard.Header{Name: "x-a", Value: "b\r\nx-c: d"}) // what Envoy lets nobody send
	case "gc":
		runtime.GC()
	case "garbage":
		kept = kept[:0]
		for range 16 {
			kept = append(kept, make([]byte, 64<<10))
		}
	case "random":
		if _, err := rand.Read(make([]byte, 32)); err != nil {
			panic(err)
		}
	}
	return guard.Allow()
}

// endless overflows the stack, which no recover catches.
func endless(n int64) int64 { return endless(n+1) + n }

// faultyCall asks the cluster "service" for the path in x-fault-path, as often
// as the fault says, and tells the upstream the answer.
func faultyCall(_ *Instance, r *guard.Request) guard.Verdict {
	kind, _ := r.Get(faultHeader)
	timeout := 500 * time.Millisecond
	if kind == "body" {
		r.Readers = append(r.Readers, &faultyBody{})
		kind = ""
		if _, n := r.Get("x-fault-first"); n > 0 {
			kind, timeout = "fetch", 10*time.Second
		}
	}
	if !strings.HasPrefix(kind, "fetch") {
		return guard.Allow()
	}
	path, _ := r.Get("x-fault-path")
	share, _ := r.Get("x-fault-share")
	call := &guard.Call{Cluster: "service", Method: "GET", Path: path, Authority: "service.example",
		Timeout: timeout, MaxBody: 1000, Share: share}
	if kind == "fetch-nowhere" {
		call.Cluster = "nowhere"
	}
	answer, err := r.World.Fetch(call)
	if kind == "fetch-twice" && err == nil {
		answer, err = r.World.Fetch(call)
	}
	switch {
	case kind == "fetch-panic":
		panic("a fault was asked for")
	case kind == "fetch-zero":
		return guard.Verdict{}
	case kind == "fetch-post":
		err = r.World.Post(call)
	}
	if err != nil || answer.Status != 200 {
		return guard.Deny(guard.LimitUnavailable)
	}
	r.Upstream.Add("x-fetched", r.Scratch.Keep(append(r.Scratch.Free(), answer.Body...)))
	return guard.Allow()
}

// faultyTask asks the service for /task once a second. What it is answered is
// what it does next time: "panic" is one of it.
type faultyTask struct {
	due  int64
	next string
}

func faultyTasks() []guard.Task { return []guard.Task{&faultyTask{}} }

func (t *faultyTask) Due() int64 { return t.due }

func (t *faultyTask) Run(r *guard.Request) {
	if t.due = r.Now + int64(time.Second); t.next == "panic" {
		t.next = ""
		panic("a fault was asked for")
	}
	answer, err := r.World.Fetch(&guard.Call{Cluster: "service", Method: "GET", Path: "/task", Authority: "service.example",
		Timeout: 500 * time.Millisecond, MaxBody: 1000})
	if err == nil {
		t.next = string(answer.Body)
	}
}
