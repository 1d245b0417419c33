package main

import (
	"os"
	"runtime"
	"time"
)

// disturbance is how much of the machine others use while something is
// measured: the larger, the colder the caches that a proxy finds.
type disturbance struct {
	pids         []int
	begin        time.Time
	busy, ourOwn time.Duration
}

// disturbanceOf begins to watch. The processes of the servers, of the services
// that they ask, and this one, are not others.
func disturbanceOf(servers []*server, asked *services) (*disturbance, error) {
	d := &disturbance{pids: []int{os.Getpid()}, begin: time.Now()}
	for _, s := range asked.servers {
		d.pids = append(d.pids, s.PID())
	}
	seen := map[int]bool{}
	for _, s := range servers {
		if pid := s.PID(); !seen[pid] {
			seen[pid] = true
			d.pids = append(d.pids, pid)
		}
	}
	var err error
	d.busy, d.ourOwn, err = d.read()
	return d, err
}

func (d *disturbance) read() (busy, ourOwn time.Duration, err error) {
	if busy, err = machineTime(); err != nil {
		return 0, 0, err
	}
	for _, pid := range d.pids {
		used, err := cpuTime(pid)
		if err != nil {
			return 0, 0, err
		}
		ourOwn += used
	}
	return busy, ourOwn, nil
}

// percent is the share of the machine's CPU time that others used since.
func (d *disturbance) percent() (float64, error) {
	busy, ourOwn, err := d.read()
	if err != nil {
		return 0, err
	}
	others := (busy - d.busy) - (ourOwn - d.ourOwn)
	all := time.Since(d.begin) * time.Duration(runtime.NumCPU())
	return max(0, 100*others.Seconds()/all.Seconds()), nil
}
