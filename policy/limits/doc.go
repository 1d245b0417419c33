// Package limits is the guard that says how often: token buckets, in memory
// that all workers of one proxy share.
//
//	rate.go     a refill rate as an exact fraction
//	bucket.go   the arithmetic of one bucket (GCRA)
//	counter.go  what all algorithms have in common
//	page.go     many counters in one value of shared data
//	by.go       what is counted apart, from the document
//	header.go   which headers can be counted by
//	key.go      what is counted apart, of a request
//	store.go    the seed, and reading and writing pages by compare-and-swap
//	compile.go  the limits of a document
//	attach.go   the limits of a route
//	guard.go    the verdict
//	field.go    RateLimit and RateLimit-Policy
//
// What it promises:
//
//   - No more than capacity + refill x time is admitted in any stretch of time,
//     by all workers together, however they interleave. Decisions are off by
//     1.001 ns of the clock at most, and that never adds up.
//   - The keys of shared data are fixed by the policy: Pages for each limit,
//     whatever the traffic.
//   - Nobody is denied because of other clients' buckets. Past Slots non-full
//     buckets in one page the one that is closest to full is forgotten, in
//     favour of that client.
//   - A store that does not answer, or not soundly, is a denial.
//   - A request that is admitted allocates nothing.
package limits
