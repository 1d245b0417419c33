package keyformat

// base is the number of digits of the alphabet.
const base = 62

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// appendNumber appends n in exactly width digits; the caller knows that it fits.
func appendNumber(dst []byte, n uint64, width int) []byte {
	start := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= start; i-- {
		dst[i] = alphabet[n%base]
		n /= base
	}
	return dst
}

// number reads digits of which every one is in the alphabet. Ten digits fit
// into 64 bits; nothing longer is read.
func number(digits string) uint64 {
	n := uint64(0)
	for i := range len(digits) {
		n = n*base + uint64(digit(digits[i]))
	}
	return n
}

// digit returns the value of a digit, or -1.
func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 36
	}
	return -1
}

// inAlphabet tells whether s holds nothing but digits.
func inAlphabet(s string) bool {
	for i := range len(s) {
		if digit(s[i]) < 0 {
			return false
		}
	}
	return true
}
