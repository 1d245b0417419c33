package stores

import (
	"errors"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

// Store is one store of the document. It is read only after compilation.
type Store struct {
	name    string
	index   int  // in State
	used    bool // a limit names it; written while limits are compiled
	cluster string
	timeout time.Duration
	service bool   // rate-limit service; else webdis
	domain  string // rate-limit service
	prefix  []byte // webdis: what keys begin with, escaped

	failures int64 // circuit
	open     time.Duration
	metrics
}

// metrics are the counters of a store. Those of what limits do without it are
// theirs to count.
type metrics struct {
	asked, failed, opened, rejected, spared, lost guard.Metric

	Allowed, Local, Denied guard.Metric // by on_store_error
}

// None is who denied when nobody did.
const None = -1

// The errors of Take. All but guard.ErrGone mean that the store did not answer,
// or not soundly.
var (
	errOpen   = errors.New("stores: the store is left alone, since it failed before")
	errStatus = errors.New("stores: the store refused the call")
	errForm   = errors.New("stores: the answer is none to what was asked")
	errScript = errors.New("stores: redis reports an error")
	errUnlike = errors.New("stores: the clock of redis and the worker's are months apart")
	errNoRule = errors.New("stores: the rate-limit service has no rule for it")

	errNoScript = errors.New("stores: redis does not know the script")
)

// IsService tells whether the store is a rate-limit service, whose asks have
// descriptors, or a webdis, whose asks have counters.
func (s *Store) IsService() bool { return s.service }

// Name is the store's name in the policy.
func (s *Store) Name() string { return s.name }

// Take asks for the tokens of all asks, one or more, at once. It returns the
// first that was denied, or None, and fills levels, which is as long as asks:
// all of them when nobody denied, else that of the one that denied.
//
// A webdis charges all asks or none. A rate-limit service charges all in any
// case. now is the request's.
//
// It waits in World.Fetch: other requests are judged meanwhile.
func (s *Store) Take(w guard.World, st *State, now int64, asks []Ask, levels []Level) (denied int, err error) {
	if denied := s.Recall(w, st, now, asks, levels); denied != None {
		return denied, nil
	}
	c := &st.circuits[s.index]
	asking, probe := c.enter(now, s)
	if !asking {
		w.Count(s.rejected)
		return 0, errOpen
	}
	w.Count(s.asked)
	q := &query{now: now, asks: asks, levels: levels}
	q.late = func(denied int, levels []Level) {
		if probe {
			c.succeed(probe)
		}
		st.learn(q, denied, levels)
	}
	denied, err = s.ask(w, q)
	if err != nil && !errors.Is(err, guard.ErrGone) {
		w.Count(s.failed)
	}
	if c.learn(now, probe, err, s) {
		w.Count(s.opened)
	}
	if err == nil {
		st.learn(q, denied, levels)
	}
	return denied, err
}

// query is what is asked of a store. late is told a sound answer whose client has
// left: who leaves at once would else be denied again and again by the store,
// which this worker is to spare it, and take the probes of a store that is well.
type query struct {
	now    int64
	asks   []Ask
	levels []Level
	late   func(denied int, levels []Level)
}

// fetch sends a call and has its answer read.
func (q *query) fetch(w guard.World, c *guard.Call, read func(guard.Answer, []Level) (denied int, err error)) (denied int, err error) {
	c.Late = func(a guard.Answer, err error) {
		if err != nil || q.late == nil {
			return
		}
		levels := make([]Level, len(q.asks))
		if denied, err := read(a, levels); err == nil {
			q.late(denied, levels)
		}
	}
	answer, err := w.Fetch(c)
	if err != nil {
		return 0, err
	}
	return read(answer, q.levels)
}

// learn remembers who was denied.
func (st *State) learn(q *query, denied int, levels []Level) {
	if denied != None {
		st.spared.remember(&q.asks[denied], levels[denied], q.now)
	}
}

// Recall returns what Take would say without asking, because the worker remembers
// it: the first that is denied, whose level it fills, or None.
func (s *Store) Recall(w guard.World, st *State, now int64, asks []Ask, levels []Level) (denied int) {
	for i := range asks {
		if l, ok := st.spared.find(&asks[i], now); ok {
			w.Count(s.spared)
			levels[i] = l
			return i
		}
	}
	return None
}

func (s *Store) ask(w guard.World, q *query) (denied int, err error) {
	if s.service {
		return s.askService(w, q)
	}
	return s.askRedis(w, q)
}

// Settle charges what Take did not ask for, or gives back. Nobody waits for it:
// what cannot be sent is lost, in favour of the client where it charges. A
// rate-limit service gives nothing back.
func (s *Store) Settle(w guard.World, st *State, now int64, asks []Ask) {
	var body []byte
	if s.service {
		body = settleService(s.domain, asks)
	} else {
		body = redisCall(nil, "EVALSHA", s.prefix, "settle", now, asks)
	}
	switch {
	case len(body) == 0: // nothing that it could be told
	case st.circuits[s.index].open || w.Post(s.call(body, 0)) != nil:
		w.Count(s.lost)
	}
}

// call is a request to the store.
func (s *Store) call(body []byte, maxBody int) *guard.Call {
	c := &guard.Call{Cluster: s.cluster, Method: "POST", Path: "/", Authority: "webdis", Headers: textHeaders, Body: body, Timeout: s.timeout, MaxBody: maxBody}
	if s.service {
		c.Path, c.Authority, c.Headers = "/json", "ratelimit", jsonHeaders
	}
	return c
}

// The headers of calls. They are never written to.
var (
	textHeaders = [][2]string{{"content-type", "text/plain"}}
	jsonHeaders = [][2]string{{"content-type", "application/json"}}
)
