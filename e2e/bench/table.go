package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
)

// table measures the rows, round by round, and how much of the machine others
// used meanwhile, in percent.
func (b *bench) table(ctx context.Context, rows []row, o options) (list []rowResult, others float64, err error) {
	asked, err := b.services(ctx, rows)
	defer asked.stop()
	if err != nil {
		return nil, 0, err
	}
	servers, err := b.serve(ctx, rows, asked, o)
	defer func() {
		for _, s := range servers {
			s.stop()
		}
	}()
	if err != nil {
		return nil, 0, err
	}
	for i, r := range rows {
		if err := r.prove(servers[i]); err != nil {
			return nil, 0, fmt.Errorf("%s: %w", r.name, err)
		}
	}
	watch, err := disturbanceOf(servers, asked)
	if err != nil {
		return nil, 0, err
	}
	rounds, err := play(ctx, rows, servers, o)
	if err != nil {
		return nil, 0, err
	}
	if others, err = watch.percent(); err != nil {
		return nil, 0, err
	}
	list, err = summarize(rows, rounds, servers)
	return list, others, err
}

// serve starts the Envoys of the rows, also those that stand when it fails.
func (b *bench) serve(ctx context.Context, rows []row, asked *services, o options) ([]*server, error) {
	var servers []*server
	for i, r := range rows {
		same := slices.IndexFunc(rows[:i], func(other row) bool {
			return other.routed == r.routed && reflect.DeepEqual(other.filters, r.filters) && reflect.DeepEqual(other.perRoute, r.perRoute)
		})
		if o.brief && same >= 0 {
			servers = append(servers, servers[same])
			continue
		}
		s, err := b.start(ctx, asked.chain(r))
		if err != nil {
			return servers, fmt.Errorf("%s: %w", r.name, err)
		}
		servers = append(servers, s)
	}
	return servers, nil
}

// prove asks whether a row's filters are at work.
func (r row) prove(s *server) error {
	got, err := s.load.ask(r.next(0))
	if err != nil {
		return err
	}
	if got.status != r.status {
		return fmt.Errorf("answered %d, want %d:\n%s", got.status, r.status, got.head)
	}
	for _, name := range r.carries {
		if !bytes.Contains(got.head, []byte("\r\n"+name+": ")) {
			return fmt.Errorf("an answer has no %s:\n%s", name, got.head)
		}
	}
	if !r.stranger {
		return nil
	}
	got, err = s.load.ask(get(last(small), "", client))
	if err == nil && got.status != 401 {
		err = fmt.Errorf("a request without a credential is answered %d, want 401", got.status)
	}
	return err
}

// play returns what each row used in each round. Every second round goes
// backwards.
func play(ctx context.Context, rows []row, servers []*server, o options) ([][]spent, error) {
	asked := 0
	round := func(count int, backwards bool) ([]spent, error) {
		used := make([]spent, len(rows))
		for k := range rows {
			i := k
			if backwards {
				i = len(rows) - 1 - k
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			var err error
			if used[i], err = rows[i].turn(servers[i], asked, count, o.alone); err != nil {
				return nil, fmt.Errorf("%s: %w", rows[i].name, err)
			}
		}
		asked += count + o.alone
		return used, nil
	}
	if _, err := round(o.warmup, false); err != nil {
		return nil, err
	}
	rounds := make([][]spent, o.rounds)
	for n := range rounds {
		var err error
		if rounds[n], err = round(o.requests, n%2 == 1); err != nil {
			return nil, err
		}
	}
	return rounds, nil
}

// turn is one row's in a round.
func (r row) turn(s *server, from, count, alone int) (spent, error) {
	if r.fewer > 0 {
		count, alone = max(1, count/r.fewer), max(1, alone/r.fewer)
	}
	used, err := s.run(from, count, r.status, r.next)
	if err == nil {
		used.waited, err = s.alone(from+count, alone, r.status, r.next)
	}
	return used, err
}

// summarize takes medians, over the rounds, of what was compared inside each.
func summarize(rows []row, rounds [][]spent, servers []*server) ([]rowResult, error) {
	list := make([]rowResult, len(rows))
	for i, r := range rows {
		rss, err := residentBytes(servers[i].PID())
		if err != nil {
			return nil, err
		}
		over := func(s []spent) float64 { return s[i].micros() - s[baselineRow].micros() }
		waits := waited(rounds, i)
		list[i] = rowResult{
			Name:   r.name,
			Median: waits[len(waits)/2],
			P99:    waits[len(waits)*99/100],
			CPU:    median(rounds, func(s []spent) float64 { return s[i].micros() }),
			Least:  least(rounds, i),
			Over:   median(rounds, over),
			Ratio:  median(rounds, func(s []spent) float64 { return over(s) / (s[nativeRow].micros() - s[baselineRow].micros()) }),
			Rate:   median(rounds, func(s []spent) float64 { return s[i].rate() }),
			Memory: megabytes(rss),
		}
	}
	return list, nil
}

func median(rounds [][]spent, of func([]spent) float64) float64 {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = of(r)
	}
	return middle(values)
}

// least is the cheapest round of a row: what it costs when nothing disturbs.
func least(rounds [][]spent, row int) float64 {
	value := math.Inf(1)
	for _, r := range rounds {
		value = min(value, r[row].micros())
	}
	return value
}

// waited returns how many microseconds each request of a row waited that was
// asked alone, in ascending order.
func waited(rounds [][]spent, row int) []float64 {
	var list []float64
	for _, r := range rounds {
		for _, d := range r[row].waited {
			list = append(list, float64(d.Nanoseconds())/1e3)
		}
	}
	slices.Sort(list)
	return list
}

// middle is the median; of an even number of values the upper one.
func middle(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func megabytes(n int64) float64 { return float64(n) / (1 << 20) }
