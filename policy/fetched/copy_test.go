package fetched

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

func TestOneFetchServesAllWorkers(t *testing.T) {
	p := newCopies(t, 4, source())
	p.want(nil)
	p.pass(2 * time.Second)
	p.want("good 1")
	p.wantCalls(1)
	p.serve = answer(200, "good 2")
	p.pass(8 * time.Minute)
	p.want("good 1")
	p.wantCalls(0)
	p.pass(2*time.Minute + 2*time.Second)
	p.want("good 2")
	p.wantCalls(1)
	if keys := p.shared.Keys(); len(keys) != 2 || keys[0] != "sallyport/test/fetched/doc" || keys[1] != "sallyport/test/fetched/doc/lease" {
		t.Errorf("the keys of shared data are %q", keys)
	}
}

// TestTheCall: what is asked, and that it is asked before anybody needs it.
func TestTheCall(t *testing.T) {
	s := source()
	s.Accept = "application/json"
	p := newCopies(t, 1, s)
	p.pass(time.Second)
	c := p.sent[0]
	if c.Cluster != "idp" || c.Method != "GET" || c.Authority != "idp.example" || c.Path != "/doc" || c.Timeout != time.Second ||
		c.MaxBody != 1000 || len(c.Headers) != 1 || c.Headers[0] != [2]string{"accept", "application/json"} || c.Share == "" || c.Body != nil {
		t.Errorf("the call is %+v", c)
	}
}

func TestDefaults(t *testing.T) {
	s := Source{}.bounded()
	if s.Timeout != DefaultTimeout || s.Refresh != DefaultRefresh || s.MaxBody != DefaultMaxBody {
		t.Errorf("without anything: %+v", s)
	}
	s = Source{Timeout: time.Hour, Refresh: time.Millisecond, MaxBody: 1 << 30}.bounded()
	if s.Timeout != maxTimeout || s.Refresh != minRefresh || s.MaxBody != MaxBody {
		t.Errorf("with too much: %+v", s)
	}
}

// TestUnchangedDocumentIsTheSameValue: what others have made of a value stays
// good, and nothing is parsed.
func TestUnchangedDocumentIsTheSameValue(t *testing.T) {
	parsed := 0
	s := source()
	s.Parse = func(body []byte) (any, error) { parsed++; return &body, nil }
	p := newCopies(t, 3, s)
	p.pass(2 * time.Second)
	first, before := p.workers[1].value(), parsed
	if first == nil || before != 3 {
		t.Fatalf("%v after %d parses, want 3", first, before)
	}
	p.pass(time.Hour)
	if parsed != before || p.workers[1].value() != first {
		t.Errorf("the same document was parsed %d times more", parsed-before)
	}
	if n := len(p.sent); n < 6 || n > 8 {
		t.Errorf("%d calls in an hour, every 10 minutes", n)
	}
}

// TestThousandsAwaitOneCall: each of them is told the first document.
func TestThousandsAwaitOneCall(t *testing.T) {
	p := newCopies(t, 2, source())
	var waiting []*stream
	for range 3000 {
		waiting = append(waiting, p.workers[0].await())
	}
	p.wantCalls(1)
	p.settle()
	for _, s := range waiting {
		if s.value != "good 1" || s.told != nil {
			t.Fatalf("told %v, %v", s.value, s.told)
		}
	}
	if s := p.workers[1].await(); s.value != "good 1" {
		t.Errorf("another worker, later: %v, %v", s.value, s.told)
	}
	p.wantCalls(0)
}

// TestThousandsFailAtOnce: what they waited for is parsed once, and who comes
// next is not kept waiting.
func TestThousandsFailAtOnce(t *testing.T) {
	parsed := 0
	s := source()
	s.Parse = func([]byte) (any, error) { parsed++; return nil, errors.New("rubbish") }
	p := newCopies(t, 2, s)
	var waiting []*stream
	for range 1000 {
		waiting = append(waiting, p.workers[0].await())
	}
	p.settle()
	for _, s := range waiting {
		if s.value != nil || s.told != ErrUnavailable {
			t.Fatalf("told %v, %v", s.value, s.told)
		}
	}
	for _, w := range p.workers {
		if s := w.await(); !s.over || s.told != ErrUnavailable {
			t.Errorf("behind a failure: over %t, %v", s.over, s.told)
		}
	}
	if p.wantCalls(1); parsed != 1 {
		t.Errorf("parsed %d times", parsed)
	}
	p.now += int64(3 * time.Second)
	p.workers[1].await()
	p.wantCalls(1)
}

