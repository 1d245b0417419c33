package jose

import "bytes"

// Tags of DER (X.690 section 8).
const (
	tagInteger   = 0x02
	tagBitString = 0x03
	tagSequence  = 0x30
)

// tlv returns a value in DER.
func tlv(tag byte, parts ...[]byte) []byte {
	content := bytes.Join(parts, nil)
	n := len(content)
	switch {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, content...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, content...)
	default: // less than 64 KiB: the bounds of keys and signatures see to it
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, content...)
	}
}

// value returns the content of the value that der begins with, and what stands
// behind it; nothing, where it is not of the tag. It does not ask for the
// shortest length: parseSubject compares the whole.
func value(tag byte, der []byte) (content, rest []byte) {
	if len(der) < 2 || der[0] != tag {
		return nil, nil
	}
	n, der := int(der[1]), der[2:]
	if n >= 0x80 {
		size := n - 0x80
		if size > 2 || len(der) < size {
			return nil, nil
		}
		n = 0
		for _, b := range der[:size] {
			n = n<<8 | int(b)
		}
		der = der[size:]
	}
	if n > len(der) {
		return nil, nil
	}
	return der[:n], der[n:]
}

// integer returns a number that is not negative, most significant byte first, as
// a DER INTEGER: as short as can be, and with a sign bit that is clear.
func integer(number []byte) []byte {
	number = bytes.TrimLeft(number, "\x00")
	if len(number) == 0 || number[0] >= 0x80 {
		return tlv(tagInteger, []byte{0}, number)
	}
	return tlv(tagInteger, number)
}

// subject returns a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
func subject(algorithm, key []byte) []byte {
	return tlv(tagSequence, tlv(tagSequence, algorithm), tlv(tagBitString, []byte{0}, key))
}
