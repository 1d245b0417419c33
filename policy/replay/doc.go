// Package replay remembers what may be used once only, so that all workers of a
// proxy know it again: proofs of possession, deliveries of webhooks.
//
//	page.go     the marks of one key of shared data
//	memory.go   marks, and takes marks back, by compare and swap
//
// Promises:
//
//   - The keys are Pages, whatever clients send, and none has more than Slots marks.
//   - A mark that lives is never forgotten: where there is no room the answer is Full.
//   - Where shared data fails the answer is Full and an error.
package replay
