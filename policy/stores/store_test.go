package stores

import (
	"errors"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// rig is a store of a document, what a worker knows of it, and its world.
type rig struct {
	t       *testing.T
	store   *Store
	state   *State
	world   *guardtest.World
	metrics guard.Metrics
	sent    int
	now     int64
}

const (
	fine   = `{"EVALSHA":[0,5,1000000,0,0]}`
	denies = `{"EVALSHA":[1,0,1000000,3000000,0]}`
)

func newRig(t *testing.T) *rig {
	r := &rig{t: t, world: guardtest.New("192.0.2.1"), now: began * 1000}
	var p document.Problems
	set := Compile(map[string]document.Store{"redis": {Webdis: &document.Webdis{
		Cluster: "webdis", Timeout: document.Duration(50 * time.Millisecond), Prefix: "sallyport",
		Circuit: document.Circuit{Failures: 3, Open: document.Duration(5 * time.Second)},
	}}}, &r.metrics, &p)
	r.store, r.state = set.Get("redis"), set.NewState()
	set.Unused(&p)
	if err := p.Err(); err != nil {
		t.Fatal(err)
	}
	return r
}

// says makes the service answer so.
func (r *rig) says(status int, body string, err error) {
	r.world.Answer = func(*guard.Call) (guard.Answer, error) {
		r.sent++
		return guard.Answer{Status: status, Body: []byte(body)}, err
	}
}

func (r *rig) ask(tokens int64) (denied int, l Level, err error) {
	levels := make([]Level, 1)
	denied, err = r.store.Take(r.world, r.state, r.now, []Ask{{Limit: "a", Counter: NewWindow(10, time.Minute), Tokens: tokens}}, levels)
	return denied, levels[0], err
}

// wants asks and compares the error, and how many calls were sent since.
func (r *rig) wants(want error, calls int) {
	r.t.Helper()
	before := r.sent
	if _, _, err := r.ask(1); !errors.Is(err, want) || r.sent-before != calls {
		r.t.Fatalf("got %v after %d calls, want %v after %d", err, r.sent-before, want, calls)
	}
}

// counted is how often an event was counted.
func (r *rig) counted(event string) int {
	for i, name := range r.metrics.Names() {
		if name == "sallyport.stores.store.redis.event."+event {
			return r.world.Counted[guard.Metric(i+1)]
		}
	}
	r.t.Fatalf("no counter of the event %s", event)
	return 0
}

func TestWhatIsNoAnswer(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		err    error
		want   error
		counts int64 // for the circuit
	}{
		{"not sent", 0, "", guard.ErrNotSent, guard.ErrNotSent, 1},
		{"unreadable", 0, "", guard.ErrNoAnswer, guard.ErrNoAnswer, 1},
		{"too large", 0, "", guard.ErrTooLarge, guard.ErrTooLarge, 1},
		{"too many wait", 0, "", guard.ErrBusy, guard.ErrBusy, 0},
		{"refused", 503, "", nil, errStatus, 1},
		{"too slow", 504, "", nil, errStatus, 1},
		{"forbidden", 403, "", nil, errStatus, 1},
		{"not modified", 304, fine, nil, errStatus, 1},
		{"no content", 204, "", nil, errStatus, 1},
		{"garbage", 200, "<html>", nil, errForm, 1},
		{"an error of Redis", 200, `{"EVALSHA":[false,"OOM"]}`, nil, errScript, 1},
		{"months apart", 200, `{"EVALSHA":[-1]}`, nil, errUnlike, 0},
		{"no script, twice", 200, `{"EVALSHA":[false,"NOSCRIPT"]}`, nil, errForm, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.says(tt.status, tt.body, tt.err)
			if _, _, err := r.ask(1); !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if r.counted("asked") != 1 || r.counted("error") != 1 || r.state.circuits[0].failures != tt.counts {
				t.Errorf("counted %v, and %d failures", r.world.Counted, r.state.circuits[0].failures)
			}
		})
	}
}

