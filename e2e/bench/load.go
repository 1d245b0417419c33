package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"syscall"
	"time"
)

const (
	connections = 8                // in flight: enough that the proxy never waits for the generator
	patience    = 10 * time.Second // for one answer
	largest     = 32 << 10         // of an answer
)

// load is a closed loop on keep-alive connections, one request in flight on
// each. Plain blocking sockets on one thread: the generator has to cost less
// than the proxy, for the two share a machine.
type load struct {
	sockets []int
	buffer  []byte
}

// answer is what stands in the generator's buffer until the next request.
type answer struct {
	status int
	head   []byte
}

func dial(address string) (*load, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, err
	}
	l := &load{buffer: make([]byte, largest)}
	for range connections {
		socket, err := connect(to)
		if err != nil {
			l.close()
			return nil, fmt.Errorf("connecting to %s: %w", address, err)
		}
		l.sockets = append(l.sockets, socket)
	}
	return l, nil
}

func connect(to netip.AddrPort) (socket int, err error) {
	socket, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return 0, err
	}
	wait := syscall.NsecToTimeval(patience.Nanoseconds())
	err = errors.Join(
		syscall.SetsockoptInt(socket, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &wait),
		syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &wait),
		syscall.Connect(socket, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}),
	)
	if err != nil {
		return 0, errors.Join(err, syscall.Close(socket))
	}
	return socket, nil
}

func (l *load) close() {
	for _, socket := range l.sockets {
		if err := syscall.Close(socket); err != nil {
			panic("bench: closing a socket of our own: " + err.Error())
		}
	}
	l.sockets = nil
}

// run asks count requests, next(from) and those behind it. An answer of another
// status ends it.
func (l *load) run(from, count, status int, next func(i int) []byte) error {
	sent := 0
	for _, socket := range l.sockets[:min(connections, count)] {
		if err := send(socket, next(from+sent)); err != nil {
			return err
		}
		sent++
	}
	for done := range count {
		socket := l.sockets[done%connections]
		got, err := l.receive(socket)
		if err != nil {
			return err
		}
		if got.status != status {
			return fmt.Errorf("request %d was answered %d, want %d:\n%s", from+done, got.status, status, got.head)
		}
		if sent < count {
			if err := send(socket, next(from+sent)); err != nil {
				return err
			}
			sent++
		}
	}
	return nil
}

// ask asks one request.
func (l *load) ask(request []byte) (answer, error) {
	if err := send(l.sockets[0], request); err != nil {
		return answer{}, err
	}
	return l.receive(l.sockets[0])
}

func send(socket int, request []byte) error {
	for len(request) > 0 {
		n, err := syscall.Write(socket, request)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("sending a request: %w", err)
		}
		request = request[n:]
	}
	return nil
}

// receive reads one whole answer.
func (l *load) receive(socket int) (answer, error) {
	have, need := 0, 0
	for need == 0 || have < need {
		n, err := syscall.Read(socket, l.buffer[have:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return answer{}, fmt.Errorf("reading an answer: %w", err)
		}
		if n == 0 {
			return answer{}, errors.New("reading an answer: the proxy closed the connection, or the answer is too large")
		}
		have += n
		if need == 0 {
			if need, err = size(l.buffer[:have]); err != nil {
				return answer{}, err
			}
		}
	}
	if have > need {
		return answer{}, fmt.Errorf("%d bytes came behind an answer", have-need)
	}
	return parse(l.buffer[:have])
}

var (
	endOfHead     = []byte("\r\n\r\n")
	contentLength = []byte("\r\ncontent-length: ")
)

// size returns how long an answer is whose first bytes are b; 0 as long as its
// head is not complete. Envoy writes names in lower case, and gives answers of
// its own a length.
func size(b []byte) (int, error) {
	end := bytes.Index(b, endOfHead)
	if end < 0 {
		return 0, nil
	}
	at := bytes.Index(b[:end], contentLength)
	if at < 0 {
		return 0, fmt.Errorf("an answer says no length:\n%s", b[:end])
	}
	digits, _, _ := bytes.Cut(b[at+len(contentLength):end+2], []byte("\r"))
	n, err := strconv.Atoi(string(digits))
	return end + len(endOfHead) + n, err
}

func parse(b []byte) (answer, error) {
	const before = len("HTTP/1.1 ")
	head, _, _ := bytes.Cut(b, endOfHead)
	if len(head) < before+3 {
		return answer{}, fmt.Errorf("no answer: %q", head)
	}
	status, err := strconv.Atoi(string(head[before : before+3]))
	return answer{status, head}, err
}
