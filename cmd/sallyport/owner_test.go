//go:build unix

package main

import (
	"os"
	"syscall"
	"testing"
)

// A file that root writes keeps its owner, its group and its mode: else the
// proxy, which is another user, could not read its policy any more.
func TestReplaceKeepsTheOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a file to somebody else")
	}
	path := file(t, "old")
	if err := os.Chown(path, 1234, 2345); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := replace(path, []byte("old"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || owner.Uid != 1234 || owner.Gid != 2345 || info.Mode() != 0o640 {
		t.Errorf("the file is now %+v", owner)
	}
}
