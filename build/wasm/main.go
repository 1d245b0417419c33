// Command wasm builds a Proxy-Wasm module.
//
//	go run ./build/wasm -o dist/sallyport.wasm ./filter
package main

import (
	"flag"
	"fmt"
	"os"

	"sallyport.dev/sallyport/build/repository"
	"sallyport.dev/sallyport/build/wasm/module"
)

func main() {
	var build module.Build
	flag.StringVar(&build.Output, "o", "", "the module's `file`")
	flag.StringVar(&build.Tags, "tags", "", "build `tags`, comma-separated")
	flag.StringVar(&build.GODEBUG, "godebug", "", "`settings` compiled into the runtime, as gcstoptheworld=1")
	flag.Parse()
	if flag.NArg() != 1 || build.Output == "" {
		fmt.Fprintln(os.Stderr, "usage: wasm -o FILE [-tags TAGS] [-godebug SETTINGS] PACKAGE")
		os.Exit(2)
	}
	build.Package = flag.Arg(0)
	if err := run(build); err != nil {
		fmt.Fprintln(os.Stderr, "wasm:", err)
		os.Exit(1)
	}
}

func run(build module.Build) error {
	root, err := repository.Root()
	if err != nil {
		return err
	}
	build.Root = root
	return build.Run()
}
