// Package proxy starts a real Envoy, tells when it is ready, and ends it.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Command is an Envoy to start.
type Command struct {
	Binary string
	Dir    string   // existing folder for its log and the admin's address
	Args   []string // configuration and more; what Launch needs itself is added
}

// Envoy is a running Envoy. It dies with the process that started it.
type Envoy struct {
	Admin   string // host:port
	LogPath string // its standard error, written line by line
	process *exec.Cmd
	exited  chan struct{} // closed when it has ended
	failure error         // of Wait; read after exited
	stop    sync.Once
}

// Launch starts an Envoy and returns when it is live. An Envoy that ends before
// is an error that holds the end of its log.
func Launch(ctx context.Context, c Command) (*Envoy, error) {
	e, err := start(c)
	if err != nil {
		return nil, err
	}
	if err := e.await(ctx, filepath.Join(c.Dir, "admin")); err != nil {
		e.Stop()
		return nil, fmt.Errorf("%w; its log ends:\n%s", err, e.Tail(40))
	}
	return e, nil
}

func start(c Command) (*Envoy, error) {
	e := &Envoy{LogPath: filepath.Join(c.Dir, "envoy.log"), exited: make(chan struct{})}
	log, err := os.Create(e.LogPath)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own copy
	args := append([]string{"--disable-hot-restart", "--admin-address-path", filepath.Join(c.Dir, "admin")}, c.Args...)
	e.process = exec.Command(c.Binary, args...)
	e.process.Stdout, e.process.Stderr = log, log // a file, not a pipe: a line stands there as soon as Envoy wrote it
	e.process.SysProcAttr = diesWithParent()
	if err := e.process.Start(); err != nil {
		return nil, err
	}
	go func() {
		e.failure = e.process.Wait()
		close(e.exited)
	}()
	return e, nil
}

// await polls until Envoy is live.
func (e *Envoy) await(ctx context.Context, addressFile string) error {
	for {
		select {
		case <-e.exited:
			return fmt.Errorf("envoy ended: %v", e.failure)
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

// Stop ends Envoy, and returns when it has ended.
func (e *Envoy) Stop() {
	e.stop.Do(func() {
		if err := e.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return
		}
		select {
		case <-e.exited:
		case <-time.After(5 * time.Second):
			if err := e.process.Process.Kill(); err == nil {
				<-e.exited
			}
		}
	})
}

// Exited is closed when Envoy has ended.
func (e *Envoy) Exited() <-chan struct{} { return e.exited }

// PID is the process id.
func (e *Envoy) PID() int { return e.process.Process.Pid }

// Log returns what Envoy logged so far.
func (e *Envoy) Log() (string, error) {
	text, err := os.ReadFile(e.LogPath)
	return string(text), err
}

// Tail returns the last lines of the log.
func (e *Envoy) Tail(lines int) string {
	text, err := e.Log()
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
