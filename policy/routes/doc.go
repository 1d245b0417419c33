// Package routes finds the route of a request: the first one of the document
// whose hosts, path and methods take it. No route is a denial.
//
// Where things stand:
//
//	table.go    Compile, Match and Capture
//	pattern.go  a path pattern: literals, {name}, * and **
//	host.go     a host pattern: a name, or *.name
//	method.go   methods as bits
//	trie.go     patterns as a tree of segments, and the search in it
//	split.go    a request's path as segments
//	shadow.go   routes that can never match
//
// The promises:
//
//   - The first match in document order wins. The trie only finds it faster:
//     subtrees that hold no earlier route than the best one are not entered.
//   - Match looks at no more than MaxSegments segments of a path, and at a node of
//     the trie once, or twice where ways part. It allocates nothing and does not recurse.
//   - A trailing slash does not make another path.
//   - {name} and * never take an empty segment.
package routes
