package harness

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"sallyport.dev/sallyport/internal/scenario"
)

// Held is a request whose answer an upstream keeps back.
type Held struct {
	arrived, answer chan struct{}
	reset           bool
}

// Hold has the upstream keep back the answer of the next request that arrives.
func (u *Upstream) Hold() *Held {
	h := &Held{arrived: make(chan struct{}), answer: make(chan struct{})}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.hold = append(u.hold, h)
	return h
}

// Arrived is closed when the request is there.
func (h *Held) Arrived() <-chan struct{} { return h.arrived }

// Answer lets the upstream answer.
func (h *Held) Answer() { close(h.answer) }

// Reset has the upstream end the stream without an answer.
func (h *Held) Reset() {
	h.reset = true
	close(h.answer)
}

// keep waits until the request may be answered, or its client has left.
func (u *Upstream) keep(r *http.Request) {
	u.mu.Lock()
	var h *Held
	if len(u.hold) > 0 {
		h, u.hold = u.hold[0], u.hold[1:]
	}
	u.mu.Unlock()
	if h == nil {
		return
	}
	close(h.arrived)
	select {
	case <-r.Context().Done():
	case <-h.answer:
		if h.reset {
			panic(http.ErrAbortHandler)
		}
	}
}

// Hold implements scenario.Runner.
func (r runner) Hold(ctx context.Context, req scenario.Request) (release func() error, err error) {
	held := r.envoy.Upstream.Hold()
	done := make(chan error, 1)
	go func() {
		got, err := exchange(ctx, r.address, Whole(addressed(req)))
		if err == nil && got.status != http.StatusOK {
			err = fmt.Errorf("it is answered with %d", got.status)
		}
		if err == nil {
			_, err = r.envoy.log.await(ctx, got.peer, 0) // then the stream is over
		}
		done <- err
	}()
	select {
	case <-held.Arrived():
		return func() error { held.Answer(); return <-done }, nil
	case err := <-done:
		return nil, errors.Join(errors.New("it did not reach the upstream"), err)
	}
}
