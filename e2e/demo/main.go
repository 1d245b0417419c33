// Command demo is `make run`: the sample upstream, an identity provider and Envoy
// with Sallyport, all on 127.0.0.1, and requests to try with the answer that each gives.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"sallyport.dev/sallyport/build/envoy/pinned"
	"sallyport.dev/sallyport/build/repository"
	"sallyport.dev/sallyport/e2e/provider"
	"sallyport.dev/sallyport/e2e/proxy"
	"sallyport.dev/sallyport/e2e/sample"
	"sallyport.dev/sallyport/e2e/stores"
)

// startup is how long Envoy may take to compile the module.
const startup = 2 * time.Minute

func main() {
	port := flag.Int("port", fromEnv("PORT", 10000), "port of the proxy; the next is the admin interface's, and the third behind it the identity provider's; 0: any")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *port); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1)
	}
}

func fromEnv(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func run(ctx context.Context, port int) error {
	root, err := repository.Root()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "sallyport-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := free(port); err != nil {
		return err
	}
	upstream, err := startUpstream(ctx)
	if err != nil {
		return err
	}
	identity, err := startProvider(ctx, dir, port)
	if err != nil {
		return err
	}
	defer identity.Stop()
	envoy, err := launch(ctx, root, dir, port, behindEnvoy{upstream, identity})
	if err != nil {
		return err
	}
	defer envoy.Stop()
	addresses, err := envoy.Listeners(ctx)
	if err != nil {
		return err
	}
	fmt.Print(page(addresses["demo"], identity.Address, envoy.Admin, envoy.LogPath))
	select {
	case <-ctx.Done():
		return nil
	case <-envoy.Exited():
		return fmt.Errorf("envoy ended; its log ends:\n%s", envoy.Tail(20))
	}
}

// startProvider starts the identity provider, whose issuer is its address.
func startProvider(ctx context.Context, dir string, port int) (*stores.Server, error) {
	settings := provider.Settings{}
	if port != 0 {
		settings.Address = local(behind(port, 3))
	}
	return provider.Zitadel.Program(settings).Start(ctx, dir)
}

// behindEnvoy are the servers that Envoy asks.
type behindEnvoy struct {
	upstream *net.TCPAddr
	identity *stores.Server
}

func launch(ctx context.Context, root, dir string, port int, servers behindEnvoy) (*proxy.Envoy, error) {
	binary, err := pinned.Path(root, "")
	if err != nil {
		return nil, err
	}
	module := filepath.Join(root, "dist", "sallyport.wasm")
	if _, err := os.Stat(module); err != nil {
		return nil, fmt.Errorf("%w: build it with make build", err)
	}
	_, text, err := net.SplitHostPort(servers.identity.Address)
	if err != nil {
		return nil, err
	}
	identityPort, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	issuer := "http://" + servers.identity.Address
	bootstrap := filepath.Join(dir, "envoy.yaml")
	err = sample.Read(filepath.Join(root, "envoy", "demo", "envoy.yaml")).
		Replace("dist/sallyport.wasm", module).
		Port(10000, port).Port(10001, behind(port, 1)).Port(10002, servers.upstream.Port).Port(10003, identityPort).
		Replace(`"issuer": "http://127.0.0.1:10003"`, `"issuer": "`+issuer+`"`).
		Replace(`"discovery": "http://127.0.0.1:10003"`, `"discovery": "`+issuer+`"`).Write(bootstrap)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startup)
	defer cancel()
	return proxy.Launch(ctx, proxy.Command{Binary: binary, Dir: dir, Args: []string{
		"--config-path", bootstrap, "--concurrency", "2", "--file-flush-interval-msec", "200", "--log-level", "warning", "--component-log-level", "wasm:info",
	}})
}

// behind is the port so many behind one; any, where that is any.
func behind(port, by int) int {
	if port == 0 {
		return 0
	}
	return port + by
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// free finds out whether the ports can be had, to say what to do if not.
func free(port int) error {
	for _, p := range []int{port, behind(port, 1), behind(port, 3)} {
		listener, err := net.Listen("tcp", local(p))
		if err != nil {
			return fmt.Errorf("%w: choose another port, such as make run PORT=%d", err, port+100)
		}
		if err := listener.Close(); err != nil {
			return err
		}
	}
	return nil
}
