// Package imports brings what the module must not hold.
package imports

import (
	_ "context"     // brings nothing
	_ "crypto/rand" // want "import of crypto/rand: its first use sets a timer"
	_ "encoding/asn1"
	json "encoding/json" // want "import of encoding/json: it adds 0.6 MB"
	_ "net/netip"

	"sallyport.test/dependency"
)

var Valid = json.Valid([]byte(dependency.Escape("1")))
