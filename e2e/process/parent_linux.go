package process

import "syscall"

// diesWithParent has the kernel kill the program when the process that started it
// ends, also by a panic or by a signal.
func diesWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
