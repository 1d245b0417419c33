// Package limits is the guard that says how often: token buckets, sliding
// windows, quotas and requests in flight, in memory that all workers of one
// proxy share, or in stores that all proxies share (package stores).
//
//	rate.go            a refill rate as an exact fraction
//	bucket.go          the arithmetic of one bucket (GCRA)
//	sliding_window.go  the weighted two-window counter
//	quota.go           periods of the calendar
//	concurrency.go     requests in flight, by generation
//	counter.go         what all algorithms have in common
//	page.go            many counters in one value of shared data
//	by.go              what is counted apart, from the document
//	header.go          which headers can be counted by
//	key.go             what is counted apart, of a request
//	store.go           the seed, and reading and writing pages by compare-and-swap
//	check.go           the memory of one request's check
//	compile.go         the limits of a document
//	size.go            their algorithms
//	cost.go            what requests take
//	attach.go          the limits of a route
//	guard.go           the verdict
//	settle.go          costs that the response says
//	field.go           RateLimit and RateLimit-Policy
//	connect.go         limits that count in a store
//	on_error.go        what they do while it does not answer
//	remote.go          asking stores
//	remote_key.go      what is counted apart, for stores
//
// What it promises:
//
//   - No more than capacity + refill x time is admitted by a bucket in any
//     stretch of time, by all workers together, however they interleave.
//     Decisions are off by 1.001 ns of the clock at most, and that never adds up.
//   - The same of a window, whose refill is limit / length: it admits less than
//     twice its limit in any stretch shorter than its length.
//   - A quota admits no more than its limit each time that the clock goes
//     through a period.
//   - No more than their limit of streams are in flight at once that last no
//     longer than their longest duration.
//   - The keys of shared data are fixed by the policy: Pages for each limit,
//     whatever the traffic.
//   - Nobody is denied because of other clients' buckets. Past Slots counters
//     in use in one page the lightest is forgotten, in
//     favour of that client.
//   - Shared data that does not answer, or not soundly, is a denial; so is a
//     store, unless the limit says otherwise.
//   - A request that is admitted without asking a store allocates nothing.
package limits
