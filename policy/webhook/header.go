package webhook

import (
	"strings"

	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/signature"
)

// The bounds of a header of signatures. Each signature of Ed25519 costs a hash of
// the whole body for each key, so there are fewer of them.
const (
	maxHeader     = 4096
	maxSignatures = 16
	maxEd25519    = 4
)

// shown is one signature that the request shows.
type shown struct {
	way   int // among the variant's
	bytes [signature.MaxSize]byte
}

// readSignatures reads the elements of the header of signatures. Those of versions
// that no secret is for are passed over.
func (d *delivery) readSignatures(text string) guard.Reason {
	v := d.of()
	if v.Separator == 0 {
		return d.readOne(text)
	}
	for rest := text; rest != ""; {
		element := rest
		if i := strings.IndexByte(rest, v.Separator); i >= 0 {
			element, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		if !d.readElement(strings.Trim(element, " \t")) {
			return guard.SignatureMalformed
		}
	}
	if d.signatures == 0 {
		return guard.SignatureMissing
	}
	return guard.Allowed
}

func (d *delivery) readOne(text string) guard.Reason {
	if !d.readElement(text) || d.signatures == 0 {
		return guard.SignatureMalformed
	}
	return guard.Allowed
}

// readElement reads one element; false for one that cannot be read, or one too
// many.
func (d *delivery) readElement(text string) bool {
	v := d.of()
	if v.Timestamp.Header == v.Signature {
		if time, ok := strings.CutPrefix(text, v.Timestamp.Prefix); ok {
			d.message.Timestamp = time
			d.timestamps++
			return d.timestamps == 1
		}
	}
	for i := range v.Ways {
		w := &v.Ways[i]
		if encoded, ok := strings.CutPrefix(text, w.Prefix); ok && d.worker.used[d.variant][i] {
			return d.add(i, w, encoded)
		}
	}
	return true
}

func (d *delivery) add(way int, w *signature.Way, encoded string) bool {
	if w.Algorithm == signature.Ed25519 {
		if d.ed25519++; d.ed25519 > maxEd25519 {
			return false
		}
	}
	if d.signatures == maxSignatures {
		return false
	}
	s := &d.shown[d.signatures]
	s.way = way
	d.signatures++
	return w.Encoding.Decode(&s.bytes, encoded, w.Algorithm.Size())
}
