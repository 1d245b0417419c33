module sallyport.dev/sallyport/e2e

go 1.26.0

require (
	github.com/go-jose/go-jose/v4 v4.1.9
	sallyport.dev/sallyport v0.0.0-00010101000000-000000000000
)

require (
	github.com/dchest/siphash v1.2.3 // indirect
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/hashicorp/golang-lru/v2 v2.0.7 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
)

replace sallyport.dev/sallyport => ../
