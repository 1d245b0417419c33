// Package stores starts the real servers that tests run beside Envoy, breaks them and brings them back, and slows the way to
// them. Its own are those that shared limits count in, Redis behind webdis and Envoy's rate limit service.
package stores

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sallyport.dev/sallyport/build/packaged"
	"sallyport.dev/sallyport/build/repository"
	"sallyport.dev/sallyport/e2e/process"
)

const (
	startup = 20 * time.Second // how long a server may take to serve
	starts  = 5                // on how many ports it is tried
)

var errEnded = errors.New("it ended")

// given holds the addresses that this process gave to servers: of two servers that start at once on one port, the one
// that cannot have it would take the other for itself.
var given sync.Map

// Program is a kind of server.
type Program struct {
	Name    string
	Address string // where it is to serve; empty: at any address that is free
	Command func(s *Server, dir, port string) (process.Command, error)
	Ready   func(ctx context.Context, address string) error
}

// Server is a running program that serves at an address.
type Server struct {
	Address string // host:port, kept by Restart
	GRPC    string // the rate limit service's for gRPC
	command process.Command
	ready   func(ctx context.Context, address string) error
	running *process.Process
	down    bool // by Kill
}

// Run starts a program that ends with the test, which fails where it ended by itself.
func Run(t testing.TB, p Program) *Server {
	t.Helper()
	s, err := p.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.end(t, p.Name) })
	return s
}

// Start starts a program on a free port, with files in folders of its own below dir. Another process may take the port
// before the program does; then it ends, and the next port is tried.
func (p Program) Start(ctx context.Context, dir string) (*Server, error) {
	var err error
	for range starts {
		var s *Server
		if s, err = p.startOnce(ctx, dir); err == nil {
			return s, nil
		}
		if !errors.Is(err, errEnded) {
			break
		}
	}
	return nil, fmt.Errorf("%s: %w", p.Name, err)
}

func (p Program) startOnce(ctx context.Context, dir string) (*Server, error) {
	dir, err := os.MkdirTemp(dir, p.Name+"-")
	if err != nil {
		return nil, err
	}
	s := &Server{ready: p.Ready}
	var port string
	if s.Address, port, err = p.address(); err != nil {
		return nil, err
	}
	if s.command, err = p.Command(s, dir, port); err != nil {
		return nil, err
	}
	s.command.Dir, s.command.LogPath = dir, filepath.Join(dir, p.Name+".log")
	return s, s.launch(ctx)
}

// address returns where the program is to serve.
func (p Program) address() (address, port string, err error) {
	if p.Address == "" {
		return freeAddress()
	}
	_, port, err = net.SplitHostPort(p.Address)
	return p.Address, port, err
}

// freeAddress returns an address at which nothing listens and which was not given before.
func freeAddress() (address, port string, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	address = listener.Addr().String()
	if _, before := given.LoadOrStore(address, true); before {
		defer listener.Close() // not sooner: the next is another
		return freeAddress()
	}
	if _, port, err = net.SplitHostPort(address); err != nil {
		return "", "", err
	}
	return address, port, listener.Close()
}

// launch starts the program and returns when it serves.
func (s *Server) launch(ctx context.Context) error {
	running, err := process.Start(s.command)
	if err != nil {
		return err
	}
	s.running, s.down = running, false
	if err := s.await(ctx); err != nil {
		s.Kill()
		return err
	}
	return nil
}

// await polls until the server serves.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startup)
	defer cancel()
	for {
		err := s.ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.running.Exited():
			return fmt.Errorf("%w: %v; it wrote:\n%s", errEnded, s.running.Failure(), s.running.Tail(40))
		case <-ctx.Done():
			return fmt.Errorf("it does not serve: %w; it wrote:\n%s", err, s.running.Tail(40))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// ask asks once. A server that waits for its own store does not answer.
func (s *Server) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return s.ready(ctx, s.Address)
}

// Await returns when the server serves, as one does again some time after its Redis came back.
func (s *Server) Await(t testing.TB) {
	t.Helper()
	if err := s.await(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Stop ends the server, where no test does.
func (s *Server) Stop() { s.running.Stop() }

// PID is the process id.
func (s *Server) PID() int { return s.running.PID() }

// Kill ends the server as a crash would. What it held is lost.
func (s *Server) Kill() {
	s.down = true
	s.running.Kill()
}

// Restart ends the server and starts it anew, empty, at the same address.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill()
	if err := s.launch(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) end(t testing.TB, name string) {
	if s.down {
		return
	}
	select {
	case <-s.running.Exited():
		t.Errorf("%s ended by itself: %v; it wrote:\n%s", name, s.running.Failure(), s.running.Tail(40))
	default:
		s.running.Stop()
	}
}

// binary returns the path of a server that Debian packages; one that cannot be had is an error.
func binary(name string) (string, error) {
	root, err := repository.Root()
	if err != nil {
		return "", err
	}
	return packaged.Path(root, name)
}

// Built returns the path of a server that make builds into dist/ from its Go module.
func Built(name string) (string, error) {
	root, err := repository.Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, "dist", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w: build it with make dist/%s", err, name)
	}
	return path, nil
}
