package introspection_test

import (
	"fmt"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

// An answer serves for as long as cache says, and no longer than its token.
func TestAnswersAreRemembered(t *testing.T) {
	end := start.Add(30 * time.Second)
	for _, c := range []struct {
		name, body string
		cache      time.Duration
		steps      []time.Duration // since start
		want       []guard.Reason
		asked      int
	}{
		{"within cache", `{"active":true,"aud":"api"}`, time.Minute, []time.Duration{0, time.Second, time.Minute - 1}, nil, 1},
		{"at its end", `{"active":true,"aud":"api"}`, time.Minute, []time.Duration{0, time.Minute}, nil, 2},
		{"not at all", `{"active":true,"aud":"api"}`, 0, []time.Duration{0, 0, 0}, nil, 3},
		{"the clock is set back a little", `{"active":true,"aud":"api"}`, time.Minute, []time.Duration{0, -time.Second}, nil, 1},
		{"the clock is set back far", `{"active":true,"aud":"api"}`, time.Minute, []time.Duration{0, -time.Hour}, nil, 2},
		{"never past exp", fmt.Sprintf(`{"active":true,"aud":"api","exp":%d}`, end.Unix()), time.Hour,
			[]time.Duration{0, 35*time.Second - 1, 35 * time.Second}, []guard.Reason{guard.Allowed, guard.Allowed, guard.TokenExpired}, 1},
		{"refusals of an active token", `{"active":true}`, time.Minute, []time.Duration{0, time.Second}, []guard.Reason{guard.TokenAudience, guard.TokenAudience}, 1},
		{"not active", `{"active":false}`, time.Minute, []time.Duration{0, 10*time.Second - 1}, []guard.Reason{guard.TokenInactive, guard.TokenInactive}, 1},
		{"not active, later", `{"active":false}`, time.Minute, []time.Duration{0, 10 * time.Second}, []guard.Reason{guard.TokenInactive, guard.TokenInactive}, 2},
		{"a failure is remembered for a second", `x`, time.Minute, []time.Duration{0, time.Second - 1, time.Second},
			[]guard.Reason{guard.IntrospectionUnavailable, guard.IntrospectionUnavailable, guard.IntrospectionUnavailable}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := section()
			s.Cache = document.Duration(c.cache)
			d := newDesk(says(200, c.body), compile(t, "opaque", s))
			for i, since := range c.steps {
				d.now = start.Add(since)
				want := guard.Allowed
				if c.want != nil {
					want = c.want[i]
				}
				if _, v := d.show("t"); v.Reason != want {
					t.Errorf("%v later: %v, want %v", since, v.Reason, want)
				}
			}
			if len(d.calls) != c.asked {
				t.Errorf("asked %d times, want %d", len(d.calls), c.asked)
			}
		})
	}
}

// A token that was revoked is refused when its answer is too old to serve, and a
// server that is down lets nobody in whose answer is.
func TestARevokedTokenLeaves(t *testing.T) {
	answer := says(200, `{"active":true,"aud":"api"}`)
	d := newDesk(func(c *guard.Call) (guard.Answer, error) { return answer(c) }, compile(t, "opaque", section()))
	d.show("t")
	answer = says(200, `{"active":false}`)
	d.now = start.Add(time.Minute)
	if _, v := d.show("t"); v.Reason != guard.TokenInactive {
		t.Errorf("revoked: %v", v.Reason)
	}
	d.show("u")
	answer = says(200, `{"active":true,"aud":"api"}`)
	d.now = d.now.Add(time.Minute)
	d.show("u")
	answer = says(503, "")
	d.now = d.now.Add(time.Minute)
	if _, v := d.show("u"); v.Reason != guard.IntrospectionUnavailable {
		t.Errorf("down: %v", v.Reason)
	}
}

// A server that fails is spared, and one call tries whether it is back.
func TestCircuit(t *testing.T) {
	status := 503
	d := newDesk(func(*guard.Call) (guard.Answer, error) {
		return guard.Answer{Status: status, Body: []byte(`{"active":true,"aud":"api"}`)}, nil
	}, compile(t, "opaque", section()))
	for n := range 20 {
		if _, v := d.show(fmt.Sprint("t", n)); v.Reason != guard.IntrospectionUnavailable {
			t.Fatalf("%v", v.Reason)
		}
	}
	if len(d.calls) != 5 {
		t.Errorf("a server that is down was asked %d times", len(d.calls))
	}
	status, d.now = 200, start.Add(5*time.Second)
	for n := range 20 {
		if _, v := d.show(fmt.Sprint("u", n)); !v.Allows() {
			t.Fatalf("it is back: %v", v.Reason)
		}
	}
}

// Clients choose their tokens: what a server dislikes about them must not close
// it for others.
func TestTokensThatAServerDislikesOpenNoCircuit(t *testing.T) {
	status := 400
	d := newDesk(func(*guard.Call) (guard.Answer, error) {
		return guard.Answer{Status: status, Body: []byte(`{"active":true,"aud":"api"}`)}, nil
	}, compile(t, "opaque", section()))
	for n := range 20 {
		d.show(fmt.Sprint("t", n))
	}
	status = 200
	if _, v := d.show("good"); !v.Allows() || len(d.calls) != 21 {
		t.Errorf("%v after %d calls", v.Reason, len(d.calls))
	}
}

