package stores

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"sallyport.dev/sallyport/e2e/process"
)

// counted is a question that needs no rule, as it brings its limit, but needs Redis.
const counted = `{"domain":"ready","descriptors":[{"entries":[{"key":"ready"}],"limit":{"requestsPerUnit":1000000,"unit":"SECOND"}}]}`

// StartRatelimit starts Envoy's rate limit service before the Redis at an address, with its rules as YAML, and ends
// with the test. It answers at /json.
func StartRatelimit(t testing.TB, redis, rules string) *Server {
	t.Helper()
	path := filepath.Join(root(t), "dist", "ratelimit")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: build it with make dist/ratelimit", err)
	}
	return start(t, "ratelimit", func(dir, port string) process.Command {
		config := filepath.Join(dir, "runtime", "rules", "config")
		if err := os.MkdirAll(config, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(config, "rules.yaml"), []byte(rules), 0o644); err != nil {
			t.Fatal(err)
		}
		return process.Command{Binary: path, Env: []string{
			"RUNTIME_ROOT=" + filepath.Join(dir, "runtime"), "RUNTIME_SUBDIRECTORY=rules", "RUNTIME_WATCH_ROOT=false",
			"REDIS_SOCKET_TYPE=tcp", "REDIS_URL=" + redis,
			"REDIS_POOL_SIZE=1", // each connection that Redis cut fails one question: with one, Await leaves none
			"USE_STATSD=false", "DISABLE_STATS=true", "LOG_LEVEL=warn",
			"HOST=127.0.0.1", "PORT=" + port,
			"GRPC_HOST=127.0.0.1", "GRPC_PORT=0", "DEBUG_HOST=127.0.0.1", "DEBUG_PORT=0", // any port: nobody asks there
		}}
	}, func(ctx context.Context, address string) error {
		answer, err := Post(ctx, "http://"+address+"/json", counted)
		if err == nil && answer.Status != http.StatusOK {
			err = fmt.Errorf("the rate limit service answered %+v", answer)
		}
		return err
	})
}
