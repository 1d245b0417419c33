package main

import (
	"context"
	"fmt"
)

// clients measures what a proxy remembers of so many addresses, each of which
// has a bucket that is not full.
func (b *bench) clients(ctx context.Context, o options) ([]clientsResult, error) {
	s, err := b.start(ctx, chain{filters: []any{plugin(b.module("sallyport.wasm"), perAddress())}})
	if err != nil {
		return nil, err
	}
	defer s.stop()
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
		after, err := residentBytes(s.PID())
		if err != nil {
			return nil, err
		}
		list = append(list, clientsResult{Addresses: count, Memory: megabytes(after), Grown: megabytes(after - before), CPU: used.micros()})
	}
	return list, nil
}
