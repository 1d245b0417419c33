package door_test

import (
	"testing"

	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/filter/proxywasm"
)

const countedInRedis = `{"version": 1, "stores": {"redis": {"webdis": {"cluster": "webdis"}}},
  "limits": {"all": {"by": ["route"], "sliding_window": {"limit": 5, "window": "1m"}, "store": "redis"}},
  "routes": [{"name": "all", "path": "/**", "public": true, "limits": ["all"]}]}`

// TestAnAnswerWhoseClientHasLeft is heard all the same: a client that is denied
// and leaves before it is told costs the store no call with each request.
func TestAnAnswerWhoseClientHasLeft(t *testing.T) {
	h := hosttest.NewHost([]byte(countedInRedis), nil)
	asked := 0
	h.Serve = func(proxywasm.HTTPCall) hosttest.Served {
		asked++
		return hosttest.Served{Status: 200, Body: `{"EVALSHA":[1,0,3000000,3000000,0]}`}
	}
	p, err := hosttest.NewProxy(h, door.New(h))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		p.Begin(get("/a")).Leave()
		if len(h.Calls) > 0 {
			p.Deliver()
		}
	}
	if asked != 1 {
		t.Errorf("the store was asked %d times, want once", asked)
	}
	if r := p.Begin(get("/a")).Finish(upstreamOK); r.Status != 429 {
		t.Errorf("who stays is answered %d", r.Status)
	}
}
