package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

var module = []byte("\x00asm\x01\x00\x00\x00" + strings.Repeat("a module ", 1000))

// TestPushedImageIsPulled pulls as the fetchers of Istio and Envoy Gateway do: the last layer of an OCI image, a tar.gz,
// the file plugin.wasm.
func TestPushedImageIsPulled(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	reference := strings.TrimPrefix(server.URL, "http://") + "/sallyport:1.0.0"
	file := filepath.Join(t.TempDir(), "m.wasm")
	if err := os.WriteFile(file, module, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(file, "1.0.0", "", reference); err != nil {
		t.Fatal(err)
	}
	parsed, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	pulled, err := remote.Image(parsed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pluginOf(t, pulled), module) {
		t.Error("the module that was pulled differs from the one that was pushed")
	}
	wantAnnotation(t, pulled, "org.opencontainers.image.version", "1.0.0")
	wantAnnotation(t, pulled, "org.opencontainers.image.licenses", "Apache-2.0")
}

// TestDigestIsFixed builds twice: the digest depends on the module and its version alone.
func TestDigestIsFixed(t *testing.T) {
	first, second := digestOf(t, module, "1.0.0"), digestOf(t, module, "1.0.0")
	if first != second {
		t.Errorf("one module gave two digests, %s and %s", first, second)
	}
	if digestOf(t, module, "1.0.1") == first || digestOf(t, append([]byte{}, module[1:]...), "1.0.0") == first {
		t.Error("another version, or another module, gave the same digest")
	}
}

func TestConfigIsOfTheEpoch(t *testing.T) {
	image, err := build(module, "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Created.Unix() != 0 || config.Architecture != "wasm" || config.OS != "wasip1" {
		t.Errorf("got %s, %s/%s; want the epoch and wasip1/wasm", config.Created, config.OS, config.Architecture)
	}
}

func TestLayoutIsMadeAnew(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "image")
	for _, version := range []string{"1.0.0", "1.0.1"} {
		image, err := build(module, version)
		if err != nil {
			t.Fatal(err)
		}
		if err := write(image, folder, version); err != nil {
			t.Fatal(err)
		}
	}
	wantAnnotation(t, onlyImage(t, folder), "org.opencontainers.image.version", "1.0.1")
}

func TestLayoutLeavesOtherFoldersAlone(t *testing.T) {
	folder := t.TempDir()
	kept := filepath.Join(folder, "kept")
	if err := os.WriteFile(kept, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	image, err := build(module, "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if err := write(image, folder, "1.0.0"); err == nil {
		t.Error("a folder that holds something else was overwritten")
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
}

// TestShippedImage reads what `make image` wrote.
func TestShippedImage(t *testing.T) {
	built, err := os.ReadFile("../../dist/sallyport.wasm")
	if err != nil {
		t.Fatalf("make build first: %v", err)
	}
	image := onlyImage(t, "../../dist/image")
	if !bytes.Equal(pluginOf(t, image), built) {
		t.Error("dist/image does not hold dist/sallyport.wasm: make image")
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if again := digestOf(t, built, manifest.Annotations["org.opencontainers.image.version"]); again != digest.String() {
		t.Errorf("built anew, dist/image has the digest %s, not %s", again, digest)
	}
}

func onlyImage(t *testing.T, folder string) v1.Image {
	t.Helper()
	index, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		t.Fatalf("make image first: %v", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("%s holds %d images, want one", folder, len(manifest.Manifests))
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func digestOf(t *testing.T, module []byte, version string) string {
	t.Helper()
	image, err := build(module, version)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest.String()
}

func wantAnnotation(t *testing.T, image v1.Image, key, want string) {
	t.Helper()
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if got := manifest.Annotations[key]; got != want {
		t.Errorf("%s is %q, want %q", key, got, want)
	}
}

// pluginOf reads plugin.wasm out of the last layer, which must be of the media type that both fetchers want.
func pluginOf(t *testing.T, image v1.Image) []byte {
	t.Helper()
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("got %d layers, error %v; want one", len(layers), err)
	}
	if kind, err := layers[0].MediaType(); err != nil || kind != types.OCILayer {
		t.Fatalf("got a layer of type %q, error %v", kind, err)
	}
	packed, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	unzipped, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(unzipped)
	header, err := files.Next()
	if err != nil || header.Name != "plugin.wasm" || header.ModTime.Unix() != 0 || header.Uid != 0 || header.Gid != 0 {
		t.Fatalf("got the file %+v, error %v", header, err)
	}
	content, err := io.ReadAll(files)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
