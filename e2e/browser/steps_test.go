package browser

// step is what a browser sees in one step of drive.mjs, and what arrives upstream in it. None of it would be so without
// Sallyport, which TestBrowser shows too, but where it is said.
type step struct {
	name    string
	saw     string
	arrives string
	without bool // the same without Sallyport
}

var steps = []step{
	{name: "HTTP/2 is spoken", saw: "h2", without: true},

	{name: "an allowed origin reads with cookies", saw: "200 arrived, cookies: user x-exposed", arrives: "GET /plain"},
	{name: "an allowed origin sends JSON", saw: "200 arrived, cookies: user x-exposed", arrives: "PUT /plain"},
	{name: "a subdomain of the wildcard reads", saw: "200 arrived, cookies: user x-exposed", arrives: "GET /plain"},
	{name: "a refusal is readable on an allowed origin", saw: "401 credential-missing"},
	{name: "an allowed origin sends a header that is not allowed", saw: "TypeError"},
	{name: "an allowed origin uses a method that is not allowed", saw: "TypeError"},
	{name: "headers that are not exposed stay hidden", saw: "200 arrived, cookies: user x-exposed", arrives: "GET /careless"},
	{name: "a foreign origin cannot read", saw: "TypeError", arrives: "GET /careless"},
	{name: "a foreign origin cannot read without cookies", saw: "TypeError", arrives: "GET /careless"},
	{name: "a foreign origin cannot send JSON", saw: "TypeError"},
	{name: "the apex of the wildcard cannot read", saw: "TypeError", arrives: "GET /careless"},
	{name: "a name that ends like the wildcard cannot read", saw: "TypeError", arrives: "GET /careless"},
	{name: "a name that begins like the wildcard cannot read", saw: "TypeError", arrives: "GET /careless"},
	{name: "a sandboxed frame cannot read", saw: "null TypeError", arrives: "GET /careless"},
	{name: "a foreign page cannot load without CORS", saw: "TypeError", arrives: "GET /plain"},

	{name: "a form of another site is refused", saw: "403 cross-site, with the cookie"},
	{name: "a form of a neighbouring host is refused", saw: "403 cross-site, with the cookie"},
	{name: "a script of another site is refused", saw: "reads 200 arrived, cookies: __Host-session x-exposed x-hidden; posts TypeError"},
	{name: "a page of another site gets no token", saw: "TypeError"},
	{name: "the own page without a token is refused", saw: "403 csrf-token-missing"},
	{name: "the own page with a token passes", saw: "200 arrived, cookies: __Host-csrf __Host-session x-exposed x-hidden", arrives: "POST /buy"},
	{name: "another session's token is refused", saw: "403 csrf-token-invalid"},
	{name: "a token of the secret before passes", saw: "200 arrived, cookies: __Host-csrf __Host-session x-exposed x-hidden", arrives: "POST /buy"},
	{name: "a token of a forgotten secret is refused", saw: "403 csrf-token-invalid"},

	{name: "only scripts with the nonce run", saw: "ran: nonce; blocked: script-src-attr inline, script-src-elem evil.test, script-src-elem inline, script-src-elem inline"},
	{name: "each response has a nonce of its own", saw: "3 of 3"},
	{name: "a page cannot call where its policy does not let it", saw: "TypeError"},
	{name: "text is not run as a script", saw: "blocked"},

	{name: "cookies carry what was promised", saw: "__Host-wide=3 jar.example.test / Secure HttpOnly Strict; bare=1 jar.example.test / Secure HttpOnly Strict; " +
		"script=4 jar.example.test / Secure Strict; weak=2 jar.example.test / Secure HttpOnly Strict"},
	{name: "scripts read the cookies that they may", saw: "script=4"},
	{name: "the cookie of the token is out of reach", saw: "__Host-csrf the token / Secure HttpOnly Strict; hidden"},
	{name: "a strict cookie stays away from other sites' links", saw: "arrived, cookies:", arrives: "GET /page"},

	{name: "a foreign page cannot frame a page", saw: "nothing"},
	{name: "a neighbouring host cannot frame a page", saw: "nothing"},
	{name: "the own page frames a page", saw: "arrived, cookies:", without: true},
	{name: "no page frames an answer of the API", saw: "nothing"},
}
