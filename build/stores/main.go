// Command stores prints the paths of redis-server and webdis, which it installs where there are none yet.
//
//	go run ./build/stores           both, with their names
//	go run ./build/stores webdis    that one's path alone
package main

import (
	"fmt"
	"os"

	"sallyport.dev/sallyport/build/packaged"
	"sallyport.dev/sallyport/build/repository"
)

func main() {
	if len(os.Args) > 2 {
		fmt.Fprintln(os.Stderr, "usage: stores [redis-server | webdis]")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "stores:", err)
		os.Exit(1)
	}
}

func run(names []string) error {
	root, err := repository.Root()
	if err != nil {
		return err
	}
	if len(names) == 1 {
		path, err := packaged.Path(root, names[0])
		if err != nil {
			return err
		}
		fmt.Println(path)
		return nil
	}
	for _, name := range packaged.Names("stores") {
		path, err := packaged.Path(root, name)
		if err != nil {
			return err
		}
		fmt.Println(name+":", path)
	}
	return nil
}
