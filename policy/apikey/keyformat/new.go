package keyformat

import (
	"fmt"
	"io"
	"time"
)

// New makes a key. random must be a cryptographic source (crypto/rand.Reader):
// the key id and the secret are drawn from it, uniformly. Errors: ErrPrefix,
// ErrTime, ErrRandom.
func New(prefix string, now time.Time, random io.Reader) (string, error) {
	if !ValidPrefix(prefix) {
		return "", ErrPrefix
	}
	seconds := now.Unix()
	if seconds < 0 || seconds >= timeLimit {
		return "", ErrTime
	}
	key := make([]byte, 0, len(prefix)+Length)
	key = append(key, prefix...)
	key = append(key, Version)
	key, err := appendRandom(key, idLength, random)
	if err != nil {
		return "", err
	}
	key = appendNumber(key, uint64(seconds), timeLength)
	if key, err = appendRandom(key, secretLength, random); err != nil {
		return "", err
	}
	return string(appendNumber(key, uint64(checksum(string(key))), checksumLength)), nil
}

// fair is the largest multiple of base in a byte: bytes from here on are
// thrown away, or the first digits of the alphabet would be likelier.
const fair = 256 / base * base

// rounds bounds the reads of a source that gives nothing but unfair bytes. An
// honest one needs a second round about two times in three, a tenth never.
const rounds = 64

// appendRandom appends count uniform digits.
func appendRandom(dst []byte, count int, random io.Reader) ([]byte, error) {
	var buf [secretLength]byte
	for range rounds {
		if _, err := io.ReadFull(random, buf[:count]); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRandom, err)
		}
		for _, b := range buf[:count] {
			if b < fair {
				dst = append(dst, alphabet[b%base])
				count--
			}
		}
		if count == 0 {
			return dst, nil
		}
	}
	return nil, ErrRandom
}
