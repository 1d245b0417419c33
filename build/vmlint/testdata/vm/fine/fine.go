// Package fine may go into the VM.
package fine

func Double(n int) int { return 2 * n }
