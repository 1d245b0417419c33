// Package keyformat is the text of an API key: what `sallyport key new` makes
// and what the api_key guard recognises before it hashes anything.
//
//	sk_live_ 1 4fQz0aB7Kx 1vDwYc 8Zr…33… 0pX3Lm
//	│        │ │          │      │       └ checksum: CRC-32 (IEEE) of all before it, 6 digits
//	│        │ │          │      └ secret: 33 digits, 196 bits, uniform
//	│        │ │          └ creation time: Unix seconds, 6 digits
//	│        │ └ key id: 10 digits, random; it names the key and is no secret
//	│        └ version of this format
//	└ prefix: says whose key it is, to people and to secret scanners
//
// (Without the spaces.) Digits are base62, 0-9 A-Z a-z in this order, the most
// significant first, padded with '0'. The checksum tells a mistyped or cut key
// from an unknown one without a look-up; it proves nothing about who made it.
//
// The package makes no random numbers of its own, so that the module, which
// only parses, does not carry a generator.
package keyformat