// Requests with one token wait for one call: the first that goes on reads the
// answer for all.
func TestWaitersShareAnAnswer(t *testing.T) {
	for body, want := range map[string]guard.Reason{
		`{"active":true,"aud":"api"}`: guard.Allowed, `{"active":false}`: guard.TokenInactive, `x`: guard.IntrospectionUnavailable,
	} {
		var d *desk
		depth := 0
		d = newDesk(func(*guard.Call) (guard.Answer, error) {
			if depth++; depth < 10 { // nine more come while the first waits
				if _, v := d.show("t"); v.Reason != want {
					t.Errorf("%s: one that waited too: %v", body, v.Reason)
				}
			}
			return guard.Answer{Status: 200, Body: []byte(body)}, nil
		}, compile(t, "opaque", section()))
		if _, v := d.show("t"); v.Reason != want {
			t.Errorf("%s: %v, want %v", body, v.Reason, want)
		}
		for _, c := range d.calls {
			if c.Share != d.calls[0].Share {
				t.Error("calls about one token are not shared")
			}
		}
		d.calls = nil
		if d.show("t"); len(d.calls) != 0 {
			t.Errorf("%s: the answer is not remembered", body)
		}
	}
}

// Who asks and leaves at once can have no more calls made than a worker makes.
func TestClientsThatLeave(t *testing.T) {
	d := newDesk(fails(guard.ErrGone), compile(t, "opaque", section()))
	for n := range 1000 {
		d.show(fmt.Sprint("t", n))
	}
	if len(d.calls) != 256 {
		t.Errorf("%d calls are under way", len(d.calls))
	}
	d.now = start.Add(time.Second) // they must have ended
	d.Answer = says(200, `{"active":true,"aud":"api"}`)
	if _, v := d.show("good"); !v.Allows() {
		t.Errorf("%v", v.Reason)
	}
}

func TestARememberedTokenAllocatesNothing(t *testing.T) {
	d := newDesk(says(200, `{"active":true,"aud":"api","sub":"u","scope":"a b"}`), compile(t, "opaque", section()))
	r, _ := d.show("mF_9.B5f-4.1JqM")
	r.Upstream = make(guard.Edits, 0, 8)
	if n := testing.AllocsPerRun(100, func() {
		r.Upstream = r.Upstream[:0]
		if !d.guard.Check(r).Allows() {
			t.Fatal("denied")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What is said about a token when all who waited have left is known, and the call
// is over: clients that ask and leave at once hold no place in the worker for
// longer than the server takes.
func TestAnswersThatNobodyWaitsFor(t *testing.T) {
	for _, c := range []struct {
		name string
		said guard.Answer
		err  error
		want guard.Reason
	}{
		{"active", guard.Answer{Status: 200, Body: []byte(`{"active":true,"aud":"api"}`)}, nil, guard.Allowed},
		{"not active", guard.Answer{Status: 200, Body: []byte(`{"active":false}`)}, nil, guard.TokenInactive},
		{"unsound", guard.Answer{Status: 200, Body: []byte(`x`)}, nil, guard.IntrospectionUnavailable},
		{"disliked", guard.Answer{Status: 400}, nil, guard.IntrospectionUnavailable},
		{"no answer", guard.Answer{}, guard.ErrNoAnswer, guard.IntrospectionUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(fails(guard.ErrGone), compile(t, "opaque", section()))
			for n := range 256 {
				d.show(fmt.Sprint("t", n))
			}
			if _, v := d.show("good"); v.Reason != guard.IntrospectionUnavailable || len(d.calls) != 256 {
				t.Fatalf("%v after %d calls", v.Reason, len(d.calls))
			}
			if d.calls[0].Late == nil {
				t.Fatal("an answer that comes late is lost")
			}
			d.calls[0].Late(c.said, c.err)
			d.Answer = func(call *guard.Call) (guard.Answer, error) {
				d.calls = append(d.calls, *call)
				return guard.Answer{Status: 200, Body: []byte(`{"active":true,"aud":"api"}`)}, nil
			}
			if _, v := d.show("t0"); v.Reason != c.want || len(d.calls) != 256 {
				t.Errorf("%v after %d calls, want %v without another", v.Reason, len(d.calls), c.want)
			}
			if _, v := d.show("good"); !v.Allows() {
				t.Errorf("its place is taken: %v", v.Reason)
			}
		})
	}
}

// A server that is back is found by the call that tries, also when who asked has
// left: else one client could keep everybody out.
func TestCircuitIsClosedByALateAnswer(t *testing.T) {
	d := newDesk(says(503, ""), compile(t, "opaque", section()))
	for n := range 5 {
		d.show(fmt.Sprint("t", n))
	}
	d.now = start.Add(5 * time.Second)
	d.calls = nil
	d.Answer = func(c *guard.Call) (guard.Answer, error) {
		d.calls = append(d.calls, *c)
		return guard.Answer{}, guard.ErrGone
	}
	d.show("leaves")
	if len(d.calls) != 1 || d.calls[0].Late == nil {
		t.Fatalf("%d calls, or nothing hears of a late answer", len(d.calls))
	}
	d.calls[0].Late(guard.Answer{Status: 200, Body: []byte(`{"active":false}`)}, nil)
	d.Answer = says(200, `{"active":true,"aud":"api"}`)
	if _, v := d.show("good"); !v.Allows() {
		t.Errorf("%v", v.Reason)
	}
}
