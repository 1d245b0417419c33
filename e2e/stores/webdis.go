package stores

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/process"
)

// StartWebdis starts a webdis before the Redis at an address, which runs, and ends with the test.
func StartWebdis(t testing.TB, redis string) *Server {
	t.Helper()
	return Run(t, Webdis(redis))
}

// Webdis is a webdis before the Redis at an address, which allows nothing but scripts.
func Webdis(redis string) Program {
	return Program{Name: "webdis",
		Command: func(_ *Server, dir, port string) (process.Command, error) {
			path, err := binary("webdis")
			if err != nil {
				return process.Command{}, err
			}
			text, err := webdisConfig(redis, port, filepath.Join(dir, "webdis.log"))
			if err != nil {
				return process.Command{}, err
			}
			config := filepath.Join(dir, "webdis.json")
			return process.Command{Binary: path, Args: []string{config}}, os.WriteFile(config, text, 0o600)
		},
		Ready: func(ctx context.Context, address string) error {
			answer, err := Post(ctx, "http://"+address+"/", "EVAL/return 1/0")
			if err == nil && answer != (Answer{http.StatusOK, `{"EVAL":1}`}) {
				err = fmt.Errorf("webdis answered %+v", answer)
			}
			return err
		}}
}

func webdisConfig(redis, port, log string) ([]byte, error) {
	host, redisPort, err := net.SplitHostPort(redis)
	if err != nil {
		return nil, err
	}
	numbers := make([]int, 2)
	for i, text := range []string{redisPort, port} {
		if numbers[i], err = strconv.Atoi(text); err != nil {
			return nil, err
		}
	}
	return json.Marshal(map[string]any{
		"redis_host": host, "redis_port": numbers[0], "database": 0,
		"http_host": "127.0.0.1", "http_port": numbers[1], "threads": 1, "pool_size": 4,
		"daemonize": false, "verbosity": 2, "logfile": log,
		"acl": []any{map[string]any{"disabled": []string{"*"}}, map[string]any{"enabled": []string{"EVAL", "EVALSHA", "SCRIPT"}}},
	})
}

// Answer is what a server answered.
type Answer struct {
	Status int
	Body   string
}

// Post asks a server over HTTP.
func Post(ctx context.Context, url, body string) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return Answer{resp.StatusCode, string(text)}, err
}