func TestTheCircuit(t *testing.T) {
	r := newRig(t)
	r.says(503, "", nil)
	r.wants(errStatus, 1)
	r.wants(errStatus, 1)
	r.says(200, fine, nil)
	r.wants(nil, 1) // failures in a row only
	r.says(503, "", nil)
	for range 3 {
		r.wants(errStatus, 1)
	}
	r.wants(errOpen, 0)
	r.now += int64(5*time.Second) - 1
	r.wants(errOpen, 0)
	r.now++
	r.wants(errStatus, 1) // the probe fails
	r.wants(errOpen, 0)
	r.now += int64(5 * time.Second)
	r.says(200, fine, nil)
	r.wants(nil, 1)
	r.wants(nil, 1)
	if r.counted("open") != 1 || r.counted("rejected") != 3 || r.counted("error") != 6 {
		t.Errorf("counted %v", r.world.Counted)
	}
}

// TestOneProbeAtATime: while it is under way, others fail at once. Its result
// may never come: then the next one is due when it must be over.
func TestOneProbeAtATime(t *testing.T) {
	c, s := circuit{open: true}, &Store{failures: 3, open: time.Second, timeout: 50 * time.Millisecond}
	if asks, probe := c.enter(1e9, s); !asks || !probe {
		t.Fatal("no probe")
	}
	if asks, _ := c.enter(1e9+1, s); asks {
		t.Error("a second request asks while the probe is under way")
	}
	if asks, probe := c.enter(2e9, s); !asks || !probe {
		t.Error("the next probe never comes")
	}
	c.gone(2e9, true)
	if asks, probe := c.enter(2e9+1, s); !asks || !probe {
		t.Error("nobody is the probe in the place of a client that left")
	}
}

// TestLateResults: what was sent before the circuit opened says nothing of now.
func TestLateResults(t *testing.T) {
	c, s := circuit{}, &Store{failures: 2, open: time.Second}
	if c.fail(1e9, false, s) || !c.fail(1e9, false, s) {
		t.Fatal("two failures do not open it")
	}
	c.succeed(false)
	c.fail(9e9, false, s)
	if want := (circuit{open: true, until: 2e9}); c != want {
		t.Errorf("got %+v, want %+v", c, want)
	}
	c.succeed(true)
	if c != (circuit{}) {
		t.Errorf("the probe leaves %+v", c)
	}
}

func TestAClockSetBackOpensNothingForLonger(t *testing.T) {
	c, s := circuit{open: true, until: 100e9}, &Store{open: time.Second}
	if asks, probe := c.enter(50e9, s); !asks || !probe {
		t.Error("the store is left alone until the old time comes again")
	}
}

func TestAClientThatLeavesIsNoFailure(t *testing.T) {
	r := newRig(t)
	r.says(0, "", guard.ErrGone)
	for range 5 {
		r.wants(guard.ErrGone, 1)
	}
	if r.counted("error") != 0 || r.state.circuits[0] != (circuit{}) {
		t.Errorf("counted %v, circuit %+v", r.world.Counted, r.state.circuits[0])
	}
}

// TestWhatOneRequestMeetsLeavesNobodyAlone: a store that answers is well,
// whatever it says of one request, and a worker that is full has not asked. The
// circuit stays shut for the others, and closes when the probe meets either.
func TestWhatOneRequestMeetsLeavesNobodyAlone(t *testing.T) {
	for name, tt := range map[string]struct {
		body   string
		err    error
		want   error
		closes bool
	}{
		"months apart":  {`{"EVALSHA":[-1]}`, nil, errUnlike, true},
		"too many wait": {"", guard.ErrBusy, guard.ErrBusy, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.says(200, tt.body, tt.err)
			for range 10 {
				r.wants(tt.want, 1)
			}
			r.says(503, "", nil)
			for range 3 {
				r.wants(errStatus, 1)
			}
			r.now += int64(5 * time.Second)
			r.says(200, tt.body, tt.err)
			r.wants(tt.want, 1)
			r.wants(tt.want, 1) // it may ask, as the probe or because the circuit is shut
			if r.state.circuits[0].open == tt.closes {
				t.Errorf("the circuit is %+v", r.state.circuits[0])
			}
		})
	}
}

func TestWhoWasDeniedIsDeniedWithoutAsking(t *testing.T) {
	r := newRig(t)
	r.says(200, denies, nil)
	first := func(tokens int64, calls int, wait time.Duration) {
		t.Helper()
		before := r.sent
		denied, l, err := r.ask(tokens)
		if err != nil || denied != 0 || r.sent-before != calls || l.Wait != wait {
			t.Fatalf("got %d, %+v and %v after %d calls, want a wait of %v after %d", denied, l, err, r.sent-before, wait, calls)
		}
	}
	first(2, 1, 3*time.Second)
	first(2, 0, 3*time.Second)
	first(5, 0, 3*time.Second)
	first(1, 1, 3*time.Second) // one token may be there
	r.now += 999e6
	first(1, 0, 2001*time.Millisecond)
	r.now += 1e6
	first(1, 1, 3*time.Second) // a second is all that is remembered
	r.now -= 1
	first(1, 1, 3*time.Second) // what was learned later does not count
	if r.counted("spared") != 3 || r.counted("asked") != 4 {
		t.Errorf("counted %v", r.world.Counted)
	}
}

