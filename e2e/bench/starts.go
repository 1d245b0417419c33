package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy"
)

// inForce is what the module logs when it has compiled its policy: once for
// each plugin that Envoy starts, the main thread's among them.
const inForce = "sallyport: policy in force"

// starts measures how long policies take to compile: natively, and in the
// module, where it is the time from one plugin's log line to the next one's.
// The CPU time of the whole start would not tell: V8 takes seconds for the
// module, and never twice the same.
func (b *bench) starts(ctx context.Context, o options) ([]startResult, error) {
	scales := []scale{small, {Routes: large.Routes, Keys: small.Keys}, {Routes: small.Routes, Keys: large.Keys}, large}
	if o.brief {
		scales = scales[:1]
	}
	list := make([]startResult, len(scales))
	for i, s := range scales {
		list[i] = startResult{Scale: s, Document: len(protected(s, b.keys))}
		var err error
		if list[i].Native, err = compileTime(protected(s, b.keys), o.starts); err != nil {
			return nil, err
		}
	}
	live := make([][]started, o.starts)
	for n := range live {
		for _, s := range scales {
			got, err := b.startOnce(ctx, s)
			if err != nil {
				return nil, fmt.Errorf("starting with %s: %w", s, err)
			}
			live[n] = append(live[n], got)
		}
	}
	for i := range list {
		list[i].fill(i, live)
	}
	return list, nil
}

// fill takes the medians of one size of policy; the first is the smallest.
func (r *startResult) fill(i int, live [][]started) {
	of := func(value func(one, smallest started) float64) float64 {
		values := make([]float64, len(live))
		for n, l := range live {
			values[n] = value(l[i], l[0])
		}
		return middle(values)
	}
	r.Plugins = live[0][i].plugins
	r.Live = of(func(one, _ started) float64 { return millis(one.wall) })
	r.CPU = of(func(one, _ started) float64 { return millis(one.cpu) })
	r.Module = of(func(one, _ started) float64 { return millis(one.each) })
	r.Memory = of(func(one, _ started) float64 { return megabytes(one.rss) })
	r.OverSmall = of(func(one, smallest started) float64 { return megabytes(one.rss - smallest.rss) })
}

func compileTime(document []byte, times int) (float64, error) {
	values := make([]float64, times)
	for i := range values {
		begin := time.Now()
		if _, err := policy.Compile(document, func(string) (string, bool) { return "", false }); err != nil {
			return 0, err
		}
		values[i] = millis(time.Since(begin))
	}
	return middle(values), nil
}

// started is one Envoy when it was live.
type started struct {
	wall, cpu time.Duration
	rss       int64
	plugins   int
	each      time.Duration // from one plugin at work to the next
}

func (b *bench) startOnce(ctx context.Context, s scale) (started, error) {
	envoy, err := b.start(ctx, chain{filters: []any{plugin(b.module("sallyport.wasm"), protected(s, b.keys))}})
	if err != nil {
		return started{}, err
	}
	defer envoy.stop()
	// The worker's plugin may start after Envoy is live: its first answer is
	// behind that.
	if _, err := envoy.load.ask(get("/", "", client)); err != nil {
		return started{}, err
	}
	got := started{wall: envoy.live}
	if got.cpu, err = cpuTime(envoy.PID()); err != nil {
		return started{}, err
	}
	if got.rss, err = residentBytes(envoy.PID()); err != nil {
		return started{}, err
	}
	log, err := envoy.Log()
	if err != nil {
		return started{}, err
	}
	got.plugins, got.each, err = pluginStarts(log)
	return got, err
}

// pluginStarts reads from Envoy's log how many plugins started, and how long
// each took that was not the first: the first one's VM is compiled before it.
func pluginStarts(log string) (plugins int, each time.Duration, err error) {
	var first, last time.Time
	for line := range strings.Lines(log) {
		if !strings.Contains(line, inForce) {
			continue
		}
		stamp, _, _ := strings.Cut(strings.TrimPrefix(line, "["), "]")
		if last, err = time.Parse("2006-01-02 15:04:05.000", stamp); err != nil {
			return 0, 0, fmt.Errorf("the time of a line in the log: %w", err)
		}
		if plugins++; plugins == 1 {
			first = last
		}
	}
	if plugins < 2 {
		return 0, 0, fmt.Errorf("%d plugins log that their policy is in force, want 2 or more", plugins)
	}
	return plugins, last.Sub(first) / time.Duration(plugins-1), nil
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
