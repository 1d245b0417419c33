module sallyport.dev/sallyport/e2e

go 1.26.0

require (
	github.com/go-jose/go-jose/v4 v4.1.9
	sallyport.dev/sallyport v0.0.0-00010101000000-000000000000
)

// The vendors' own libraries, which sign and verify webhooks. Each is taken for one package; together they bring nine small
// modules. Shopify, Square and Zoom have none in Go that is served: their documented examples are tests.
require (
	github.com/PaddleHQ/paddle-go-sdk/v4 v4.1.0
	github.com/bwmarrin/discordgo v0.29.0
	github.com/google/go-github/v74 v74.0.0
	github.com/slack-go/slack v0.35.0
	github.com/standard-webhooks/standard-webhooks/libraries v0.0.1
	github.com/stripe/stripe-go/v84 v84.4.1
	github.com/svix/svix-webhooks v1.44.0
	github.com/twilio/twilio-go v1.31.0
)

require (
	github.com/dchest/siphash v1.2.3 // indirect
	github.com/ggicci/httpin v0.20.1 // indirect
	github.com/ggicci/owl v0.8.2 // indirect
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/golang/mock v1.6.0 // indirect
	github.com/google/go-querystring v1.1.0 // indirect
	github.com/gorilla/websocket v1.5.3 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/golang-lru/v2 v2.0.7 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
	gopkg.in/validator.v2 v2.0.1 // indirect
)

replace sallyport.dev/sallyport => ../
