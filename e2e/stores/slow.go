package stores

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Slow is a way to a server on which answers are late or others than the server's, or which is closed.
type Slow struct {
	Address  string // host:port, kept
	target   string
	mu       sync.Mutex
	delay    time.Duration
	instead  string       // empty: the server's answers
	listener net.Listener // nil while refusing
	open     map[net.Conn]bool
	ended    chan struct{}
	running  sync.WaitGroup
}

// NewSlow opens a way to the server at target that is not slow yet. It ends with the test.
func NewSlow(t testing.TB, target string) *Slow {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Slow{Address: listener.Addr().String(), target: target, open: map[net.Conn]bool{}, ended: make(chan struct{})}
	s.serve(listener)
	t.Cleanup(func() {
		close(s.ended)
		s.Refuse(t, true)
		s.running.Wait()
	})
	return s
}

// Delay sets by how much later each piece of an answer arrives that the server sends from now on.
func (s *Slow) Delay(delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay = delay
}

// Answer has a text, byte for byte, come in the place of each answer that begins from now on, and the connection closed
// behind it. The empty text ends that.
func (s *Slow) Answer(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.instead = text
}

// Refuse closes the way and cuts what is open, or opens the way again.
func (s *Slow) Refuse(t testing.TB, refuse bool) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if refuse == (s.listener == nil) {
		return
	}
	if refuse {
		if err := s.cut(); err != nil {
			t.Fatal(err)
		}
		return
	}
	listener, err := net.Listen("tcp", s.Address)
	if err != nil {
		t.Fatal(err)
	}
	s.serve(listener)
}

func (s *Slow) serve(listener net.Listener) {
	s.listener = listener
	s.running.Go(func() { s.accept(listener) })
}

func (s *Slow) cut() error {
	err := s.listener.Close()
	s.listener = nil
	for conn := range s.open {
		err = errors.Join(err, conn.Close())
	}
	clear(s.open)
	return err
}

func (s *Slow) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return // closed by cut
		}
		server, err := net.Dial("tcp", s.target)
		if err != nil {
			client.Close() // the server is down: so is the way to it
			continue
		}
		s.running.Go(func() { s.carry(client, server) })
	}
}

// carry passes bytes on until either side closes.
func (s *Slow) carry(client, server net.Conn) {
	if !s.keep(client, server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		defer s.drop(client, server)
		if _, err := io.Copy(server, client); err != nil {
			return // either side closed, or cut did
		}
	})
	both.Go(func() {
		defer s.drop(client, server)
		s.late(client, server)
	})
	both.Wait()
}

// late passes answers on, each piece after the delay, or another in their place.
func (s *Slow) late(client, server net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		delay, instead := s.manner()
		select {
		case <-time.After(delay):
		case <-s.ended:
			return
		}
		if instead != "" {
			if _, err := io.WriteString(client, instead); err != nil {
				return // the client left
			}
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (s *Slow) manner() (delay time.Duration, instead string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.delay, s.instead
}

// keep remembers connections for cut, or closes them when the way was closed meanwhile.
func (s *Slow) keep(conns ...net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range conns {
		if s.listener == nil {
			conn.Close()
			continue
		}
		s.open[conn] = true
	}
	return s.listener != nil
}

// drop closes connections that are not closed yet.
func (s *Slow) drop(conns ...net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range conns {
		if s.open[conn] {
			delete(s.open, conn)
			conn.Close()
		}
	}
}
