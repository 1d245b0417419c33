package stores

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"sallyport.dev/sallyport/e2e/process"
)

// counted is a question that needs no rule, as it brings its limit, but needs Redis.
const counted = `{"domain":"ready","descriptors":[{"entries":[{"key":"ready"}],"limit":{"requestsPerUnit":1000000,"unit":"SECOND"}}]}`

// StartRatelimit starts Envoy's rate limit service before the Redis at an address, with its rules as YAML, and ends
// with the test. Each connection to Redis that was cut fails one question: it has one, so that Await leaves none.
func StartRatelimit(t testing.TB, redis, rules string) *Server {
	t.Helper()
	return Run(t, Ratelimit(redis, 1, rules))
}

// Ratelimit is Envoy's rate limit service before the Redis at an address, to which it has so many connections, with its
// rules as YAML. It answers at /json, and over gRPC.
func Ratelimit(redis string, connections int, rules string) Program {
	return Program{Name: "ratelimit",
		Command: func(s *Server, dir, port string) (process.Command, error) {
			path, err := Built("ratelimit")
			if err != nil {
				return process.Command{}, err
			}
			config := filepath.Join(dir, "runtime", "rules", "config")
			if err := os.MkdirAll(config, 0o755); err != nil {
				return process.Command{}, err
			}
			var grpcPort string
			if s.GRPC, grpcPort, err = freeAddress(); err != nil {
				return process.Command{}, err
			}
			return process.Command{Binary: path, Env: []string{
				"RUNTIME_ROOT=" + filepath.Join(dir, "runtime"), "RUNTIME_SUBDIRECTORY=rules", "RUNTIME_WATCH_ROOT=false",
				"REDIS_SOCKET_TYPE=tcp", "REDIS_URL=" + redis,
				"REDIS_POOL_SIZE=" + strconv.Itoa(connections), "USE_STATSD=false", "DISABLE_STATS=true", "LOG_LEVEL=warn",
				"HOST=127.0.0.1", "PORT=" + port, "GRPC_HOST=127.0.0.1", "GRPC_PORT=" + grpcPort,
				"DEBUG_HOST=127.0.0.1", "DEBUG_PORT=0", // any port: nobody asks there
			}}, os.WriteFile(filepath.Join(config, "rules.yaml"), []byte(rules), 0o644)
		},
		Ready: func(ctx context.Context, address string) error {
			answer, err := Post(ctx, "http://"+address+"/json", counted)
			if err == nil && answer.Status != http.StatusOK {
				err = fmt.Errorf("the rate limit service answered %+v", answer)
			}
			return err
		}}
}
