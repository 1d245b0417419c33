package harness

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"sallyport.dev/sallyport/internal/scenario"
)

// Load asks many requests over a few connections that stay open.
type Load struct {
	Address     string
	Connections int
	Requests    int64                                           // in all; 0: until the context ends
	Next        func(n int64) scenario.Request                  // the n-th request, from 0; called by several goroutines
	Answered    func(n int64, resp *http.Response, body []byte) // optional; by several goroutines
}

// Run returns how many answers had each status. A connection that the server
// closed is opened anew; one that breaks in an answer is an error.
func (l Load) Run(ctx context.Context) (map[int]int64, error) {
	var next atomic.Int64
	var wait sync.WaitGroup
	parts, errs := make([]map[int]int64, l.Connections), make([]error, l.Connections)
	for i := range l.Connections {
		wait.Go(func() { parts[i], errs[i] = l.connection(ctx, &next) })
	}
	wait.Wait()
	statuses := map[int]int64{}
	for _, part := range parts {
		for status, n := range maps.All(part) {
			statuses[status] += n
		}
	}
	return statuses, errors.Join(errs...)
}

func (l Load) connection(ctx context.Context, next *atomic.Int64) (map[int]int64, error) {
	statuses := map[int]int64{}
	var conn net.Conn
	var reader *bufio.Reader
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for ctx.Err() == nil {
		n := next.Add(1) - 1
		if l.Requests > 0 && n >= l.Requests {
			return statuses, nil
		}
		if conn == nil {
			var err error
			if conn, err = new(net.Dialer).DialContext(ctx, "tcp", l.Address); err != nil {
				return statuses, ended(ctx, err)
			}
			reader = bufio.NewReader(conn)
		}
		status, open, err := l.ask(conn, reader, n)
		if err != nil {
			return statuses, ended(ctx, fmt.Errorf("request %d: %w", n, err))
		}
		statuses[status]++
		if !open {
			conn.Close()
			conn = nil
		}
	}
	return statuses, nil
}

// ended is nil when it was the time of the load that ended.
func ended(ctx context.Context, err error) error {
	deadline, limited := ctx.Deadline()
	if ctx.Err() != nil || limited && !time.Now().Before(deadline) {
		return nil
	}
	return err
}

func (l Load) ask(conn net.Conn, reader *bufio.Reader, n int64) (status int, open bool, err error) {
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, false, err
	}
	req := l.Next(n)
	if _, err := conn.Write(wire(req)); err != nil {
		return 0, false, err
	}
	resp, err := http.ReadResponse(reader, &http.Request{Method: req.Method})
	if err != nil {
		return 0, false, err
	}
	defer resp.Body.Close()
	if l.Answered == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode, !resp.Close, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return 0, false, err
	}
	l.Answered(n, resp, body)
	return resp.StatusCode, !resp.Close, nil
}

// client is where the requests of Get come from.
var client = netip.MustParseAddr("192.0.2.1")

// Get is a request for a path of the default host, with headers.
func Get(target string, headers ...scenario.Header) scenario.Request {
	return scenario.Request{Method: http.MethodGet, Target: target, From: client,
		Headers: append([]scenario.Header{{Name: "host", Value: scenario.DefaultHost}}, headers...)}
}
