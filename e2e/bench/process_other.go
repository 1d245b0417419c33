//go:build !linux

package main

import (
	"errors"
	"time"
)

var errLinux = errors.New("the time and memory of another process are read on Linux only")

func cpuTime(int) (time.Duration, error) { return 0, errLinux }

func residentBytes(int) (int64, error) { return 0, errLinux }

func machineTime() (time.Duration, error) { return 0, errLinux }
