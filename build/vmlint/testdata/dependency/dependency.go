// Package dependency brings a package that the module must not hold.
package dependency

import "net/url" // want "import of net/url: it adds 0.6 MB"

func Escape(s string) string { return url.PathEscape(s) }

// What a dependency does inside is not read: it may hold code that nobody calls.
func Spawn() { go Escape("") }
