package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"sallyport.dev/sallyport/build/envoy/pinned"
	"sallyport.dev/sallyport/build/repository"
	"sallyport.dev/sallyport/e2e/proxy"
)

// startup is how long an Envoy may take to compile the module and go live.
const startup = 2 * time.Minute

// bench holds what all measurements on one Envoy share.
type bench struct {
	version string
	binary  string
	root    string // of the repository
	dir     string // for this run
	keys    []string
	started int
}

func newBench(version string) (*bench, error) {
	b := &bench{version: version}
	var err error
	if b.root, err = repository.Root(); err != nil {
		return nil, err
	}
	if b.binary, err = pinned.Path(b.root, version); err != nil {
		return nil, err
	}
	if b.keys, err = keys(large.Keys); err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp("", "sallyport-bench-"); err != nil {
		return nil, err
	}
	if err := b.copyModules(); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// copyModules keeps the modules as they are now: all rows run one build, also
// when dist/ is built anew meanwhile.
func (b *bench) copyModules() error {
	for _, name := range []string{"sallyport.wasm", "empty.wasm"} {
		code, err := os.ReadFile(filepath.Join(b.root, "dist", name))
		if err != nil {
			return fmt.Errorf("%w: build it with make dist/%s", err, name)
		}
		if err := os.WriteFile(b.module(name), code, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) module(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) close() {
	if err := os.RemoveAll(b.dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// server is a running Envoy and the generator's connections to it.
type server struct {
	*proxy.Envoy
	load *load
	live time.Duration // wall time until it was live
}

// start starts an Envoy with one worker.
func (b *bench) start(ctx context.Context, c chain) (*server, error) {
	b.started++
	dir := filepath.Join(b.dir, strconv.Itoa(b.started))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	var config bytes.Buffer
	enc := json.NewEncoder(&config)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(bootstrap(c)); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "bootstrap.json")
	if err := os.WriteFile(path, config.Bytes(), 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startup)
	defer cancel()
	begin := time.Now()
	envoy, err := proxy.Launch(ctx, proxy.Command{Binary: b.binary, Dir: dir, Args: []string{
		"--config-path", path, "--concurrency", "1", "--log-level", "warning", "--component-log-level", "wasm:info",
	}})
	if err != nil {
		return nil, err
	}
	s := &server{Envoy: envoy, live: time.Since(begin)}
	if err := s.connect(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *server) connect(ctx context.Context) error {
	addresses, err := s.Listeners(ctx)
	if err != nil {
		return err
	}
	s.load, err = dial(addresses[listener])
	return err
}

func (s *server) stop() {
	if s.load != nil {
		s.load.close()
	}
	s.Stop()
}

// spent is what an Envoy used for some requests, and how long some more waited
// for their answers that were asked one by one.
type spent struct {
	cpu, wall time.Duration
	requests  int
	waited    []time.Duration
}

func (s spent) micros() float64 { return float64(s.cpu.Nanoseconds()) / 1e3 / float64(s.requests) }

func (s spent) rate() float64 { return float64(s.requests) / s.wall.Seconds() }

// run asks count requests and reads the Envoy's CPU clock before and after.
func (s *server) run(from, count, status int, next func(int) []byte) (spent, error) {
	before, err := cpuTime(s.PID())
	if err != nil {
		return spent{}, err
	}
	begin := time.Now()
	if err := s.load.run(from, count, status, next); err != nil {
		return spent{}, fmt.Errorf("%w\nEnvoy's log ends:\n%s", err, s.Tail(10))
	}
	wall := time.Since(begin)
	after, err := cpuTime(s.PID())
	return spent{cpu: after - before, wall: wall, requests: count}, err
}

// alone asks count requests, each when the one before is answered, and returns
// how long each waited.
func (s *server) alone(from, count, status int, next func(int) []byte) ([]time.Duration, error) {
	waited := make([]time.Duration, count)
	for i := range waited {
		request := next(from + i)
		begin := time.Now()
		got, err := s.load.ask(request)
		if err != nil {
			return nil, fmt.Errorf("%w\nEnvoy's log ends:\n%s", err, s.Tail(10))
		}
		if waited[i] = time.Since(begin); got.status != status {
			return nil, fmt.Errorf("request %d, alone, was answered %d, want %d:\n%s", from+i, got.status, status, got.head)
		}
	}
	return waited, nil
}
