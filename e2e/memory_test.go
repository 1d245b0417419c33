package e2e

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// flatMiB is how much the trend of memory may rise in the last three quarters
// of a soak and still be called flat.
const flatMiB = 6

// sampleRSS returns the resident memory of a process, at every interval.
func sampleRSS(ctx context.Context, t *testing.T, pid int, interval time.Duration) []int64 {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	var samples []int64
	for {
		samples = append(samples, rss(t, pid))
		select {
		case <-ctx.Done():
			return samples
		case <-tick.C:
		}
	}
}

// rss is the resident memory of a process, in bytes.
func rss(t *testing.T, pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Errorf("memory of the process: %v", err)
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	number, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	kib, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Errorf("memory of the process: %v", err)
	}
	return kib << 10
}

// flat returns by how many MiB the trend (least squares) rises over the last
// three quarters of the samples; the first is for caches and heaps to fill.
func flat(samples []int64) float64 {
	samples = samples[len(samples)/4:]
	n := float64(len(samples))
	var sumX, sumY, sumXY, sumXX float64
	for i, s := range samples {
		x, y := float64(i), float64(s)/(1<<20)
		sumX, sumY, sumXY, sumXX = sumX+x, sumY+y, sumXY+x*y, sumXX+x*x
	}
	return (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX) * (n - 1)
}

func mib(samples []int64) string {
	var b strings.Builder
	for _, s := range samples {
		fmt.Fprintf(&b, "%d ", s>>20)
	}
	return b.String()
}

func TestFlat(t *testing.T) {
	for name, c := range map[string]struct {
		of   func(i int) int64
		want float64
	}{
		"flat":         {func(int) int64 { return 100 << 20 }, 0},
		"after a rise": {func(i int) int64 { return min(int64(i), 20) << 20 }, 0},
		"leak":         {func(i int) int64 { return int64(i) << 20 }, 60},
	} {
		t.Run(name, func(t *testing.T) {
			samples := make([]int64, 81)
			for i := range samples {
				samples[i] = c.of(i)
			}
			if got := flat(samples); got < c.want-1 || got > c.want+1 {
				t.Errorf("rises by %.2f MiB, want %.0f", got, c.want)
			}
		})
	}
}
