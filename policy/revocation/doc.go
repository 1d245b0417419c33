// Package revocation holds lists of revoked tokens, by their identifier (the
// claim jti, RFC 7519 section 4.1.7).
//
//	list.go    a list in memory, and asking it
//	parse.go   the three forms in which a list is fetched
//	filter.go  the binary form: a Bloom filter
//	encode.go  writing a filter
//
// A list has one of three forms; its first bytes tell which.
//
//	["2f1c9e", "8a7b"]          a JSON array of texts
//
//	# a comment                 lines of 1 to 256 visible ASCII characters, none of
//	2f1c9e                      them one of < > { } [ ] " and comma; empty lines and
//	8a7b                        those that begin with # say nothing
//
//	a filter, for lists of millions:
//	offset  bytes  what
//	0       4      magic: 0x89 'S' 'P' 'R'
//	4       1      version: 1
//	5       1      k, bits that each identifier sets: 1 to 32
//	6       2      0
//	8       8      m, bits of the filter, big-endian: 8 or more, a multiple of 8
//	16      m/8    the bits; bit n is 1<<(n%8) of byte n/8
//
// Of an identifier's SHA-256 the bytes 0 to 7 are a and the bytes 8 to 15, with
// the last bit set, are b, both big-endian. It sets the bits (a + i*b mod 2^64)
// mod m for i from 0 to k-1 (Kirsch and Mitzenmacher, Less Hashing, Same
// Performance, 2008).
//
// A filter forgets no revoked token, but it takes some good ones for revoked and
// so refuses them: with n identifiers about (1 - e^(-kn/m))^k of them. At the
// best k that is
//
//	bits for each  k   refused in error   1 million   most in 8 MiB
//	10             7   1 in 120           1.2 MiB     6.7 million
//	15             10  1 in 1,350         1.8 MiB     4.4 million
//	20             14  1 in 14,900        2.4 MiB     3.3 million
//	29             20  1 in 1.1 million   3.5 MiB     2.3 million
//
// Whoever is refused gets a new token, whose identifier is another. A filter
// whose bits would refuse more than 1 good token in 100 is not taken.
//
// What it promises:
//
//   - A list that is not wholly of one form is refused, never taken in part.
//   - An empty answer is no list, nor are empty lines alone: that nothing is
//     revoked is written [] or as a comment. Neither is a page of HTML or a JSON
//     object.
//   - The zero List and a nil one revoke everything.
//   - Asking a list allocates nothing.
package revocation
