package guard

// Metric is a counter of a policy, by its place in Metrics plus one. The zero
// value counts nothing.
type Metric int

// Metrics collects the names of the counters while a policy is compiled, so
// that a client cannot make them grow. A name is
// sallyport.<what>.<label>.<value>.<label>.<value>…
type Metrics struct{ names []string }

// Counter adds a counter. The values of its labels are made fit: see Label.
func (m *Metrics) Counter(name string) Metric {
	m.names = append(m.names, name)
	return Metric(len(m.names))
}

// Names lists all counters. The name of Metric n is at n-1.
func (m *Metrics) Names() []string { return m.names }

// maxLabel bounds a label's value.
const maxLabel = 64

// Label makes a text the value of a label: what is no ASCII letter, digit, '-'
// or '_' becomes '_', and what is longer than 64 bytes is cut.
func Label(text string) string {
	b := []byte(text[:min(len(text), maxLabel)])
	for i, c := range b {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			b[i] = '_'
		}
	}
	return string(b)
}
