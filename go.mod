module sallyport.dev/sallyport

go 1.26.0

// What ships in the module. Each keeps to the imports that every supported Envoy offers.
require (
	github.com/dchest/siphash v1.2.3 // keyed hashes: where a bucket stands, what a worker remembers
	github.com/go-json-experiment/json v1.27.2 // only jsontext: strict tokens with duplicate members refused
	github.com/hashicorp/golang-lru/v2 v2.0.7 // only simplelru: the bounded cache of verified keys
	golang.org/x/crypto v0.58.0 // only blowfish, for bcrypt digests; its bcrypt links crypto/rand
)

// What the operator's tool and the build use.
require (
	github.com/spf13/cobra v1.10.2
	golang.org/x/tools v0.52.0
)

// What only tests use.
require (
	github.com/alicebob/miniredis/v2 v2.40.0 // a Redis that runs the script of policy/stores by a clock that tests set
	github.com/go-jose/go-jose/v4 v4.1.9 // signs what policy/jose verifies, and says of damaged tokens what it thinks of them
	github.com/golang-jwt/jwt/v5 v5.3.1 // a second opinion beside go-jose
	github.com/rs/cors v1.11.1 // answers the same browsers as policy/cors
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	github.com/tetratelabs/wazero v1.12.0
	pgregory.net/rapid v1.3.0
)

require (
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/spf13/pflag v1.0.9 // indirect
	github.com/yuin/gopher-lua v1.1.1 // indirect
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
