package door

import (
	"iter"

	"sallyport.dev/sallyport/policy"
)

// coroutinesKept bounds the coroutines that wait to be used again. Each holds a
// stack.
const coroutinesKept = 64

// coroutine runs the decision about one request after another, so that a Fetch
// can suspend it while the proxy goes on. It is created in a callback, never
// while the package is initialised: the host does not stand that.
type coroutine struct {
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool

	stream   *stream // whose decision is made
	work     work
	decision policy.Decision
	done     bool // decision is made
	gone     bool // nobody waits for it any more
}

// work is what a coroutine does for a stream.
type work uint8

// The kinds of work.
const (
	decide   work = iota + 1 // about the headers
	conclude                 // behind the body
	due                      // a task, which is no request
)

func newCoroutine() *coroutine {
	c := &coroutine{}
	c.next, c.stop = iter.Pull(c.run)
	return c
}

// run is the coroutine's own side. Once it was stopped yield must not be called
// again.
func (c *coroutine) run(yield func(struct{}) bool) {
	c.yield = yield
	for {
		c.do()
		c.done = true
		if c.gone || !yield(struct{}{}) {
			return
		}
	}
}

// do does the work. What it decides is the zero Decision, which refuses, where
// the work is none of a request.
func (c *coroutine) do() {
	s := c.stream
	switch c.decision = (policy.Decision{}); c.work {
	case decide:
		s.plugin.instance.Decide(&s.req, &c.decision)
	case conclude:
		c.decision = s.plugin.instance.Conclude(&s.req)
	case due:
		s.task.Run(&s.req)
	}
}

// suspend gives control back to the callback that resumed. It returns false
// when the stream has ended.
func (c *coroutine) suspend() bool {
	if c.gone {
		return false
	}
	return c.yield(struct{}{}) && !c.gone
}

// begin begins work that may call out.
func (s *stream) begin(w work) {
	s.called = true
	s.co = s.door.takeCoroutine()
	s.co.stream, s.co.work, s.co.done = s, w, false
	s.resume()
}

// resume goes on with the decision. A panic of a guard comes out here, and ends
// the coroutine.
func (s *stream) resume() {
	c := s.co
	s.suspended, s.co = false, nil
	s.running = c
	c.next()
	s.running = nil
	if c.done {
		s.decision = c.decision
		s.door.giveCoroutine(c)
		return
	}
	s.suspended, s.co = true, c
}

// cancel ends a suspended decision: its Fetch returns guard.ErrGone, and what
// it decides is not carried out.
func (s *stream) cancel() {
	if !s.suspended {
		return
	}
	c := s.co
	s.suspended, s.co = false, nil
	s.plugin.calls.leave(s)
	c.gone = true
	s.running = c
	c.stop()
	s.running = nil
}

func (d *Door) takeCoroutine() *coroutine {
	if n := len(d.idle); n > 0 {
		c := d.idle[n-1]
		d.idle = d.idle[:n-1]
		return c
	}
	return newCoroutine()
}

func (d *Door) giveCoroutine(c *coroutine) {
	c.stream = nil
	if len(d.idle) >= coroutinesKept {
		c.gone = true
		c.stop()
		return
	}
	d.idle = append(d.idle, c)
}
