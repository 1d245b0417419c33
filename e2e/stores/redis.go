package stores

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/process"
)

// StartRedis starts a Redis that ends with the test.
func StartRedis(t testing.TB) *Server {
	t.Helper()
	return Run(t, RedisServer())
}

// RedisServer is a Redis that keeps nothing on disk.
func RedisServer() Program {
	return Program{Name: "redis-server",
		Command: func(_ *Server, dir, port string) (process.Command, error) {
			path, err := binary("redis-server")
			return process.Command{Binary: path, Args: []string{
				"--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no",
			}}, err
		},
		Ready: func(ctx context.Context, address string) error { return redisSays(ctx, address, "+PONG", "PING") }}
}

// Redis asks a Redis one command and fails unless the first line of its answer begins with want: "+OK", ":1", "$".
func Redis(t testing.TB, address, want string, words ...string) {
	t.Helper()
	if err := redisSays(t.Context(), address, want, words...); err != nil {
		t.Fatal(err)
	}
}

func redisSays(ctx context.Context, address, want string, words ...string) error {
	return askRedis(ctx, address, words, func(answer *bufio.Reader) error {
		line, err := answer.ReadString('\n')
		if err == nil && !strings.HasPrefix(line, want) {
			err = fmt.Errorf("redis answered %q, want %q", line, want)
		}
		return err
	})
}

// List asks a Redis one command and returns its answer: the elements of an array, or one text or number.
func List(t testing.TB, address string, words ...string) []string {
	t.Helper()
	var list []string
	if err := askRedis(t.Context(), address, words, func(answer *bufio.Reader) error { return reply(answer, &list) }); err != nil {
		t.Fatal(err)
	}
	return list
}

func askRedis(ctx context.Context, address string, words []string, read func(*bufio.Reader) error) error {
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
	if err := read(bufio.NewReader(conn)); err != nil {
		return fmt.Errorf("asking redis %q: %w", words, err)
	}
	return nil
}

// reply adds a reply to a list: RESP2, as https://redis.io/docs/latest/develop/reference/protocol-spec has it.
func reply(r *bufio.Reader, list *[]string) error {
	line, err := r.ReadString('\n')
	if err != nil {
		return err
	}
	kind, rest := line[0], strings.TrimRight(line[1:], "\r\n")
	switch kind {
	case ':', '+':
		*list = append(*list, rest)
		return nil
	case '-':
		return errors.New(rest)
	}
	length, err := strconv.Atoi(rest)
	if err != nil || kind != '$' && kind != '*' {
		return fmt.Errorf("redis answered %q", line)
	}
	if kind == '*' {
		for range length {
			if err := reply(r, list); err != nil {
				return err
			}
		}
		return nil
	}
	text := make([]byte, length+len("\r\n"))
	if _, err := io.ReadFull(r, text); err != nil {
		return err
	}
	*list = append(*list, string(text[:length]))
	return nil
}
