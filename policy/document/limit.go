package document

// Limit is how often. Exactly one algorithm is given, or none where the
// rate-limit service that it names decides.
type Limit struct {
	By            []string               `json:"by" required:"true" form:"by" doc:"What is counted apart: client, tenant, ip, ip/N, route, method, path.NAME, header.NAME, claim.NAME."`
	TokenBucket   *TokenBucket           `json:"token_bucket" one:"algorithm" unless:"store" doc:"A bucket that refills at a steady rate."`
	SlidingWindow *SlidingWindow         `json:"sliding_window" one:"algorithm" doc:"So many in any window of that length."`
	Quota         *Quota                 `json:"quota" one:"algorithm" doc:"So many in each hour, day or month."`
	Concurrency   *Concurrency           `json:"concurrency" one:"algorithm" doc:"So many at the same time."`
	Plans         map[string]TokenBucket `json:"plans" with:"token_bucket" doc:"Other sizes, by the caller's plan."`
	Cost          Cost                   `json:"cost" default:"1" doc:"Tokens that a request takes: a number, or numbers by method with a default; or what a header of the response says."`
	Before        string                 `json:"before" enum:"authentication" doc:"authentication: charge before anybody was recognised."`
	Store         string                 `json:"store" doc:"One of the stores. Absent: the proxy's shared data."`
	OnStoreError  string                 `json:"on_store_error" default:"\"deny\"" enum:"allow,deny,local" with:"store" doc:"What happens while the store does not answer: allow, deny, or local (count in shared data)."`
	LocalFraction float64                `json:"local_fraction" above:"0" max:"1" with:"store" doc:"With local: the share of the limit that each proxy counts for itself."`
}

// TokenBucket is a bucket that holds capacity tokens and refills steadily.
type TokenBucket struct {
	Capacity        int64   `json:"capacity" required:"true" min:"1" max:"1000000000" doc:"Tokens of a full bucket: the burst."`
	RefillPerSecond float64 `json:"refill_per_second" required:"true" above:"0" max:"1000000" doc:"Tokens that come back each second."`
}

// SlidingWindow is so many requests in any window of one length.
type SlidingWindow struct {
	Limit  int64    `json:"limit" required:"true" min:"1" max:"1000000000" doc:"Tokens in any window."`
	Window Duration `json:"window" required:"true" doc:"Length of the window."`
}

// Quota is so many requests in each period of the calendar.
type Quota struct {
	Limit  int64  `json:"limit" required:"true" min:"1" max:"1000000000000" doc:"Tokens in each period."`
	Per    string `json:"per" required:"true" enum:"hour,day,month" doc:"The period of the calendar."`
	Offset string `json:"offset" default:"\"+00:00\"" form:"offset" doc:"How far the calendar's clock is from UTC, all year: +02:00 is ahead of it."`
}

// Concurrency is so many requests at the same time.
type Concurrency struct {
	Limit       int64    `json:"limit" required:"true" min:"1" max:"1000000" doc:"Requests in flight, at most."`
	MaxDuration Duration `json:"max_duration" default:"\"1h\"" min:"1s" max:"7d" doc:"How long a request is counted at least, if its stream lasts: after twice that it is not."`
}
