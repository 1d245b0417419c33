package harness

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"sallyport.dev/sallyport/internal/scenario"
)

// maxBody bounds the body of a response.
const maxBody = 16 << 20

// answer is what a client received, and the address from which it had asked.
type answer struct {
	status  int
	headers []scenario.Header
	body    []byte
	peer    string
}

// exchange11 sends a request over HTTP/1.1 on a connection of its own, byte for
// byte as the step has it: net/http's client would tidy it up.
func exchange11(ctx context.Context, address string, s Sending) (answer, error) {
	conn, err := dial(ctx, address)
	if err != nil {
		return answer{}, err
	}
	sent := make(chan error, 1)
	go func() { sent <- s.write(conn) }() // the answer may come before all is sent
	defer func() { conn.Close(); <-sent }()
	var raw bytes.Buffer
	resp, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &raw)), &http.Request{Method: s.Method})
	if err != nil {
		return answer{}, fmt.Errorf("receiving: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return answer{}, fmt.Errorf("receiving the body: %w", err)
	}
	return answer{resp.StatusCode, fields(raw.Bytes()), body, conn.LocalAddr().String()}, nil
}

func dial(ctx context.Context, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// wire is the request as bytes. A body gets a content-length.
func wire(r scenario.Request) []byte {
	var b bytes.Buffer
	b.WriteString(r.Method + " " + r.Target + " HTTP/1.1\r\n")
	for _, h := range r.Headers {
		b.WriteString(h.Name + ": " + h.Value + "\r\n")
	}
	if len(r.Body) > 0 {
		b.WriteString("content-length: " + strconv.Itoa(len(r.Body)) + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(r.Body)
	return b.Bytes()
}

// fields reads the header fields of a raw response in the order of receipt.
func fields(raw []byte) []scenario.Header {
	head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
	var headers []scenario.Header
	for _, line := range strings.Split(head, "\r\n")[1:] {
		name, value, _ := strings.Cut(line, ":")
		headers = append(headers, scenario.Header{Name: strings.ToLower(name), Value: strings.TrimSpace(value)})
	}
	return headers
}

// exchange2 sends a request over HTTP/2 without TLS on a connection of its own.
func exchange2(ctx context.Context, address string, s Sending) (answer, error) {
	var peer string
	transport := &http.Transport{Protocols: new(http.Protocols), DisableCompression: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err == nil {
				peer = conn.LocalAddr().String()
			}
			return conn, err
		}}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	req, err := request2(ctx, address, s)
	if err != nil {
		return answer{}, err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return answer{}, fmt.Errorf("receiving the body: %w", err)
	}
	return answer{resp.StatusCode, sorted(resp.Header), body, peer}, nil
}

func request2(ctx context.Context, address string, s Sending) (*http.Request, error) {
	r := s.Request
	req, err := http.NewRequestWithContext(ctx, r.Method, "http://"+address, s.body())
	if err != nil {
		return nil, err
	}
	s.trailers(req)
	path, query, hasQuery := strings.Cut(r.Target, "?")
	req.URL.Opaque, req.URL.RawQuery, req.URL.ForceQuery = path, query, hasQuery && query == ""
	req.Header.Set("user-agent", "") // net/http sends its own where none is set
	for _, h := range r.Headers {
		if h.Name == "host" {
			req.Host = h.Value
			continue
		}
		if h.Name == "user-agent" {
			req.Header.Del(h.Name)
		}
		req.Header[http.CanonicalHeaderKey(h.Name)] = append(req.Header[http.CanonicalHeaderKey(h.Name)], h.Value)
	}
	return req, nil
}

func sorted(h http.Header) []scenario.Header {
	return received(&http.Request{Header: h})[1:]
}
