// Package fetched keeps documents that a policy fetches and all workers of a
// proxy share: key sets, the metadata that name them, lists of revoked tokens.
//
//	source.go      what is fetched, from where, how often
//	copy.go        what one worker holds of it: reading, waiting, renewing
//	flight.go      one call and those who wait for it
//	answer.go      taking an answer, or refusing it
//	shared.go      the document and its state in shared data
//	state.go       the state: when, by whom, how often in vain
//	clock.go       times that a clock may contradict
//	url.go         addresses, and the well-known ones of an issuer
//	metadata.go    the metadata of an issuer
//	discovered.go  a document whose address stands in another
//	metric.go      counters
//
// What it promises:
//
//   - A good document is lost by nothing: a server that is down, slow, or answers
//     with anything but a sound document changes only when it is asked again.
//   - One worker's call serves all workers of the proxy. Who asks holds a lease
//     in shared data; a worker that dies with it holds up nobody for longer than
//     the call could have taken.
//   - Requests that come before the first good document wait for one call in each
//     worker, however many they are. While the server is known to fail they are
//     told so at once.
//   - A document that is asked for out of turn, for a key that it does not have,
//     is so once in 30 seconds by all workers together; of those that need it
//     before that answer is there each asks once, so that nobody is turned away.
//   - The same document is the same value, whoever fetched it: what was derived
//     from it stays good.
//   - A failure is followed by pauses of 1 second doubling to a minute, of 10
//     seconds at most while there is no document at all. The worker that failed
//     lets another have the next turn, since its fault may be its own.
//   - A clock that is set back delays nothing by more than 5 seconds beyond what
//     it would have waited.
//   - A document that came from another address than the policy's of today is not
//     taken from shared data.
//   - Two keys of shared data for each document, fixed by the policy.
//   - Reading the document allocates nothing while it does not change.
//
// World.Fetch suspends the request. What one request knows of a call that
// others may have ended meanwhile stands in its flight.
package fetched
