package limits

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"unsafe"

	"github.com/dchest/siphash"

	"sallyport.dev/sallyport/policy/guard"
)

// longest is how much of a value stands in the key itself. A longer one stands
// as its hash, so that a client cannot make the key's buffer grow.
const longest = 64

// The length of a value that stands as its hash, and of one that is absent.
// Both are no length of a value that stands itself.
const (
	lengthHashed = 0xff
	lengthAbsent = 0xfe
)

// locate finds the page and the tag of the counter that a request is counted
// in; id tells its size.
// SipHash with a secret seed: nobody can choose values that meet in one page.
func (c *check) locate(r *guard.Request, l *attached, id []byte, route string) (page, tag uint64, err error) {
	if err := c.identify(r, l, route); err != nil {
		return 0, 0, err
	}
	c.key = append(c.key, id...)
	page, tag = siphash.Hash128(c.seed[0], c.seed[1], c.key)
	return page % Pages, tag, nil
}

// identify writes what a request is counted by to c.key.
func (c *check) identify(r *guard.Request, l *attached, route string) (err error) {
	key := c.key[:0]
	for i := range l.by {
		part := &l.by[i]
		key = append(key, byte(part.kind))
		switch part.kind {
		case byClient:
			// The same id of two identities is two callers.
			key = c.appendPresent(key, r.Caller.Identity)
			key = c.appendPresent(key, r.Caller.Client)
		case byTenant:
			key = c.appendPresent(key, r.Caller.Tenant)
		case byIP:
			if key, err = c.appendAddress(key, r.World, l.addr); err != nil {
				return err
			}
		case byRoute:
			key = c.appendValue(key, route)
		case byMethod:
			key = c.appendValue(key, countedMethod(r.Method))
		case byPath:
			key = c.appendValue(key, r.Captures[l.captures[i]])
		case byHeader:
			key = c.appendHeader(key, r.Headers, part.name)
		case byClaim:
			key = c.appendClaim(key, r.Caller.Claims, part.name)
		}
	}
	c.key = key
	return nil
}

// appendValue writes a value so that no two lists of values give one key: its
// length comes first.
func (st *Store) appendValue(key []byte, value string) []byte {
	if len(value) <= longest {
		return append(append(key, byte(len(value))), value...)
	}
	if st.everywhere {
		sum := sha256.Sum256(unsafe.Slice(unsafe.StringData(value), len(value)))
		return append(append(key, lengthHashed), sum[:16]...)
	}
	hi, lo := siphash.Hash128(st.seed[0], st.seed[1], unsafe.Slice(unsafe.StringData(value), len(value)))
	key = binary.LittleEndian.AppendUint64(append(key, lengthHashed), hi)
	return binary.LittleEndian.AppendUint64(key, lo)
}

// appendPresent is appendValue for what is absent when it is empty.
func (st *Store) appendPresent(key []byte, value string) []byte {
	if value == "" {
		return append(key, lengthAbsent)
	}
	return st.appendValue(key, value)
}

// appendClaim writes a claim, as a client's tenant: whichever identity says it.
func (st *Store) appendClaim(key []byte, claims guard.Claims, name string) []byte {
	if claims != nil {
		if value, ok := claims.Claim(name); ok {
			return st.appendValue(key, value)
		}
	}
	return append(key, lengthAbsent)
}

// appendHeader writes all values of a header. Envoy joins some repeated headers
// with a comma and some not; whoever sends one twice is not the caller who sends
// it once.
func (st *Store) appendHeader(key []byte, headers []guard.Header, name string) []byte {
	for i := range headers {
		if headers[i].Name == name {
			key = st.appendValue(key, headers[i].Value)
		}
	}
	return append(key, lengthAbsent) // the end of the list; alone, no such header
}

// appendAddress writes the client's network. The address is asked for once in
// a Check.
func (c *check) appendAddress(key []byte, w guard.World, bits prefix) ([]byte, error) {
	if !c.addr.IsValid() {
		addr, err := w.SourceAddress()
		if err != nil {
			return nil, err
		}
		if !addr.IsValid() {
			return nil, errNoAddress
		}
		c.addr = addr.Unmap() // ::ffff:192.0.2.1 is 192.0.2.1
	}
	return appendNetwork(key, c.addr, bits), nil
}

// appendNetwork writes family and bits. A zone (fe80::1%eth0) is no part of them.
func appendNetwork(key []byte, addr netip.Addr, bits prefix) []byte {
	if addr.Is4() {
		a := addr.As4()
		mask := ^uint32(0) << (wholeV4 - bits.v4)
		return binary.BigEndian.AppendUint32(append(key, 4), binary.BigEndian.Uint32(a[:])&mask)
	}
	a := addr.As16()
	hi, lo := binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])
	if bits.v6 <= 64 {
		hi, lo = hi&(^uint64(0)<<(64-bits.v6)), 0
	} else {
		lo &= ^uint64(0) << (bitsV6 - bits.v6)
	}
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(append(key, 6), hi), lo)
}

// countedMethod folds HEAD into GET, and every method that RFC 9110 and RFC
// 5789 do not know into one: a client can invent methods without end, and must
// not find a full bucket behind each.
func countedMethod(method string) string {
	switch method {
	case "HEAD":
		return "GET"
	case "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT":
		return method
	}
	return "*"
}