// bad are the answers that are no document.
var bad = map[string]func(*guard.Call) (guard.Answer, error){
	"down":            answer(503, "upstream connect error"),
	"slow":            answer(504, "upstream request timeout"),
	"rubbish":         answer(200, "<html>"),
	"empty":           answer(200, ""),
	"oversized":       answer(200, "good"+strings.Repeat(" ", 1000)),
	"too large":       func(*guard.Call) (guard.Answer, error) { return guard.Answer{}, guard.ErrTooLarge },
	"reset":           func(*guard.Call) (guard.Answer, error) { return guard.Answer{}, guard.ErrNoAnswer },
	"not sent":        func(*guard.Call) (guard.Answer, error) { return guard.Answer{}, guard.ErrNotSent },
	"busy":            func(*guard.Call) (guard.Answer, error) { return guard.Answer{}, guard.ErrBusy },
	"not modified":    answer(304, ""),
	"moved":           answer(302, "good but elsewhere"),
	"no content":      answer(204, ""),
	"partial":         answer(206, "good but in part"),
	"absent":          answer(404, "good but absent"),
	"forbidden":       answer(403, "good but forbidden"),
	"broken":          answer(500, "good but broken"),
	"no status":       answer(0, "good but what"),
	"created":         answer(201, "good but created"),
	"too many":        answer(429, "good but later"),
	"request timeout": answer(408, "good but late"),
}

func TestABadAnswerReplacesNothing(t *testing.T) {
	for name, serve := range bad {
		t.Run(name, func(t *testing.T) {
			p := newCopies(t, 2, source())
			p.pass(2 * time.Second)
			p.serve, p.sent = serve, nil
			p.pass(time.Hour)
			p.want("good 1")
			if n := len(p.sent); n < 50 || n > 70 && name != "busy" {
				t.Errorf("%d calls in an hour of failures", n)
			}
			p.serve = answer(200, "good 2")
			p.pass(80 * time.Second)
			p.want("good 2")
		})
	}
}

func TestWithoutADocument(t *testing.T) {
	for name, serve := range bad {
		t.Run(name, func(t *testing.T) {
			p := newCopies(t, 2, source())
			p.serve = serve
			for range 600 {
				p.pass(time.Second)
				if s := p.workers[0].await(); s.value != nil {
					t.Fatalf("told %v", s.value)
				}
				p.settle()
			}
			if n := len(p.sent); name != "busy" && (n < 50 || n > 80) {
				t.Errorf("%d calls in ten minutes", n)
			}
			p.serve = answer(200, "good 2")
			p.pass(15 * time.Second)
			p.want("good 2")
		})
	}
}

// TestBackOff: pauses double, and the workers take turns.
func TestBackOff(t *testing.T) {
	p := newCopies(t, 2, source())
	p.pass(2 * time.Second)
	p.serve, p.sent = answer(500, ""), nil
	p.pass(10 * time.Minute)
	p.sent = nil
	var at []int64
	by := map[*worker]int{}
	p.serve = func(*guard.Call) (guard.Answer, error) {
		at = append(at, p.now)
		for _, w := range p.workers {
			if w.task != nil && !w.task.over {
				by[w]++
			}
		}
		return guard.Answer{Status: 500}, nil
	}
	p.pass(20 * time.Minute)
	if n := len(at); n < 15 || n > 21 {
		t.Errorf("%d calls in 20 minutes of failures", n)
	}
	if by[p.workers[0]] < len(at)/3 || by[p.workers[1]] < len(at)/3 {
		t.Errorf("of %d calls the workers made %d and %d", len(at), by[p.workers[0]], by[p.workers[1]])
	}
}

