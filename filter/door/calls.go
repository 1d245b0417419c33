package door

import (
	"slices"
	"strings"
	"time"

	"sallyport.dev/sallyport/filter/proxywasm"
	"sallyport.dev/sallyport/policy/guard"
)

const (
	// waitersMost bounds the requests of one plugin that are suspended at once:
	// each holds a stack and a copy of its headers.
	waitersMost = 4096
	// openMost bounds the calls under way: those of clients that have left go on.
	openMost = 2 * waitersMost
	// waitingMost bounds the copies of their headers, in bytes. At Envoy's bound
	// of 60 KiB for one request that many would hold a quarter of the VM's memory.
	waitingMost = 64 << 20
	// timeoutMost is the longest that a call may take.
	timeoutMost = time.Minute
)

// calls are the calls of one plugin that are under way. They belong to the
// plugin's context and not to a stream's, so that a client that leaves takes
// nobody with it.
type calls struct {
	host    host
	context uint32
	open    map[uint32]*call // by token
	shared  map[string]*call // by cluster and guard.Call.Share
	waiting int
	bytes   int // of the headers of those who wait
}

// call is one call and those who wait for its answer.
type call struct {
	share   string
	maxBody int
	waiters []*stream
	late    func(guard.Answer, error) // see guard.Call
	over    bool                      // the answer is there
}

func newCalls(h host, context uint32) *calls {
	return &calls{host: h, context: context, open: map[uint32]*call{}, shared: map[string]*call{}}
}

// join makes a stream wait for the answer to a call: one that is under way
// already, or a new one.
func (cs *calls) join(s *stream, c *guard.Call) error {
	if s.task == nil && (cs.waiting >= waitersMost || cs.bytes+len(s.pairs) > waitingMost) {
		return guard.ErrBusy // a flood of requests keeps no task from its work
	}
	share := shareKey(c)
	on := cs.shared[share]
	if on == nil || share == "" {
		if s.task == nil && len(cs.open) >= openMost {
			return guard.ErrBusy
		}
		token, err := cs.dispatch(s, c)
		if err != nil {
			return err
		}
		on = &call{share: share, maxBody: c.MaxBody, late: c.Late}
		cs.open[token] = on
		if share != "" {
			cs.shared[share] = on
		}
	}
	on.waiters = append(on.waiters, s)
	cs.waiting, cs.bytes = cs.waiting+1, cs.bytes+len(s.pairs)
	s.waitsFor = on
	return nil
}

// shareKey names calls that are the same; "" for one that stands alone.
func shareKey(c *guard.Call) string {
	if c.Share == "" {
		return ""
	}
	return c.Cluster + "\x00" + c.Share
}

// dispatch sends a call from the plugin's context, and comes back to the
// stream's.
func (cs *calls) dispatch(s *stream, c *guard.Call) (token uint32, err error) {
	if !sound(c) || cs.host.SetEffectiveContext(cs.context) != nil {
		return 0, guard.ErrNotSent
	}
	headers := append(make([][2]string, 0, 3+len(c.Headers)),
		[2]string{":method", c.Method}, [2]string{":path", c.Path}, [2]string{":authority", c.Authority})
	token, err = cs.host.DispatchCall(proxywasm.HTTPCall{
		Cluster: c.Cluster, Headers: append(headers, c.Headers...), Body: c.Body, Timeout: uint32(c.Timeout.Milliseconds()),
	})
	if back := cs.host.SetEffectiveContext(s.id); err != nil || back != nil {
		return 0, guard.ErrNotSent
	}
	return token, nil
}

// sound tells whether the proxy may be given a call: it checks no header, and
// waits for ever where the timeout is zero.
func sound(c *guard.Call) bool {
	if c.Timeout < time.Millisecond || c.Timeout > timeoutMost || c.MaxBody < 0 || unclean(c.Method) || unclean(c.Path) || unclean(c.Authority) {
		return false
	}
	return !slices.ContainsFunc(c.Headers, func(h [2]string) bool { return unclean(h[0]) || unclean(h[1]) })
}

func unclean(text string) bool { return strings.ContainsAny(text, "\r\n\x00") }

// take ends a call whose answer is there; nil for one that nobody waits for.
func (cs *calls) take(token uint32) *call {
	c := cs.open[token]
	if c == nil {
		return nil
	}
	delete(cs.open, token)
	if cs.shared[c.share] == c {
		delete(cs.shared, c.share)
	}
	for _, s := range c.waiters {
		cs.waiting, cs.bytes = cs.waiting-1, cs.bytes-len(s.pairs)
	}
	c.over = true
	return c
}

// leave takes a stream off the call that it waits for. The call goes on.
func (cs *calls) leave(s *stream) {
	c := s.waitsFor
	if c == nil {
		return
	}
	s.waitsFor = nil
	if c.over {
		return // its waiters are being told
	}
	cs.waiting, cs.bytes = cs.waiting-1, cs.bytes-len(s.pairs)
	if i := slices.Index(c.waiters, s); i >= 0 {
		c.waiters = slices.Delete(c.waiters, i, i+1)
	}
}

// read returns the answer whose callback runs.
func (cs *calls) read(maxBody int, headers, bodySize uint32) (a guard.Answer, err error) {
	if headers == 0 {
		return a, guard.ErrNoAnswer // Envoy's word for an answer that was reset
	}
	if uint64(bodySize) > uint64(maxBody) {
		return a, guard.ErrTooLarge
	}
	pairs, err := cs.host.HeaderPairs(proxywasm.CallHeaders)
	if err != nil {
		return a, guard.ErrNoAnswer
	}
	fields, err := proxywasm.ReadPairs(pairs, nil)
	if err != nil {
		return a, guard.ErrNoAnswer
	}
	for _, f := range fields {
		if f.Name == ":status" && a.Status == 0 {
			a.Status = status(f.Value)
		} else if !strings.HasPrefix(f.Name, ":") {
			a.Headers = append(a.Headers, guard.Header(f))
		}
	}
	if bodySize > 0 {
		a.Body, err = cs.host.CallBody(bodySize)
	}
	if err != nil || a.Status == 0 || len(a.Body) != int(bodySize) {
		return guard.Answer{}, guard.ErrNoAnswer
	}
	return a, nil
}

// status reads three digits (RFC 9110 section 15); 0 for anything else.
func status(text string) int {
	if len(text) != 3 {
		return 0
	}
	n := 0
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}
