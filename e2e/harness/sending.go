package harness

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"sallyport.dev/sallyport/internal/scenario"
)

// Sending is a request, and how it goes over the wire.
type Sending struct {
	scenario.Request
	Pieces   [][]byte      // instead of its Body: the body piece by piece, its length not told
	Pause    time.Duration // before each piece but the first, so that the proxy sees them apart
	Trailers []scenario.Header
}

// Whole is a request whose body goes in one piece, its length told.
func Whole(r scenario.Request) Sending { return Sending{Request: r} }

// Split is a request whose body goes in n pieces.
func Split(r scenario.Request, n int) Sending {
	s := Sending{Request: r, Pause: 2 * time.Millisecond, Pieces: [][]byte{}}
	for rest := r.Body; len(rest) > 0; n-- {
		size := (len(rest) + max(1, n) - 1) / max(1, n)
		s.Pieces, rest = append(s.Pieces, rest[:size]), rest[size:]
	}
	s.Body = nil
	return s
}

// told tells whether the length of the body is told.
func (s Sending) told() bool { return s.Pieces == nil && s.Trailers == nil }

// write sends it over HTTP/1.1.
func (s Sending) write(conn net.Conn) error {
	if s.told() {
		_, err := conn.Write(wire(s.Request))
		return err
	}
	r := s.Request
	r.Headers, r.Body = append(r.Headers[:len(r.Headers):len(r.Headers)], scenario.Header{Name: "transfer-encoding", Value: "chunked"}), nil
	if _, err := conn.Write(wire(r)); err != nil {
		return err
	}
	for i, piece := range s.Pieces {
		if i > 0 {
			time.Sleep(s.Pause)
		}
		if _, err := fmt.Fprintf(conn, "%x\r\n%s\r\n", len(piece), piece); err != nil {
			return err
		}
	}
	end := bytes.NewBufferString("0\r\n")
	for _, h := range s.Trailers {
		end.WriteString(h.Name + ": " + h.Value + "\r\n")
	}
	end.WriteString("\r\n")
	_, err := conn.Write(end.Bytes())
	return err
}

// body reads as the body does over HTTP/2.
func (s Sending) body() io.Reader {
	if s.told() {
		return bytes.NewReader(s.Body)
	}
	return &pieces{rest: s.Pieces, pause: s.Pause}
}

// pieces is a body that comes piece by piece.
type pieces struct {
	rest  [][]byte
	pause time.Duration
	begun bool
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	if p.begun {
		time.Sleep(p.pause)
	}
	p.begun = true
	n := copy(b, p.rest[0])
	if p.rest[0] = p.rest[0][n:]; len(p.rest[0]) == 0 {
		p.rest = p.rest[1:]
	}
	return n, nil
}

// trailers gives them to a request of net/http.
func (s Sending) trailers(req *http.Request) {
	if !s.told() {
		req.ContentLength = -1
	}
	for _, h := range s.Trailers {
		if req.Trailer == nil {
			req.Trailer = http.Header{}
		}
		req.Trailer.Add(h.Name, h.Value)
	}
}

// Send asks one request through a listener and collects what it left behind.
func (e *Envoy) Send(ctx context.Context, listener string, s Sending, up scenario.Upstream) (scenario.Result, error) {
	return runner{e, e.addresses[listener]}.send(ctx, s, up)
}

// Entry returns what the access log says of a connection's request once it is over. Peer is the client's own address.
func (e *Envoy) Entry(ctx context.Context, peer string) (Entry, error) {
	return e.log.await(ctx, peer, 0)
}
