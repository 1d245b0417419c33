package document

// Store is where limits count beyond one proxy; exactly one member is given.
type Store struct {
	Webdis           *Webdis           `json:"webdis" one:"service" doc:"Redis behind its HTTP face."`
	RateLimitService *RateLimitService `json:"rate_limit_service" one:"service" doc:"The rate-limit service of Envoy (envoyproxy/ratelimit)."`
}

// Webdis is Redis behind its HTTP face.
type Webdis struct {
	Cluster string   `json:"cluster" required:"true" doc:"The proxy's name for that service."`
	Timeout Duration `json:"timeout" default:"\"50ms\"" min:"1ms" max:"10s" doc:"How long to wait for an answer."`
	Prefix  string   `json:"prefix" default:"\"sallyport\"" doc:"What every key in Redis begins with, in braces. Policies that share a Redis and not their counters have different ones."`
	Circuit Circuit  `json:"circuit" doc:"When the service is left alone."`
}

// RateLimitService is Envoy's rate-limit service.
type RateLimitService struct {
	Cluster string   `json:"cluster" required:"true" doc:"The proxy's name for that service."`
	Domain  string   `json:"domain" required:"true" doc:"The domain in that service's configuration."`
	Timeout Duration `json:"timeout" default:"\"50ms\"" min:"1ms" max:"10s" doc:"How long to wait for an answer."`
	Circuit Circuit  `json:"circuit" doc:"When the service is left alone."`
}

// Circuit is when a service that fails is left alone, by each worker for itself.
type Circuit struct {
	Failures int64    `json:"failures" default:"5" min:"1" max:"1000" doc:"Failures in a row after which the service is not asked."`
	Open     Duration `json:"open" default:"\"5s\"" min:"100ms" max:"1h" doc:"For how long, until one request tries again."`
}
