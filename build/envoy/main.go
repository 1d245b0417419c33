// Command envoy prints the path of a pinned Envoy, which it installs where there is none yet.
//
//	go run ./build/envoy            the newest, or what the variable ENVOY names
//	go run ./build/envoy 1.36.2     that version
//	go run ./build/envoy versions   the versions there are, oldest first
package main

import (
	"fmt"
	"os"

	"sallyport.dev/sallyport/build/envoy/pinned"
	"sallyport.dev/sallyport/build/repository"
)

func main() {
	if len(os.Args) > 2 {
		fmt.Fprintln(os.Stderr, "usage: envoy [VERSION | versions]")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "envoy:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	version := ""
	if len(args) == 1 {
		version = args[0]
	}
	if version == "versions" {
		for _, version := range pinned.Versions() {
			fmt.Println(version)
		}
		return nil
	}
	root, err := repository.Root()
	if err != nil {
		return err
	}
	path, err := pinned.Path(root, version)
	if err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}