// TestFirstPauses: one second, then two, then four, with a quarter more at most.
func TestFirstPauses(t *testing.T) {
	c := NewCopy(source(), "test")
	c.value = "good"
	for failures, want := range map[int64]time.Duration{1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 6: 32 * time.Second, 7: time.Minute, 1 << 40: time.Minute} {
		s := state{failures: failures, failed: start}
		if !c.backsOff(&s, start+int64(want)-1) || c.backsOff(&s, start+int64(want)*5/4) {
			t.Errorf("after %d failures the pause is not %v", failures, want)
		}
		if s.failed = c.failed; c.backsOff(&s, start) {
			t.Error("a failure that never was makes it wait")
		}
	}
}

// TestAWorkerThatCannotCall: the others do its work.
func TestAWorkerThatCannotCall(t *testing.T) {
	p := newCopies(t, 3, source())
	p.serve = func(*guard.Call) (guard.Answer, error) {
		if task := p.workers[0].task; task != nil && !task.over {
			return guard.Answer{}, guard.ErrNotSent
		}
		return guard.Answer{Status: 200, Body: []byte("good 1")}, nil
	}
	p.pass(4 * time.Second)
	p.want("good 1")
}

func TestRenew(t *testing.T) {
	p := newCopies(t, 3, source())
	p.pass(2 * time.Second)
	p.serve, p.sent = answer(200, "good 2"), nil
	a, b := p.workers[0].renew(), p.workers[0].renew()
	other := p.workers[1].renew()
	another := p.workers[1].renew()
	p.wantCalls(2) // one of each worker
	p.settle()
	for _, s := range []*stream{a, b, other, another, p.workers[1].renew(), p.workers[2].renew()} {
		if !s.over || s.told != nil || s.value != "good 2" {
			t.Errorf("over %t, %v, %v", s.over, s.value, s.told)
		}
	}
	p.serve = answer(200, "good 3")
	for range 1000 {
		for _, w := range p.workers {
			if s := w.renew(); !s.over || s.told != nil || s.value != "good 2" {
				t.Fatalf("within 30 seconds: over %t, %v, %v", s.over, s.value, s.told)
			}
		}
		p.now += int64(29 * time.Millisecond)
	}
	p.wantCalls(0)
	p.now += int64(2 * time.Second)
	s := p.workers[2].renew()
	p.settle()
	if s.value != "good 3" || s.told != nil {
		t.Errorf("after 30 seconds: %v, %v", s.value, s.told)
	}
	p.wantCalls(1)
}

// TestRenewBehindARefresh: an answer that was under way when a key was missed may be
// older than the key, so the document is asked for once more.
func TestRenewBehindARefresh(t *testing.T) {
	p := newCopies(t, 1, source())
	p.pass(2 * time.Second)
	p.now += int64(time.Hour)
	p.sent = nil
	p.workers[0].tick()
	s := p.workers[0].renew()
	p.wantCalls(1)
	p.deliver(p.calls[0])
	p.serve = answer(200, "good 2")
	p.settle()
	if s.value != "good 2" || s.told != nil {
		t.Errorf("told %v, %v", s.value, s.told)
	}
}

// TestTheSameIsTheSame: a worker that fetched what another has published knows
// nothing newer, and asks.
func TestTheSameIsTheSame(t *testing.T) {
	p := newCopies(t, 2, source())
	a, b := p.workers[0].await(), p.workers[1].await()
	p.settle()
	p.serve, p.sent = answer(200, "good 2"), nil
	for _, s := range []*stream{a, b} {
		if s.value != "good 1" || s.told != nil {
			t.Errorf("told %v, %v", s.value, s.told)
		}
	}
	for i, w := range slices.Backward(p.workers) { // the last is the one whose document is not the published one
		s := w.renew()
		p.settle()
		if s.value != "good 2" || s.told != nil {
			t.Errorf("worker %d: told %v, %v", i, s.value, s.told)
		}
	}
	p.wantCalls(1)
}

// TestRenewFails: nobody knows what is missing, and the value stays.
func TestRenewFails(t *testing.T) {
	p := newCopies(t, 2, source())
	p.pass(2 * time.Second)
	p.serve, p.sent = answer(500, ""), nil
	s := p.workers[0].renew()
	p.settle()
	if s.value != "good 1" || s.told != ErrUnavailable {
		t.Errorf("told %v, %v", s.value, s.told)
	}
	for range 20 {
		p.now += int64(time.Second)
		if s := p.workers[1].renew(); !s.over || s.value != "good 1" || s.told != ErrUnavailable {
			t.Fatalf("later: over %t, %v, %v", s.over, s.value, s.told)
		}
	}
	p.wantCalls(1)
}

