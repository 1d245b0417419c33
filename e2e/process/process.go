// Package process starts the programs that tests run against, and ends them.
package process

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Command is a program to start.
type Command struct {
	Binary  string
	Args    []string
	Env     []string // "NAME=value"; nil is the environment of the process that starts it
	Dir     string   // where it runs; empty: where the process that starts it does
	LogPath string   // file to which its output is added
}

// Process is a running program. It dies with the process that started it.
type Process struct {
	LogPath string // its output, written line by line
	command *exec.Cmd
	exited  chan struct{} // closed when it has ended
	failure error         // of Wait; read after exited
	stop    sync.Once
}

// Start starts a program.
func Start(c Command) (*Process, error) {
	p := &Process{LogPath: c.LogPath, exited: make(chan struct{})}
	log, err := os.OpenFile(c.LogPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own copy
	p.command = exec.Command(c.Binary, c.Args...)
	p.command.Env, p.command.Dir = c.Env, c.Dir
	p.command.Stdout, p.command.Stderr = log, log // a file, not a pipe: a line stands there as soon as it is written
	p.command.SysProcAttr = diesWithParent()
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.failure = p.command.Wait()
		close(p.exited)
	}()
	return p, nil
}

// Stop ends it, and returns when it has ended.
func (p *Process) Stop() {
	p.stop.Do(func() {
		if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return
		}
		select {
		case <-p.exited:
		case <-time.After(5 * time.Second):
			p.Kill()
		}
	})
}

// Kill ends it at once, as a crash would, and returns when it has ended.
func (p *Process) Kill() {
	if err := p.command.Process.Kill(); err == nil || errors.Is(err, os.ErrProcessDone) {
		<-p.exited
	}
}

// Exited is closed when it has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Failure tells, after Exited, how it ended; nil is an exit status of 0.
func (p *Process) Failure() error { return p.failure }

// PID is the process id.
func (p *Process) PID() int { return p.command.Process.Pid }

// Log returns what it wrote so far.
func (p *Process) Log() (string, error) {
	text, err := os.ReadFile(p.LogPath)
	return string(text), err
}

// Tail returns the last lines of the log.
func (p *Process) Tail(lines int) string {
	text, err := p.Log()
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