// leaves makes the clients leave before the service has answered. It returns the
// calls, of which the service tells the answer later.
func (r *rig) leaves() *[]*guard.Call {
	var calls []*guard.Call
	r.world.Answer = func(c *guard.Call) (guard.Answer, error) {
		r.sent++
		calls = append(calls, c)
		return guard.Answer{}, guard.ErrGone
	}
	return &calls
}

// TestWhoWasDeniedAndHasLeft is denied without asking all the same: else who
// leaves at once would cost the store a call with each request.
func TestWhoWasDeniedAndHasLeft(t *testing.T) {
	r := newRig(t)
	calls := r.leaves()
	r.wants(guard.ErrGone, 1)
	r.wants(guard.ErrGone, 1)
	for _, a := range []guard.Answer{{Status: 503}, {Status: 200, Body: []byte("<html>")}, {Status: 200, Body: []byte(fine)}} {
		(*calls)[0].Late(a, nil)
	}
	(*calls)[0].Late(guard.Answer{}, guard.ErrNoAnswer)
	r.wants(guard.ErrGone, 1)
	(*calls)[1].Late(guard.Answer{Status: 200, Body: []byte(denies)}, nil)
	if denied, l, err := r.ask(1); denied != 0 || err != nil || l.Wait != 3*time.Second || r.sent != 3 {
		t.Errorf("got %d, %+v and %v after %d calls", denied, l, err, r.sent)
	}
	if r.counted("error") != 0 || r.state.circuits[0] != (circuit{}) {
		t.Errorf("counted %v, circuit %+v", r.world.Counted, r.state.circuits[0])
	}
}

// TestAProbeWhoseClientHasLeft closes the circuit when its answer is there.
func TestAProbeWhoseClientHasLeft(t *testing.T) {
	r := newRig(t)
	r.says(503, "", nil)
	for range 3 {
		r.wants(errStatus, 1)
	}
	r.now += int64(5 * time.Second)
	calls := r.leaves()
	r.wants(guard.ErrGone, 1)
	(*calls)[0].Late(guard.Answer{Status: 503}, nil)
	if !r.state.circuits[0].open {
		t.Fatal("a failure closes it")
	}
	(*calls)[0].Late(guard.Answer{Status: 200, Body: []byte(fine)}, nil)
	if r.state.circuits[0].open {
		t.Error("it stays open")
	}
}

// TestAnAnswerThatIsLateForgetsNobody: that its request is old is no clock that
// was set back.
func TestAnAnswerThatIsLateForgetsNobody(t *testing.T) {
	r := newRig(t)
	r.says(200, denies, nil)
	slow := r.now - int64(3*time.Second)
	r.wants(nil, 1)
	r.state.spared.remember(&Ask{Limit: "b", Tokens: 1}, Level{Wait: time.Minute}, slow)
	r.wants(nil, 0)
}

// TestTheFewestTokensAreRemembered: of two that are asked at once and denied the
// one for more must not take the place of the one for fewer.
func TestTheFewestTokensAreRemembered(t *testing.T) {
	r := newRig(t)
	r.says(200, denies, nil)
	r.wants(nil, 1)
	r.state.spared.remember(&Ask{Limit: "a", Tokens: 5}, Level{Wait: time.Second}, r.now)
	r.wants(nil, 0)
	r.state.spared.remember(&Ask{Limit: "a", Tokens: 5}, Level{Wait: time.Second}, r.now+1e9-1)
	r.now += 1e9
	r.wants(nil, 1)
}

func TestSparedForNoLongerThanTheStoreSaid(t *testing.T) {
	r := newRig(t)
	r.says(200, `{"EVALSHA":[1,0,2000,2000,0]}`, nil)
	r.wants(nil, 1)
	r.now += 2e6 - 1
	r.wants(nil, 0)
	r.now++
	r.wants(nil, 1)
}

