// Package part knows nothing of those that implement it.
package part

type Part interface{ Size() int }

func Sum(parts []Part) (n int) { // want `Sum can call itself`
	for _, p := range parts {
		n += p.Size()
	}
	return n
}
