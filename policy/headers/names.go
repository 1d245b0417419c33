package headers

import "strings"

// names are names of headers, in lower case, and beginnings of them. A name
// whose length and first byte none has is not even looked up.
type names struct {
	exact    map[string]bool
	starts   [256]uint64 // by first byte: bit n is set when a name of n bytes (63: or more) begins so
	prefixes []string
}

// newNames reads a list in which a '*' at the end matches any rest.
func newNames(list []string) names {
	n := names{exact: map[string]bool{}}
	for _, name := range list {
		if prefix, ok := strings.CutSuffix(name, "*"); ok {
			n.prefixes = append(n.prefixes, prefix)
			continue
		}
		n.exact[name] = true
		n.starts[name[0]] |= 1 << min(len(name), 63)
	}
	return n
}

func (n *names) empty() bool { return len(n.exact) == 0 && len(n.prefixes) == 0 }

func (n *names) has(name string) bool {
	if name == "" {
		return false
	}
	if n.starts[name[0]]&(1<<min(len(name), 63)) != 0 && n.exact[name] {
		return true
	}
	for _, prefix := range n.prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
