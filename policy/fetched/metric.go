package fetched

import "sallyport.dev/sallyport/policy/guard"

// events are the counters of a document, by what happened.
type events struct{ taken, adopted, failed, malformed guard.Metric }

// Register gives the document its counters: an answer that was taken, also one
// that is the same as before; a document of another worker that was taken; a
// call that failed or had another status than 200; an answer that is not such a
// document.
func (s *Source) Register(m *guard.Metrics) {
	event := func(name string) guard.Metric {
		return m.Counter("sallyport.fetched.document." + guard.Label(s.Name) + ".event." + name)
	}
	s.events = events{event("taken"), event("adopted"), event("failed"), event("malformed")}
}
