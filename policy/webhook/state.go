package webhook

import (
	"hash"
	"time"

	"sallyport.dev/sallyport/policy/replay"
	"sallyport.dev/sallyport/policy/signature"
)

// Longest is the longest time that a delivery is remembered.
const Longest = int64(7*24*time.Hour) + 1

// keptContent is the most memory, in bytes, that is kept for texts that are signed
// as a whole.
const keptContent = 64 << 10

// What is kept for later requests: deliveries, and the most bytes of one's text
// before the body. Who signs nothing can open many at once, with long headers.
const (
	keptDeliveries = 1024
	keptBefore     = 4 << 10
)

// Worker is a Guard at work in one worker. It is not safe for use by several
// goroutines at once. A nil *Worker denies.
type Worker struct {
	guard  *Guard
	memory *replay.Memory
	ways   [][]int  // by variant and key: the way of the key's signatures; -1: none
	used   [][]bool // by variant and way: some key is for it
	free   []*delivery

	// Used within one call only.
	content []byte // a text that is signed as a whole
	other   []byte // the same with the other form of the address
	form    signature.Form
}

// NewWorker puts a Guard to work; nil for a nil Guard.
func NewWorker(g *Guard, memory *replay.Memory) *Worker {
	if g == nil {
		return nil
	}
	w := &Worker{guard: g, memory: memory}
	for i := range g.scheme.Variants {
		v := &g.scheme.Variants[i]
		ways, used := make([]int, len(g.keys)), make([]bool, len(v.Ways))
		for k := range g.keys {
			if ways[k] = g.keys[k].Way(v); ways[k] >= 0 {
				used[ways[k]] = true
			}
		}
		w.ways, w.used = append(w.ways, ways), append(w.used, used)
	}
	return w
}

// take returns a delivery that is ready for a request.
func (w *Worker) take() *delivery {
	if n := len(w.free); n > 0 {
		d := w.free[n-1]
		w.free = w.free[:n-1]
		return d
	}
	return &delivery{worker: w, macs: make([][]hash.Hash, len(w.guard.scheme.Variants))}
}

// release keeps a delivery for another request.
func (w *Worker) release(d *delivery) {
	d.reset()
	if cap(d.before) > keptBefore {
		d.before = nil
	}
	if len(w.free) < keptDeliveries {
		w.free = append(w.free, d)
	}
}

// keep bounds what one long text leaves behind.
func (w *Worker) keep() {
	if cap(w.content) > keptContent {
		w.content, w.other, w.form = nil, nil, signature.Form{}
	}
}