// TestRenewWhileTheServerFails: it is not asked more often for that.
func TestRenewWhileTheServerFails(t *testing.T) {
	p := newCopies(t, 2, source())
	p.pass(2 * time.Second)
	p.serve = answer(500, "")
	p.pass(20 * time.Minute)
	p.sent = nil
	for range 5 {
		p.now += int64(time.Second)
		if s := p.workers[1].renew(); !s.over || s.value != "good 1" || s.told != ErrUnavailable {
			t.Fatalf("over %t, %v, %v", s.over, s.value, s.told)
		}
	}
	if len(p.sent) > 1 {
		t.Errorf("%d calls", len(p.sent))
	}
}

// TestAwaitLooksFirst: what another worker fetched a moment ago is not fetched
// again.
func TestAwaitLooksFirst(t *testing.T) {
	p := newCopies(t, 2, source())
	p.want(nil)
	p.workers[0].await()
	p.settle()
	p.now += int64(time.Second / 10)
	if s := p.workers[1].await(); s.value != "good 1" || s.told != nil {
		t.Errorf("over %t, %v, %v", s.over, s.value, s.told)
	}
	p.wantCalls(1)
}

// TestRenewWithoutADocument awaits it.
func TestRenewWithoutADocument(t *testing.T) {
	p := newCopies(t, 1, source())
	s := p.workers[0].renew()
	p.settle()
	if s.value != "good 1" || s.told != nil {
		t.Errorf("told %v, %v", s.value, s.told)
	}
}

// TestClientsThatLeave: their call is ended by the task, so that one who asks for
// a made-up key and leaves keeps nobody from a new one.
func TestClientsThatLeave(t *testing.T) {
	p := newCopies(t, 2, source())
	p.pass(2 * time.Second)
	p.serve, p.sent = answer(200, "good 2"), nil
	p.workers[0].renew().leave()
	p.deliver(p.calls[0])
	p.want("good 1")
	p.pass(2 * time.Second)
	p.want("good 2")
	p.wantCalls(2)
	p.shared = guardtest.NewShared()
	q := newCopies(t, 1, source())
	for range 100 {
		if s := q.workers[0].await(); s.over {
			t.Fatalf("told %v, %v", s.value, s.told)
		} else if s.leave(); s.told != guard.ErrGone {
			t.Fatalf("who has left is told %v", s.told)
		}
	}
	q.wantCalls(1)
}

// TestBusyIsNotTheServersFault: it is asked again at once.
func TestBusyIsNotTheServersFault(t *testing.T) {
	p := newCopies(t, 1, source())
	p.serve = bad["busy"]
	s := p.workers[0].await()
	p.settle()
	if s.told != guard.ErrBusy {
		t.Errorf("told %v", s.told)
	}
	p.serve = answer(200, "good 1")
	s = p.workers[0].await()
	p.settle()
	if s.value != "good 1" {
		t.Errorf("told %v, %v", s.value, s.told)
	}
}

// TestABusyWorkerGivesTheLeaseBack, and one whose instance ends.
func TestABusyWorkerGivesTheLeaseBack(t *testing.T) {
	for _, ends := range []bool{false, true} {
		p := newCopies(t, 2, source())
		p.serve = bad["busy"]
		p.now += int64(time.Second)
		if p.workers[0].tick(); ends {
			p.workers[0].task.leave()
			p.calls = nil
		}
		p.settle()
		p.serve = answer(200, "good 1")
		p.workers[1].tick()
		p.settle()
		p.wantCalls(2)
	}
}

// TestAWorkerDiesWithTheLease: another asks when its call must be over.
func TestAWorkerDiesWithTheLease(t *testing.T) {
	p := newCopies(t, 2, source())
	p.now += int64(time.Second)
	p.workers[0].tick()
	p.workers = p.workers[1:] // nobody is ever told the answer
	p.calls, p.sent = nil, nil
	p.pass(time.Second)
	p.wantCalls(0)
	p.pass(6 * time.Second)
	p.want("good 1")
	p.wantCalls(1)
}

