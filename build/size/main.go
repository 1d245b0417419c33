// Command size refuses a module that is over the budget: each megabyte costs every start of Envoy about 0.85 s of CPU
// and 16 MB of memory.
//
//	go run ./build/size dist/sallyport.wasm
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
)

// budget is for the bytes as Envoy loads them.
const budget = 7_000_000

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: size MODULE")
		os.Exit(2)
	}
	module, err := os.ReadFile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	report, err := check(module, budget)
	fmt.Println(os.Args[1]+":", report)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(module []byte, budget int) (report string, err error) {
	packed, err := gzipped(module)
	if err != nil {
		return "", err
	}
	report = fmt.Sprintf("%.2f MB of %.2f MB, %.2f MB gzip", megabytes(len(module)), megabytes(budget), megabytes(packed))
	if len(module) > budget {
		err = fmt.Errorf("the module is %d B over its budget: find what brought them "+
			"(`go list -deps ./filter` with GOOS=wasip1 GOARCH=wasm), or say in RATIONALE.md why it is worth them", len(module)-budget)
	}
	return report, err
}

func gzipped(content []byte) (int, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	_, err = writer.Write(content)
	err = errors.Join(err, writer.Close())
	return packed.Len(), err
}

func megabytes(n int) float64 { return float64(n) / 1e6 }
