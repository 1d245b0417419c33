package fetched

import "time"

// slack is how far in the future a time may lie that is believed: requests read
// the clock when they begin. What lies further was written before the clock was
// set back, and would else last for as long.
const slack = int64(5 * time.Second)

// during tells whether now is within a length of time that began at from. A
// zero from never began.
func during(from, length, now int64) bool {
	return from > 0 && now-from < length && from-now < slack
}

// spread returns a number below n that depends on a time. Proxies that were
// started together must not ask together for ever; the nanoseconds at which
// they did differ. (The finaliser of SplitMix64.)
func spread(at, n int64) int64 {
	if n < 1 {
		return 0
	}
	z := uint64(at) + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int64((z ^ z>>31) % uint64(n))
}