// TestAPanicOfParse: those who wait do not try again, and it is asked for again.
func TestAPanicOfParse(t *testing.T) {
	panics := true
	s := source()
	s.Parse = func(body []byte) (any, error) {
		if panics {
			panic("parse")
		}
		return text(body)
	}
	p := newCopies(t, 1, s)
	one, two := p.workers[0].await(), p.workers[0].await()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		p.settle()
	}()
	two.heard = one.heard
	if two.next(); two.told != ErrUnavailable {
		t.Errorf("the second is told %v", two.told)
	}
	panics = false
	p.pass(8 * time.Second)
	p.want("good 1")
}

// TestAnotherAddress: what a policy of before fetched from elsewhere is not
// taken, and both policies live on beside each other.
func TestAnotherAddress(t *testing.T) {
	p := newCopies(t, 2, source())
	p.pass(2 * time.Second)
	s := source()
	s.Authority = "other.example"
	p.workers[1].doc = NewCopy(s, "test")
	p.serve = func(c *guard.Call) (guard.Answer, error) {
		return guard.Answer{Status: 200, Body: []byte("good of " + c.Authority)}, nil
	}
	if v := p.workers[1].value(); v != nil {
		t.Fatalf("took %v", v)
	}
	p.pass(time.Hour)
	for i, want := range []string{"good of idp.example", "good of other.example"} {
		if v := p.workers[i].value(); v != want {
			t.Errorf("worker %d has %v, want %v", i, v, want)
		}
	}
	if n := len(p.sent); n > 30 {
		t.Errorf("%d calls in an hour", n)
	}
}

// TestValueAllocatesNothing, also when it looks at shared data.
func TestValueAllocatesNothing(t *testing.T) {
	p := newCopies(t, 1, source())
	p.pass(2 * time.Second)
	r := &guard.Request{Now: p.now, World: &guardtest.World{Shared: p.shared}}
	c := p.workers[0].doc
	if n := testing.AllocsPerRun(100, func() {
		if r.Now += int64(time.Second); c.Value(r) != "good 1" {
			t.Error("no value")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestLooksOnceASecond: whatever the traffic.
func TestLooksOnceASecond(t *testing.T) {
	p := newCopies(t, 2, source())
	p.pass(2 * time.Second)
	world := &guardtest.World{Shared: p.shared, Calls: map[string]int{}}
	for i := range 10_000 {
		r := &guard.Request{Now: p.now + int64(i)*int64(time.Millisecond), World: world}
		p.workers[1].doc.Value(r)
	}
	if n := world.Calls[guardtest.Get]; n < 9 || n > 11 {
		t.Errorf("looked %d times in 10 seconds", n)
	}
}

func TestIsElsewhere(t *testing.T) {
	for status, want := range map[int]bool{0: false, 200: false, 301: false, 400: true, 401: true, 404: true, 405: true, 410: true, 408: false, 429: false, 500: false, 501: false, 503: false} {
		if isElsewhere(status) != want {
			t.Errorf("%d: %t", status, !want)
		}
	}
}

func TestRegister(t *testing.T) {
	var m guard.Metrics
	s := source()
	s.Name = "a/b"
	s.Register(&m)
	want := "[sallyport.fetched.document.a_b.event.taken sallyport.fetched.document.a_b.event.adopted sallyport.fetched.document.a_b.event.failed sallyport.fetched.document.a_b.event.malformed]"
	if got := fmt.Sprint(m.Names()); got != want {
		t.Errorf("counters %s", got)
	}
	for name, c := range map[string]struct {
		serve func(*guard.Call) (guard.Answer, error)
		want  guard.Metric
	}{"taken": {answer(200, "good"), s.events.taken}, "failed": {answer(500, ""), s.events.failed}, "no answer": {bad["reset"], s.events.failed}, "malformed": {answer(200, "bad"), s.events.malformed}} {
		world := &guardtest.World{Shared: guardtest.NewShared(), Answer: c.serve}
		NewCopy(s, "test").Run(&guard.Request{Now: start, World: world})
		if len(world.Counted) != 1 || world.Counted[c.want] != 1 {
			t.Errorf("%s: counted %v", name, world.Counted)
		}
	}
}
