package stores

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/process"
)

// StartRedis starts a Redis that keeps nothing on disk and ends with the test.
func StartRedis(t testing.TB) *Server {
	t.Helper()
	path := binary(t, "redis-server")
	return start(t, "redis-server", func(dir, port string) process.Command {
		return process.Command{Binary: path, Args: []string{
			"--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no",
		}}
	}, func(ctx context.Context, address string) error { return redisSays(ctx, address, "+PONG", "PING") })
}

// Redis asks a Redis one command and fails unless the first line of its answer begins with want: "+OK", ":1", "$".
func Redis(t testing.TB, address, want string, words ...string) {
	t.Helper()
	if err := redisSays(t.Context(), address, want, words...); err != nil {
		t.Fatal(err)
	}
}

func redisSays(ctx context.Context, address, want string, words ...string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	var request strings.Builder
	fmt.Fprintf(&request, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&request, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := conn.Write([]byte(request.String())); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, want) {
		err = fmt.Errorf("redis answered %q to %q, want %q", line, words, want)
	}
	return err
}
