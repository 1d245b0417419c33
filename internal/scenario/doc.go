// Package scenario reads small text files that say what Sallyport answers, and
// holds them against anything that can answer: the policy run natively, the
// built module on a Wasm runtime, the built module in a real Envoy.
//
// A scenario is one file, a txtar archive. Its comment is a title (first line)
// and prose. Its files:
//
//	-- policy.json --   the policy
//	-- env --           NAME=value lines: the environment of the VM (optional)
//	-- keys --          name = value lines: credentials of this scenario (optional)
//	-- tokens --        name = KEY {HEADER} {CLAIMS} lines: signed tokens (optional)
//	-- proofs --        the same, signed anew in each run: proofs of possession (optional)
//	-- signatures --    name = VARIABLE HASH ENCODING TEXT lines: HMACs of each run (optional)
//	-- service --       what the service behind the cluster "service" answers (optional)
//	-- steps --         what is asked and what must happen, in order
//
// In all of them {key NAME} stands for a credential of keys, {sha256 NAME} for
// the hexadecimal SHA-256 of it, {hmac NAME VARIABLE} for its HMAC-SHA-256
// under the value of an env variable, {repeat N TEXT} for N copies of TEXT, and
// {bytes C3A9} for bytes in hexadecimal. A token is signed as its header says,
// with the key of that name, made for the scenario, or for HS* with the value of
// that env variable; {key NAME} stands for it, and {jwk KEY ES256} for the public half
// of a key, {jkt KEY ES256} for its thumbprint, {ath NAME} for the SHA-256 of a
// token in base64url. The clocks of the hosts differ by years: times in claims are
// far off. In proofs, signatures and headers of requests {now} is the host's time in
// seconds and {now -60} a minute before; {proof NAME} stands for a proof in a header
// of a request. There {csrf VARIABLE SESSION} is a CSRF token for a session, by the
// secret of that env variable, and {csrf VARIABLE SESSION -60} one that was made a
// minute before. A header line that ends in {times N} stands for N such lines.
//
// A signature is the HMAC of its text under the value of an env variable, with sha1,
// sha256 or sha512, in hex or base64; in base64 a value that begins with whsec_ is a
// secret of Standard Webhooks. {signature NAME} stands for it in a header of a request.
//
// Steps are blocks between blank lines, in the order of the list:
//
//	# a live key passes and is not shown to the upstream      the step's name; needed
//	> GET /v1/orders?x=1                                      request line; needed
//	> x-api-key: {key acme}                                   header of the request
//	>> {"sku": 1}                                             line of the request's body
//	from 10.0.0.7                                             client address (default 192.0.2.1)
//	http2                                                     ask over HTTP/2
//	upstream 201                                              what the upstream answers (default 200)
//	^ x-powered-by: PHP                                       header of that answer
//	^^ {"id": 7}                                              line of that answer's body
//	repeat 5                                                  ask so often; each answer must fit
//	beside 2                                                  while so many such requests wait for the upstream
//	only envoy: the codec answers, not the filter             this step is for one host
//	< 200                                                     status; needed
//	< x-content-type-options: nosniff                         header of the response
//	< ratelimit ~ ^"burst";r=\d+$                             header that fits a regular expression
//	< !x-powered-by                                           header that is not there
//	body ~ "id"                                               body that fits a regular expression
//	forwarded GET /v1/orders?x=1                              what the upstream saw, or
//	not forwarded                                             that it saw nothing: one of them needed
//	| x-client-id: acme                                       header that the upstream saw (~ and ! as above)
//	code scope-missing                                        denied for this reason; says "not forwarded" too
//	served                                                    the filter answered it itself; says "not forwarded" too
//	reported scope-missing                                    would have been denied; forwarded all the same
//	route orders                                              name of the route in metric and audit line
//	details via_upstream                                      response code details
//	asked 1                                                   how often the service was asked for this request
//
// The service answers in blocks as well, and 404 to all that they do not name:
//
//	> GET /v1/keys/2026a                                      needed; the path is no other scenario's
//	>> a=b                                                    the request's body is this one
//	upstream 200                                              as above
//	^ content-type: application/json
//	^^ {"client": "acme"}
//
// A path with /fetched/ in it is of a document that is fetched when the policy
// wants to; asked does not count it.
//
// All header lines of one name together are all fields of that name, in order:
// "| x-client-id: acme" fails when the upstream sees a second one.
//
// A request without a host line is sent to [DefaultHost].
//
// What need not be written is in the doc comment of [Check].
package scenario
