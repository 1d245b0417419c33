package guard

// BodyReader judges a request by its body. A guard adds itself, or what it keeps
// for this request, to Request.Readers when its Check allows; the request then
// waits until its body is complete, and nothing of the body goes upstream before.
// Until the verdict all of Request stays as the guards left it. A stream that
// ends earlier asks it nothing more: who keeps state follows the stream too.
type BodyReader interface {
	// Read takes the next bytes of the body, which are valid during the call. A
	// verdict that does not allow ends the request at once.
	Read(r *Request, chunk []byte) Verdict
	// Judge is asked when the body is complete. It may Fetch, as Check may.
	Judge(r *Request) Verdict
}

// ContentLength returns the length of the body that the request says. One that
// cannot be read is the proxy's to refuse; who bounds a body counts it in any case.
func ContentLength(r *Request) (n int64, said bool) {
	text, count := r.Get("content-length")
	if count != 1 || text == "" || len(text) > 18 {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(text[i]-'0')
	}
	return n, true
}