func TestAClockSetBackForgetsWhoWasDenied(t *testing.T) {
	r := newRig(t)
	r.says(200, denies, nil)
	r.wants(nil, 1)
	learned := r.now
	r.now -= int64(time.Hour)
	if _, err := r.store.Take(r.world, r.state, r.now, []Ask{{Limit: "b", Counter: NewWindow(10, time.Minute), Tokens: 1}}, make([]Level, 1)); err != nil {
		t.Fatal(err)
	}
	r.now = learned + 1
	r.wants(nil, 1)
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	s := newSpared()
	for i := range 3 * sparedEntries {
		s.remember(&Ask{Limit: "a", Key: Key{byte(i), byte(i >> 8)}, Tokens: 1}, Level{Wait: time.Second}, 1e9)
	}
	if n := s.denials.Len(); n != sparedEntries {
		t.Errorf("%d are remembered, want %d", n, sparedEntries)
	}
}

func TestSettleIsLostWhileTheCircuitIsOpen(t *testing.T) {
	r := newRig(t)
	r.says(200, fine, nil)
	asks := []Ask{{Limit: "a", Counter: NewWindow(10, time.Minute), Tokens: -1}}
	r.store.Settle(r.world, r.state, r.now, asks)
	if r.sent != 1 || r.counted("lost") != 0 {
		t.Fatalf("%d sent, counted %v", r.sent, r.world.Counted)
	}
	r.state.circuits[0].open = true
	r.store.Settle(r.world, r.state, r.now, asks)
	if r.sent != 1 || r.counted("lost") != 1 {
		t.Errorf("%d sent, counted %v", r.sent, r.world.Counted)
	}
	r.state.circuits[0].open = false
	r.says(0, "", guard.ErrNotSent)
	if r.store.Settle(r.world, r.state, r.now, asks); r.counted("lost") != 2 {
		t.Errorf("counted %v", r.world.Counted)
	}
}

func TestProblemsOfStores(t *testing.T) {
	webdis := func(change func(*document.Webdis)) document.Store {
		w := &document.Webdis{Cluster: "c", Timeout: document.Duration(time.Second), Prefix: "p", Circuit: document.Circuit{Failures: 1, Open: document.Duration(time.Second)}}
		change(w)
		return document.Store{Webdis: w}
	}
	tests := []struct {
		name  string
		store document.Store
		want  string
	}{
		{"sound", webdis(func(*document.Webdis) {}), ""},
		{"no cluster", webdis(func(w *document.Webdis) { w.Cluster = "" }), `stores.s.webdis.cluster is empty: write the proxy's name for that service`},
		{"no time", webdis(func(w *document.Webdis) { w.Timeout = 0 }), `stores.s.webdis.timeout is 0s: write 1ms to 10s`},
		{"a prefix with a brace", webdis(func(w *document.Webdis) { w.Prefix = "a}b" }), `stores.s.webdis.prefix is "a}b": write up to 64 letters, digits, '-', '_', '.' and ':'`},
		{"no prefix", webdis(func(w *document.Webdis) { w.Prefix = "" }), `stores.s.webdis.prefix is "": write up to 64 letters, digits, '-', '_', '.' and ':'`},
		{"no failures", webdis(func(w *document.Webdis) { w.Circuit.Failures = 0 }), `stores.s.webdis.circuit.failures is 0: write a whole number from 1 to 1000`},
		{"open for ever", webdis(func(w *document.Webdis) { w.Circuit.Open = document.Duration(48 * time.Hour) }), `stores.s.webdis.circuit.open is 48h0m0s: write 100ms to 1h`},
		{"no domain", document.Store{RateLimitService: &document.RateLimitService{Cluster: "c", Timeout: document.Duration(time.Second), Circuit: document.Circuit{Failures: 1, Open: document.Duration(time.Second)}}}, `stores.s.rate_limit_service.domain is empty: write the domain in that service's configuration`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p document.Problems
			Compile(map[string]document.Store{"s": tt.store}, &guard.Metrics{}, &p).Get("s")
			got := ""
			if list := p.List(); len(list) > 0 {
				got = list[0].String()
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	var p document.Problems
	Compile(map[string]document.Store{"s": tests[0].store}, &guard.Metrics{}, &p).Unused(&p)
	if got, want := p.List()[0].String(), `stores.s is named by no limit: write it as the "store" of a limit, or take it out`; got != want {
		t.Errorf("got %s", got)
	}
}
