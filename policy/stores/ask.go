package stores

import "time"

// Key tells what is counted apart of one limit: the same in every proxy, and
// nothing can be read from it.
type Key [16]byte

// Ask is what one limit asks of a store.
type Ask struct {
	Limit      string // its name
	Key        Key
	Counter    *Counter    // of a webdis
	Descriptor *Descriptor // of a rate-limit service
	Entries    []Entry     // of the same
	Tokens     int64       // of Take: 1 or more; of Settle: fewer than 0 are given back
	Charged    int64       // of Settle: the tokens that Take took
	Stamp      int64       // of Settle: the Level's of then
}

// Entry is one entry of a descriptor, as the service is told it; see Tell.
type Entry struct{ Key, Value string }

// Level is what a store says of one limit, after the request was judged.
type Level struct {
	Left   int64         // tokens
	Next   time.Duration // until one more is there
	Wait   time.Duration // until what was asked for is there; of a limit that denied
	Stamp  int64         // for Settle
	Limit  int64         // rate-limit service: the limit in force
	Window int64         // rate-limit service: the seconds for which it is; 0: it is unlimited
}
