package keyformat

import (
	"hash/crc32"
	"time"
)

// Version is the character behind the prefix.
const Version = '1'

// Length is how many characters follow the prefix.
const Length = 1 + idLength + timeLength + secretLength + checksumLength

const (
	idLength       = 10
	timeLength     = 6
	secretLength   = 33
	checksumLength = 6

	maxPrefix = 32
	timeLimit = base * base * base * base * base * base // timeLength digits: the year 3769
)

// Key is what a key says of itself without its secret.
type Key struct {
	ID      string    // base62, the same for every copy of the key
	Created time.Time // UTC, whole seconds
}

// Parse reads a key that must have the prefix. It allocates nothing: Key.ID is
// a part of key. Errors: ErrPrefix, ErrLength, ErrAlphabet, ErrVersion,
// ErrChecksum, in this order.
func Parse(prefix, key string) (Key, error) {
	if len(key) < len(prefix) || key[:len(prefix)] != prefix {
		return Key{}, ErrPrefix
	}
	rest := key[len(prefix):]
	if len(rest) != Length {
		return Key{}, ErrLength
	}
	if !inAlphabet(rest) {
		return Key{}, ErrAlphabet
	}
	if rest[0] != Version {
		return Key{}, ErrVersion
	}
	body := len(key) - checksumLength
	if number(key[body:]) != uint64(checksum(key[:body])) {
		return Key{}, ErrChecksum
	}
	created := number(rest[1+idLength : 1+idLength+timeLength])
	return Key{ID: rest[1 : 1+idLength], Created: time.Unix(int64(created), 0).UTC()}, nil
}

// Inspect reads a key whose prefix is not known: it is what stands before the
// last Length characters. Errors as Parse.
func Inspect(key string) (prefix string, k Key, err error) {
	if len(key) <= Length {
		return "", Key{}, ErrLength
	}
	prefix = key[:len(key)-Length]
	if !ValidPrefix(prefix) {
		return "", Key{}, ErrPrefix
	}
	k, err = Parse(prefix, key)
	if err != nil {
		return "", Key{}, err
	}
	return prefix, k, nil
}

// ValidPrefix tells whether a prefix can begin keys: a lower-case letter, then
// up to 30 lower-case letters, digits and '_', then '_'.
func ValidPrefix(prefix string) bool {
	if len(prefix) < 2 || len(prefix) > maxPrefix || prefix[len(prefix)-1] != '_' {
		return false
	}
	for i := range len(prefix) {
		c := prefix[i]
		lower := c >= 'a' && c <= 'z'
		if !lower && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return true
}

// checksum is crc32.ChecksumIEEE of a string, written out because the package
// function would make the string escape to the heap.
func checksum(s string) uint32 {
	crc := ^uint32(0)
	for i := range len(s) {
		crc = crc32.IEEETable[byte(crc)^s[i]] ^ crc>>8
	}
	return ^crc
}
