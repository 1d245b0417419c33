//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// keepOwner gives a new file the owner and the group of the one whose place it
// takes: a policy that root has edited must stay readable to the proxy's user.
func keepOwner(file *os.File, as os.FileInfo) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	is, ok := info.Sys().(*syscall.Stat_t)
	want, alsoOK := as.Sys().(*syscall.Stat_t)
	if !ok || !alsoOK || is.Uid == want.Uid && is.Gid == want.Gid {
		return nil
	}
	if err := file.Chown(int(want.Uid), int(want.Gid)); err != nil {
		return fmt.Errorf("its owner cannot be kept: run this as its owner, or leave --write out and paste the entry: %w", err)
	}
	return nil
}
