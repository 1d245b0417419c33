package keyformat

import "errors"

// The ways in which a text is not a key. Parse and Inspect return these very
// values, so that a refused key costs no allocation; none quotes the key.
var (
	ErrPrefix   = errors.New("keyformat: the prefix is not the expected one, or not a prefix")
	ErrLength   = errors.New("keyformat: the key is cut short or too long")
	ErrAlphabet = errors.New("keyformat: the key holds a character other than 0-9, A-Z and a-z after its prefix")
	ErrVersion  = errors.New("keyformat: the key is of an unknown version")
	ErrChecksum = errors.New("keyformat: the checksum does not match; the key was mistyped or changed")
)

// The ways in which New fails beside ErrPrefix.
var (
	ErrTime   = errors.New("keyformat: the time is before 1970 or does not fit into six digits")
	ErrRandom = errors.New("keyformat: no usable random bytes")
)
