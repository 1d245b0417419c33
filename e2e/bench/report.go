package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"sallyport.dev/sallyport/policy/limits"
)

// result is all that was measured on one Envoy.
type result struct {
	Envoy    string          `json:"envoy"`
	Rounds   int             `json:"rounds"`
	Requests int             `json:"requests"`           // of each row in each round
	Others   float64         `json:"others_cpu_percent"` // of the machine, used by others while the rows were measured
	Rows     []rowResult     `json:"rows"`
	Starts   []startResult   `json:"starts"`
	Clients  []clientsResult `json:"clients"`
}

// rowResult is a line of the table. Times are microseconds of CPU a request.
type rowResult struct {
	Name   string  `json:"name"`
	CPU    float64 `json:"cpu_us"`
	Least  float64 `json:"cpu_us_least"` // the cheapest round
	Over   float64 `json:"over_no_filter_us"`
	Ratio  float64 `json:"ratio_to_native"` // of what is over no filter
	Rate   float64 `json:"requests_per_second"`
	Median float64 `json:"wait_us_median"` // of requests that were asked one by one, as the client sees them
	P99    float64 `json:"wait_us_p99"`
	Memory float64 `json:"rss_mb"`
}

// startResult is what one size of policy takes. Times are milliseconds.
type startResult struct {
	Scale     scale   `json:"scale"`
	Document  int     `json:"document_bytes"`
	Native    float64 `json:"native_compile_ms"`
	Module    float64 `json:"module_plugin_start_ms"` // wall time, a new VM from compiled code included
	Plugins   int     `json:"plugins"`                // that compiled it
	CPU       float64 `json:"start_cpu_ms"`
	Live      float64 `json:"start_wall_ms"`
	Memory    float64 `json:"rss_mb"`
	OverSmall float64 `json:"rss_over_small_mb"`
}

// clientsResult is what a proxy holds after so many distinct addresses.
type clientsResult struct {
	Addresses int     `json:"addresses"`
	Memory    float64 `json:"rss_mb"`
	Grown     float64 `json:"rss_grown_mb"`
	CPU       float64 `json:"cpu_us"` // of a request, of those since the line before
}

// print writes the result as text.
func (r *result) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	p := printer{w: t}
	p.line("\nEnvoy %s, one worker: medians of %d rounds of %s requests a row; others used %.0f %% of the machine\n"+
		"CPU is the proxy's alone, not that of services it asks; wait is from asking to the answer, one request at a time\n",
		r.Envoy, r.Rounds, grouped(r.Requests), r.Others)
	p.line("CPU us/request\tleast\tover no filter\tratio to native\trequests/s\twait us\tp99\tRSS MB\t  row")
	for _, x := range r.Rows {
		p.line("%.2f\t%.2f\t%.2f\t%.2f\t%s\t%.0f\t%.0f\t%.0f\t  %s",
			x.CPU, x.Least, x.Over, x.Ratio, grouped(int(x.Rate)), x.Median, x.P99, x.Memory, x.Name)
	}
	p.flush(t)
	if r.Starts == nil {
		return p.err
	}
	p.line("\nStart: what a policy takes to compile (in the module: one plugin's start in code that V8 has compiled)\n")
	p.line("document KiB\tnative ms\tin the module ms\tplugins\tstart CPU ms\tstart wall ms\tRSS MB\tover the first\t  policy")
	for _, x := range r.Starts {
		p.line("%d\t%.1f\t%.0f\t%d\t%.0f\t%.0f\t%.0f\t%+.0f\t  %s", x.Document>>10, x.Native, x.Module, x.Plugins, x.CPU, x.Live, x.Memory, x.OverSmall, x.Scale)
	}
	p.flush(t)
	const slot = 16 + 24 + 24 // bytes, of a bucket, a window and a quota
	p.line("\nMemory of three limits by address, every counter in use; their slots can take %d pages x %d slots x %d bytes = %d MiB.\n"+
		"A client that was over each limit before was refused by each after every line.\n",
		limits.Pages, limits.Slots, slot, limits.Pages*limits.Slots*slot>>20)
	p.line("RSS MB\tgrown by\tCPU us/request\t  distinct addresses")
	for _, x := range r.Clients {
		p.line("%.0f\t%+.1f\t%.2f\t  %s", x.Memory, x.Grown, x.CPU, grouped(x.Addresses))
	}
	p.flush(t)
	return p.err
}

// printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, values ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", values...)
	}
}

func (p *printer) flush(t *tabwriter.Writer) {
	if err := t.Flush(); p.err == nil {
		p.err = err
	}
}

// grouped writes 12345 as 12,345.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}
