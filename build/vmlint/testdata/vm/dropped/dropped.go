// Package dropped throws errors away.
package dropped

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

var _ = errors.New("at the start") // want "an error is thrown away"

var _, err = 1, errors.New("kept")

func blank(s string) int {
	_ = errors.New(s)         // want "an error is thrown away"
	n, _ := strconv.Atoi(s)   // want "an error is thrown away"
	_, _ = fmt.Sscan(s)       // want "an error is thrown away"
	_, _ = n, errors.New("x") // want "an error is thrown away"
	_, ok := any(s).(error)
	_ = ok
	return n
}

func unused(w io.Writer, c io.Closer) {
	defer c.Close()      // want "an error is not looked at"
	w.Write(nil)         // want "an error is not looked at"
	fmt.Fprintln(w, 1)   // want "an error is not looked at"
	(errors.Unwrap(err)) // want "an error is not looked at"
}

func neverFail() string {
	var b strings.Builder
	b.WriteString("a")
	fmt.Fprintf(&b, "%d", 1)
	h := sha256.New()
	h.Write([]byte(b.String()))
	return string(h.Sum(nil))
}
