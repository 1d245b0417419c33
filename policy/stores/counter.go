package stores

import (
	_ "embed"
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
	"time"
)

//go:embed limits.lua
var script string

// scriptSHA names the script to Redis (EVALSHA). A test holds it to the script:
// SHA-1 itself need not be in the module for it.
const scriptSHA = "f3a07a42ef9d906b5b269a644bdcddf130ccae96"

// exact bounds the whole numbers that a double holds exactly.
const exact = 1 << 53

// Counter is an algorithm of one size, as the script takes it. It is read only.
type Counter struct {
	id     []byte
	args   []byte // the form of the size, escaped
	month  bool
	offset time.Duration // of a month's clock
}

// ID tells counters of this size and algorithm from others of the limit. It is
// the caller's to append to.
func (c *Counter) ID() []byte { return slices.Clip(c.id) }

func newCounter(name string, numbers ...int64) *Counter {
	c := &Counter{id: append([]byte(name), 0), args: []byte("/" + name)}
	for _, n := range numbers {
		c.id = binary.LittleEndian.AppendUint64(c.id, uint64(n))
		c.args = strconv.AppendInt(append(c.args, '/'), n, 10)
	}
	return c
}

// NewBucket returns a bucket that num/den tokens come back to each second. It is
// counted in units of which a token and what comes back in a microsecond are
// whole numbers. It is not ok where two empty buckets are too many of them: what
// is missing and what is asked for are added before they are compared.
func NewBucket(capacity int64, num, den uint64) (c *Counter, ok bool) {
	token := den * uint64(time.Second/time.Microsecond)
	shared := divisor(num, token)
	token, rate := token/shared, num/shared
	hi, size := bits.Mul64(uint64(capacity), token)
	if hi > 0 || size >= exact/2 {
		return nil, false
	}
	return newCounter("bucket", int64(size), int64(token), int64(rate)), true
}

func divisor(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// NewWindow returns a sliding window.
func NewWindow(limit int64, length time.Duration) *Counter {
	return newCounter("window", limit, length.Microseconds())
}

// NewQuota returns a quota for each hour, day or month of a clock that is
// offset from UTC.
func NewQuota(limit int64, per string, offset time.Duration) *Counter {
	switch per {
	case "hour":
		return newCounter("quota", limit, time.Hour.Microseconds(), offset.Microseconds())
	case "day":
		return newCounter("quota", limit, (24 * time.Hour).Microseconds(), offset.Microseconds())
	}
	c := newCounter("month", limit)
	c.id = binary.LittleEndian.AppendUint64(c.id, uint64(offset))
	c.month, c.offset = true, offset
	return c
}

// append writes the size as the script takes it. Only this worker knows the
// calendar: Redis is told when months begin, and picks one by its own clock.
func (c *Counter) append(b []byte, now int64) []byte {
	b = append(b, c.args...)
	if !c.month {
		return b
	}
	local := time.Unix(0, now).UTC().Add(c.offset)
	for months := -1; months <= 2; months++ {
		begins := time.Date(local.Year(), local.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC).Add(-c.offset)
		b = strconv.AppendInt(append(b, '/'), begins.UnixMicro(), 10)
	}
	return b
}
