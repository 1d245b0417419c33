// Command bench prints the speed table: what a request costs an Envoy with the
// module, beside Envoys without it and with Envoy's own filters.
//
//	make bench
//	ENVOYS=1.40.0 go run -C e2e ./bench -rounds 15 -json FILE
//
// Each row is an Envoy process of its own with one worker, and answers by
// itself, so that nothing but the proxy is measured. All of them stand at once,
// and are asked in turn, round by round: what slows the machine down slows all
// rows alike, and differences and ratios are taken inside a round. A row that
// answers anything but what it should is an error and never a number.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"sallyport.dev/sallyport/build/envoy/pinned"
)

// options are how much is measured.
type options struct {
	warmup    int // requests of each row before the first round: V8 optimises what runs often
	rounds    int
	requests  int   // of each row in each round
	alone     int   // further ones that are asked one by one
	starts    int   // of each size of policy
	addresses []int // distinct clients after which memory is read, ascending
	brief     bool  // no large policy, and rows with the same filters share an Envoy
	cures     bool
	only      string // rows whose name holds it, and the two that they are compared with; nothing else
}

// full is what is measured when nothing else is said; quick is for the test
// that a table is produced.
var (
	full  = options{warmup: 40_000, rounds: 31, requests: 4_000, alone: 100, starts: 3, addresses: []int{100_000, 1_000_000}}
	quick = options{warmup: 500, rounds: 3, requests: 200, alone: 20, starts: 1, addresses: []int{1_000}, brief: true}
)

// asked is how many requests of each row are asked in all.
func (o options) asked() int { return o.warmup + o.alone + o.rounds*(o.requests+o.alone) }

func main() {
	o, isQuick, file := full, false, ""
	flag.IntVar(&o.rounds, "rounds", full.rounds, "how often each row is measured")
	flag.IntVar(&o.requests, "requests", full.requests, "requests of each row in each round")
	flag.BoolVar(&o.cures, "cures", false, "also compare the module with and without gcstoptheworld=1")
	flag.StringVar(&o.only, "only", "", "measure the rows whose name holds this `text`, and nothing but rows")
	flag.BoolVar(&isQuick, "quick", false, "a few seconds, no figures to rely on")
	flag.StringVar(&file, "json", "", "write the figures to a `file` too")
	flag.Parse()
	if flag.NArg() > 0 || o.rounds < 1 || o.requests < 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [-rounds N] [-requests N] [-cures] [-only TEXT] [-quick] [-json FILE]; N is 1 or more")
		os.Exit(2)
	}
	if isQuick {
		cures, only := o.cures, o.only
		o = quick
		o.cures, o.only = cures, only
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o, file)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// versions are the Envoys that are measured: the variable ENVOYS, else the
// newest and the oldest that are pinned.
func versions() []string {
	if given := strings.Fields(os.Getenv("ENVOYS")); len(given) > 0 {
		return given
	}
	all := pinned.Versions()
	return []string{all[len(all)-1], all[0]}
}

func run(ctx context.Context, o options, file string) error {
	var results []*result
	for _, version := range versions() {
		r, err := measure(ctx, version, o)
		if err != nil {
			return fmt.Errorf("on Envoy %s: %w", version, err)
		}
		if err := r.print(os.Stdout); err != nil {
			return err
		}
		results = append(results, r)
	}
	if file == "" {
		return nil
	}
	text, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// measure measures everything on one Envoy.
func measure(ctx context.Context, version string, o options) (*result, error) {
	b, err := newBench(version)
	if err != nil {
		return nil, err
	}
	defer b.close()
	r := &result{Envoy: version, Rounds: o.rounds, Requests: o.requests}
	rows, err := b.rows(o)
	if err != nil {
		return nil, err
	}
	if r.Rows, r.Others, err = b.table(ctx, rows, o); err != nil {
		return nil, err
	}
	if o.only != "" {
		return r, nil
	}
	if r.Starts, err = b.starts(ctx, o); err != nil {
		return nil, err
	}
	r.Clients, err = b.clients(ctx, o)
	return r, err
}
