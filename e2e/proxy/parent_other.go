//go:build !linux

package proxy

import "syscall"

func diesWithParent() *syscall.SysProcAttr { return nil }
