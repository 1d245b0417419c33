package guard

// Task is work that no request asks for, such as a document that is fetched
// before it is needed. It belongs to one instance of a policy; every worker has
// its own.
type Task interface {
	// Due is when Run wants to be called next, in Unix nanoseconds. It is asked
	// about once a second.
	Due() int64
	// Run does it. It may Fetch, and is then suspended as a request is: others
	// are judged before it goes on, but it is not run a second time. Of r there
	// are World and Now, which is read again behind each Fetch.
	Run(r *Request)
}
