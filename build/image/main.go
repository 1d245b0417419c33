// Command image packs the module into the OCI image that Istio and Envoy Gateway pull, writes it as a folder (an OCI
// layout) or pushes it to a registry, and prints its digest.
//
//	go run . -module sallyport.wasm -version 1.0.0 -layout image
//	go run . -module sallyport.wasm -version 1.0.0 -push registry.example.com/sallyport:1.0.0
//
// Credentials are those that `docker login` left.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func main() {
	module := flag.String("module", "", "the module's `file`")
	version := flag.String("version", "", "the module's `version`, for the annotations")
	folder := flag.String("layout", "", "the `folder` to write the image to; what it held goes")
	reference := flag.String("push", "", "the image's `reference` in a registry to push it to")
	flag.Parse()
	if *module == "" || *version == "" || (*folder == "") == (*reference == "") || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: image -module FILE -version VERSION (-layout FOLDER | -push REFERENCE)")
		os.Exit(2)
	}
	if err := run(*module, *version, *folder, *reference); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(module, version, folder, reference string) error {
	content, err := os.ReadFile(module)
	if err != nil {
		return err
	}
	image, err := build(content, version)
	if err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	if reference != "" {
		return push(image, reference)
	}
	fmt.Println(digest)
	return write(image, folder, version)
}

// write makes the folder anew: an OCI layout is otherwise added to.
func write(image v1.Image, folder, version string) error {
	if _, err := os.Stat(folder); err == nil {
		if _, err := layout.FromPath(folder); err != nil {
			return fmt.Errorf("%s holds something else than an image, and is left alone: %w", folder, err)
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendImage(image, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": version}))
}

func push(image v1.Image, reference string) error {
	parsed, err := name.ParseReference(reference)
	if err != nil {
		return fmt.Errorf("the reference %q: %w", reference, err)
	}
	if err := remote.Write(parsed, image, remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		return err
	}
	digest, err := image.Digest()
	if err != nil {
		return err
	}
	fmt.Printf("%s@%s\n", parsed.Context(), digest)
	return nil
}
