package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// replace gives a file another text at once: whoever reads it sees the old one
// or the new one. The file keeps its owner and its mode, and a symbolic link stays
// one. A file that has changed since it was read is left alone.
func replace(file string, old, text []byte) error {
	if err := exchange(file, old, text); err != nil {
		return fmt.Errorf("%s was not written, and the key above is good for nothing: %w", file, err)
	}
	return nil
}

func exchange(file string, old, text []byte) error {
	path, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	err = errors.Join(err, keepOwner(temp, info), temp.Chmod(info.Mode().Perm()), temp.Sync(), temp.Close())
	if err == nil {
		err = unchanged(path, old)
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

func unchanged(path string, old []byte) error {
	now, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(now, old) {
		err = errors.New("it was changed meanwhile")
	}
	return err
}
