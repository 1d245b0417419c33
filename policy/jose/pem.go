package jose

import (
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// ParsePEM reads public keys in PEM (RFC 7468 section 13), one or several. The
// error is ErrKey.
func ParsePEM(text string) (*Set, error) {
	return nil, fmt.Errorf("%w: %w", ErrKey, errors.New("not yet"))
}

var _ = strings.TrimSpace
var _ = pem.Decode
var _ = asn1.Unmarshal
