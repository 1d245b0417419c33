package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// fileName is the only name under which Istio and Envoy Gateway look for a module.
const fileName = "plugin.wasm"

// build packs the module: an OCI image whose single layer is a tar+gzip that holds plugin.wasm. Of the shapes that there
// are, Istio and Envoy Gateway both take this one; an artifact with one layer and the CNCF's layout they refuse. Times,
// owner and compression are fixed, so that equal modules give equal digests.
func build(module []byte, version string) (v1.Image, error) {
	packed, err := pack(module)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(
		func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed)), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestCompression))
	if err != nil {
		return nil, err
	}
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if image, err = mutate.Append(image, mutate.Addendum{Layer: layer, MediaType: types.OCILayer}); err != nil {
		return nil, err
	}
	if image, err = describe(image); err != nil {
		return nil, err
	}
	annotated, ok := mutate.Annotations(image, annotations(version)).(v1.Image)
	if !ok {
		return nil, errors.New("the annotated image is no image")
	}
	return annotated, nil
}

// pack returns a tar with the module as its only file.
func pack(module []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer := tar.NewWriter(&packed)
	header := &tar.Header{
		Typeflag: tar.TypeReg, Name: fileName, Size: int64(len(module)), Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
	}
	if err := writer.WriteHeader(header); err != nil {
		return nil, err
	}
	_, err := writer.Write(module)
	return packed.Bytes(), errors.Join(err, writer.Close())
}

// describe sets the platform and the time of creation.
func describe(image v1.Image) (v1.Image, error) {
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Architecture, config.OS = "wasm", "wasip1"
	config.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	return mutate.ConfigFile(image, config)
}

func annotations(version string) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       "Sallyport",
		"org.opencontainers.image.description": "API security filter for Envoy, Istio and Envoy Gateway, as one Proxy-Wasm module",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     version,
	}
}
