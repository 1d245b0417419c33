package main

import (
	"context"
	"fmt"
)

// clients measures what a proxy remembers of so many addresses, each of which
// has a counter in use in each of three limits. One that is over its limits
// before stays so.
func (b *bench) clients(ctx context.Context, o options) ([]clientsResult, error) {
	s, err := b.start(ctx, chain{filters: []any{plugin(b.module("sallyport.wasm"), perAddress())}})
	if err != nil {
		return nil, err
	}
	defer s.stop()
	if err := s.exhaust(); err != nil {
		return nil, err
	}
	next := everybody()
	// What an Envoy takes for any load is taken before.
	const few = 1000
	if _, err := s.run(0, o.requests, 200, func(i int) []byte { return next(i % few) }); err != nil {
		return nil, err
	}
	before, err := residentBytes(s.PID())
	if err != nil {
		return nil, err
	}
	var list []clientsResult
	asked := 0
	for _, count := range o.addresses {
		used, err := s.run(asked, count-asked, 200, next)
		if err != nil {
			return nil, fmt.Errorf("%d addresses: %w", count, err)
		}
		asked = count
		if err := s.wantExhausted(); err != nil {
			return nil, fmt.Errorf("after %d addresses: %w", count, err)
		}
		after, err := residentBytes(s.PID())
		if err != nil {
			return nil, err
		}
		list = append(list, clientsResult{Addresses: count, Memory: megabytes(after), Grown: megabytes(after - before), CPU: used.micros()})
	}
	return list, nil
}

// exhaust takes all that one address may ask of each limit.
func (s *server) exhaust() error {
	for _, limit := range perAddressLimits {
		if _, err := s.run(0, perClient, 200, always(get("/"+limit, "", client))); err != nil {
			return fmt.Errorf("%s: %w", limit, err)
		}
	}
	return s.wantExhausted()
}

// wantExhausted wants that address to be refused by each limit.
func (s *server) wantExhausted() error {
	for _, limit := range perAddressLimits {
		got, err := s.load.ask(get("/"+limit, "", client))
		if err != nil {
			return err
		}
		if got.status != 429 {
			return fmt.Errorf("%s: a client over its limit was answered %d, want 429:\n%s", limit, got.status, got.head)
		}
	}
	return nil
}
