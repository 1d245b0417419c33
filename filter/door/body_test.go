//go:build sallyport_faults

package door_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sallyport.dev/sallyport/filter/door"
	"sallyport.dev/sallyport/filter/hosttest"
	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/internal/scenario"
)

// The guard of the module with faults reads the body when a header asks for it:
// what is tested here holds for every guard that reads bodies.

// reading is a proxy whose headers wait with the body, or not.
func reading(t *testing.T, holds bool) *hosttest.Proxy {
	t.Helper()
	h := hosttest.NewHost(fmt.Appendf(nil, `{"version": 1, "host": {"headers_stop_iteration": %t}, %s`, holds, open[len(`{"version": 1, `):]), nil)
	h.HoldsHeaders = holds
	h.Serve = func(c proxywasm.HTTPCall) hosttest.Served { return hosttest.Served{Status: 200} }
	p, err := hosttest.NewProxy(h, door.New(h))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func posting(text string, more ...string) scenario.Request {
	r := get("/a", append([]string{"x-sallyport-fault", "body"}, more...)...)
	r.Method, r.Body = "POST", []byte(text)
	return r
}

func eachMode(t *testing.T, test func(t *testing.T, p *hosttest.Proxy)) {
	for _, holds := range []bool{false, true} {
		t.Run(fmt.Sprintf("holds=%t", holds), func(t *testing.T) { test(t, reading(t, holds)) })
	}
}

func TestBodyJudged(t *testing.T) {
	eachMode(t, func(t *testing.T, p *hosttest.Proxy) {
		for text, code := range map[string]string{
			"good": "", strings.Repeat("g", 4999): "", "": "", "fetch": "",
			"bad": "key-unknown", "bad" + strings.Repeat("b", 3000): "key-unknown", "zero": "unjudged",
			strings.Repeat("g", 5001): "headers-too-large", "panic": "internal-error",
		} {
			r := do(t, p, posting(text))
			if got := denialCode(r); got != code || (r.Forwarded != nil) != (code == "") {
				t.Errorf("%.10q (%d bytes): denied with %q, want %q; forwarded: %v", text, len(text), got, code, r.Forwarded != nil)
			}
		}
	})
}

// denialCode is the reason of a denial, or nothing.
func denialCode(r scenario.Result) string {
	if r.Status == 200 {
		return ""
	}
	return code(r)
}

// TestBodyHeadersEdited: a header that is recorded behind the body goes upstream
// where the headers wait; elsewhere it cannot, and the request is denied.
func TestBodyHeadersEdited(t *testing.T) {
	eachMode(t, func(t *testing.T, p *hosttest.Proxy) {
		r := do(t, p, posting("edit"))
		if !p.Host.HoldsHeaders {
			if code(r) != "host-error" || r.Forwarded != nil {
				t.Errorf("status %d, forwarded %v", r.Status, r.Forwarded)
			}
			return
		}
		if r.Forwarded == nil || len(scenario.Values(r.Forwarded.Headers, "x-late")) != 1 {
			t.Errorf("status %d, forwarded %v", r.Status, r.Forwarded)
		}
	})
}

// TestBodyHeldBack: no piece goes upstream before the last one was judged.
func TestBodyHeldBack(t *testing.T) {
	eachMode(t, func(t *testing.T, p *hosttest.Proxy) {
		f := p.Begin(posting("some body"))
		for i, piece := range []string{"so", "", "me "} {
			if f.Piece([]byte(piece), false) != proxywasm.Pause {
				t.Fatalf("piece %d goes on before the verdict", i)
			}
		}
		if f.Piece([]byte("body"), true) != proxywasm.Continue {
			t.Fatal("the whole body does not go on")
		}
		if f.Piece([]byte("more"), true) != proxywasm.Continue {
			t.Fatal("what follows a judged body does not go on")
		}
		f.Leave()
	})
}

// TestBodyEndsWithTrailers: no body callback says that the body is over.
func TestBodyEndsWithTrailers(t *testing.T) {
	eachMode(t, func(t *testing.T, p *hosttest.Proxy) {
		for text, want := range map[string]proxywasm.Action{"good": proxywasm.Continue, "bad": proxywasm.Pause} {
			f := p.Begin(posting(text))
			f.Piece([]byte(text), false)
			if got := f.Trailers(); got != want {
				t.Errorf("%s: the trailers' callback answers %v, want %v", text, got, want)
			}
			f.Leave()
		}
	})
}

// TestBodyEndsWithTrailersBehindCall: a proxy that was continued at the headers drops the body that it holds when the
// trailers' callback answers Continue. It must be continued once more instead. One that holds the headers was not.
func TestBodyEndsWithTrailersBehindCall(t *testing.T) {
	eachMode(t, func(t *testing.T, p *hosttest.Proxy) {
		for text, passes := range map[string]bool{"good": true, "bad": false} {
			f := p.Begin(posting(text, "x-fault-first", "/first"))
			p.Deliver()
			f.Piece([]byte(text), false)
			goesOn := f.Trailers() == proxywasm.Continue
			if goesOn != (passes && p.Host.HoldsHeaders) || f.Continued() != (passes && !p.Host.HoldsHeaders) {
				t.Errorf("%s: the trailers' callback lets it go on: %v; continued: %v", text, goesOn, f.Continued())
			}
			f.Leave()
		}
	})
}

// TestBodyCannotFollow: a proxy that cannot be continued is answered, and what comes then goes nowhere.
func TestBodyCannotFollow(t *testing.T) {
	p := reading(t, false)
	f := p.Begin(posting("good", "x-fault-first", "/first"))
	p.Deliver()
	f.Piece([]byte("good"), false)
	p.Host.Fail = func(call string) error {
		if call == "ContinueStream" {
			return errors.New("no")
		}
		return nil
	}
	if f.Trailers() != proxywasm.Pause || f.Piece(nil, true) != proxywasm.Pause {
		t.Error("the body goes on")
	}
	f.Leave()
}

// TestBodyWaits: a guard that calls out behind the body holds it back too, and a
// client that leaves meanwhile takes nobody with it.
func TestBodyWaits(t *testing.T) {
	eachMode(t, func(t *testing.T, p *hosttest.Proxy) {
		gone, stays := p.Begin(posting("fetch")), p.Begin(posting("fetch"))
		gone.Send()
		stays.Send()
		if !gone.Waits() || !stays.Waits() || len(p.Host.Calls) != 2 {
			t.Fatal("the requests do not wait for their calls")
		}
		gone.Leave()
		p.Deliver()
		p.Deliver()
		if r := stays.Finish(upstream); r.Status != 200 || r.Forwarded == nil {
			t.Errorf("status %d", r.Status)
		}
	})
}

// TestBodyArrivesWhileWaiting: where the headers wait, the body comes while a
// guard before it still asks a service.
func TestBodyArrivesWhileWaiting(t *testing.T) {
	for text, want := range map[string]string{"good": "", "bad": "key-unknown"} {
		p := reading(t, true)
		f := p.Begin(posting(text, "x-fault-first", "/first"))
		if !f.Waits() || len(p.Host.Calls) != 1 {
			t.Fatal("the request does not wait")
		}
		f.Piece([]byte(text), true)
		p.Deliver()
		r := f.Finish(upstream)
		if denialCode(r) != want || (r.Forwarded != nil) != (want == "") {
			t.Errorf("%s: status %d, forwarded %v", text, r.Status, r.Forwarded)
		}
	}
}

// TestBodyUnreadable: a failed host call denies.
func TestBodyUnreadable(t *testing.T) {
	for _, fails := range []string{"RequestBody", "Increment"} {
		eachMode(t, func(t *testing.T, p *hosttest.Proxy) {
			p.Host.Fail = func(call string) error {
				if call == fails {
					return errors.New("no")
				}
				return nil
			}
			if r := do(t, p, posting("good")); code(r) != "host-error" || r.Forwarded != nil {
				t.Errorf("%s fails: status %d, forwarded %v", fails, r.Status, r.Forwarded)
			}
		})
	}
}

// TestBodyAnswered: an answer of the proxy's own ends the reading, and what
// comes of the body after it goes nowhere.
func TestBodyAnswered(t *testing.T) {
	eachMode(t, func(t *testing.T, p *hosttest.Proxy) {
		f := p.Begin(posting("good"))
		f.Piece([]byte("go"), false)
		f.TimeOut()
		if f.Piece([]byte("od"), true) != proxywasm.Pause {
			t.Error("a body goes on behind an answer")
		}
		f.Leave()
	})
}
