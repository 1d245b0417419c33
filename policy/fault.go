//go:build sallyport_faults

package policy

import (
	"crypto/rand"
	"errors"
	"runtime"

	"sallyport.dev/sallyport/policy/guard"
)

// faultHeader asks for a fault. The file is in the module that tests break,
// and in no other.
const faultHeader = "x-sallyport-fault"

// kept is garbage of the last request, so that a collection finds live memory too.
var kept [][]byte

// init puts a guard that fails on demand in front of all others.
func init() { entrance = append([]stop{{"fault", fault}}, entrance...) }

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
