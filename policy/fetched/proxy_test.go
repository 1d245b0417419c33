package fetched

import (
	"errors"
	"iter"
	"slices"
	"strings"

	"time"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/guard/guardtest"
)

// start is when tests begin.
var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC).UnixNano()

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// proxy has several workers on one shared data, and one server. It suspends
// what fetches, as the door does.
type proxy struct {
	t       tester
	shared  *guardtest.Shared
	before  func(call, key string) error
	now     int64
	serve   func(c *guard.Call) (guard.Answer, error) // asked when the answer is delivered
	workers []*worker
	calls   []*call // under way
	sent    []guard.Call
}

// worker is one worker of the proxy, with its copy.
type worker struct {
	*proxy
	doc  Document
	task *stream // its run of the task, while that waits
	open map[string]*call
}

// call is a call under way.
type call struct {
	*guard.Call
	worker  *worker
	waiters []*stream
}

// stream is a request, or the run of a task.
type stream struct {
	*worker
	r     guard.Request
	next  func() (struct{}, bool)
	yield func(struct{}) bool
	over  bool
	gone  bool
	on    *call
	heard guard.Answer
	err   error

	value any // what the request came to
	told  error
}

// text is the document of most tests.
func text(body []byte) (any, error) {
	if !strings.HasPrefix(string(body), "good") {
		return nil, errors.New("it is not good")
	}
	return string(body), nil
}

func source() *Source {
	return &Source{Name: "doc", Cluster: "idp", Authority: "idp.example", Path: "/doc", Timeout: time.Second, Refresh: 10 * time.Minute, MaxBody: 1000, Parse: text}
}

func answer(status int, body string) func(*guard.Call) (guard.Answer, error) {
	return func(*guard.Call) (guard.Answer, error) { return guard.Answer{Status: status, Body: []byte(body)}, nil }
}

// newProxy has n workers, whose documents make returns.
func newProxy(t tester, n int, doc func() Document) *proxy {
	p := &proxy{t: t, shared: guardtest.NewShared(), now: start, serve: answer(200, "good 1")}
	for range n {
		p.workers = append(p.workers, &worker{proxy: p, doc: doc(), open: map[string]*call{}})
	}
	return p
}

func newCopies(t tester, n int, s *Source) *proxy {
	return newProxy(t, n, func() Document { return NewCopy(s, "test") })
}

// begin runs what a request does until it waits, or to its end.
func (w *worker) begin(what func(s *stream)) *stream {
	s := &stream{worker: w}
	world := &guardtest.World{Shared: w.shared, Answer: s.fetch, Before: func(call, key string) error {
		if call == guardtest.Fetch || w.before == nil {
			return nil
		}
		return w.before(call, key)
	}}
	s.r = guard.Request{Now: w.now, World: world}
	next, _ := iter.Pull(func(yield func(struct{}) bool) {
		s.yield = yield
		what(s)
		s.over = true
	})
	s.next = next
	s.next()
	return s
}

// fetch is World.Fetch.
func (s *stream) fetch(c *guard.Call) (guard.Answer, error) {
	if s.gone {
		return guard.Answer{}, guard.ErrGone
	}
	on := s.open[c.Share]
	if on == nil {
		on = &call{Call: c, worker: s.worker}
		s.open[c.Share] = on
		s.calls = append(s.calls, on)
		s.sent = append(s.sent, *c)
	}
	on.waiters = append(on.waiters, s)
	s.on = on
	s.yield(struct{}{})
	s.on = nil
	s.r.Now = s.now
	if s.gone {
		return guard.Answer{}, guard.ErrGone
	}
	return s.heard, s.err
}

// deliver answers a call.
func (p *proxy) deliver(c *call) {
	p.calls = slices.DeleteFunc(p.calls, func(other *call) bool { return other == c })
	delete(c.worker.open, c.Share)
	heard, err := p.serve(c.Call)
	for _, s := range c.waiters {
		s.heard, s.err = heard, err
		s.next()
	}
}

// settle answers all calls, also those that the answers bring about.
func (p *proxy) settle() {
	for n := 0; len(p.calls) > 0; n++ {
		if n > 1000 {
			p.t.Fatal("the calls do not end")
		}
		p.deliver(p.calls[0])
	}
}

// leave ends a stream whose client has left. The call goes on.
func (s *stream) leave() {
	if s.on == nil {
		return
	}
	s.on.waiters = slices.DeleteFunc(s.on.waiters, func(other *stream) bool { return other == s })
	s.gone = true
	s.next()
}

// tick lets a worker do what is due.
func (w *worker) tick() {
	if w.task != nil && !w.task.over || w.doc.Due() > w.now {
		return
	}
	w.task = w.begin(func(s *stream) { s.doc.Run(&s.r) })
}

// pass lets time pass in steps of a second, in which all workers tick; all calls
// are answered.
func (p *proxy) pass(d time.Duration) {
	for end := p.now + int64(d); p.now < end; {
		p.now += int64(time.Second)
		for _, w := range p.workers {
			w.tick()
			p.settle()
		}
	}
}

func (w *worker) await() *stream {
	return w.begin(func(s *stream) { s.value, s.told = s.doc.Await(&s.r) })
}

func (w *worker) renew() *stream {
	return w.begin(func(s *stream) { s.value, s.told = s.doc.Renew(&s.r) })
}

func (w *worker) value() (v any) {
	w.begin(func(s *stream) { v = s.doc.Value(&s.r) })
	return v
}

// want fails unless all workers have a value.
func (p *proxy) want(value any) {
	p.t.Helper()
	for i, w := range p.workers {
		if got := w.value(); got != value {
			p.t.Fatalf("worker %d has %v, want %v", i, got, value)
		}
	}
}

// wantCalls fails unless so many calls were sent since it was asked last.
func (p *proxy) wantCalls(n int) {
	p.t.Helper()
	if len(p.sent) != n {
		p.t.Fatalf("%d calls were sent, want %d", len(p.sent), n)
	}
	p.sent = nil
}
