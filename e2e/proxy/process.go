// Package proxy starts a real Envoy, tells when it is ready, and ends it.
package proxy

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sallyport.dev/sallyport/e2e/process"
)

// Command is an Envoy to start.
type Command struct {
	Binary string
	Dir    string   // existing folder for its log and the admin's address
	Args   []string // configuration and more; what Launch needs itself is added
}

// Envoy is a running Envoy. It dies with the process that started it.
type Envoy struct {
	*process.Process
	Admin string // host:port
}

// Launch starts an Envoy and returns when it is live. An Envoy that ends before
// is an error that holds the end of its log.
func Launch(ctx context.Context, c Command) (*Envoy, error) {
	args := append([]string{"--disable-hot-restart", "--admin-address-path", filepath.Join(c.Dir, "admin")}, c.Args...)
	running, err := process.Start(process.Command{Binary: c.Binary, Args: args, LogPath: filepath.Join(c.Dir, "envoy.log")})
	if err != nil {
		return nil, err
	}
	e := &Envoy{Process: running}
	if err := e.await(ctx, filepath.Join(c.Dir, "admin")); err != nil {
		e.Stop()
		return nil, fmt.Errorf("%w; its log ends:\n%s", err, e.Tail(40))
	}
	return e, nil
}

// await polls until Envoy is live.
func (e *Envoy) await(ctx context.Context, addressFile string) error {
	for {
		select {
		case <-e.Exited():
			return fmt.Errorf("envoy ended: %v", e.Failure())
		case <-ctx.Done():
			return fmt.Errorf("envoy is not live: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
		if address, err := os.ReadFile(addressFile); err == nil && len(address) > 0 {
			e.Admin = strings.TrimSpace(string(address))
			if _, err := e.Get(ctx, "/ready"); err == nil {
				return nil
			}
		}
	}
}
