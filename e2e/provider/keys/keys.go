// Package keys holds the signing keys of an identity provider that tests start: in a file, so that they outlast a restart, and
// rotated when a test asks for it.
package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// Rotation is the path at which a ring rotates when it is asked by POST. The query says how: "algorithm", RS256 or ES256, and
// "old", keep or drop. No identity provider has it: the protocol knows no such request.
const Rotation = "/rotate"

// Key is a private key with what a key set says of it.
type Key struct {
	ID        string
	Algorithm string // RS256 or ES256
	Private   crypto.Signer
}

// Ring is the keys of a provider: the first signs, all are in its key set.
type Ring struct {
	mu   sync.Mutex
	path string
	keys []Key
}

// stored is a key in the file.
type stored struct {
	ID        string
	Algorithm string
	PKCS8     []byte
}

// Open reads the ring in a file, or makes one with one key where there is no file.
func Open(path, algorithm string) (*Ring, error) {
	r := &Ring{path: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return r, r.Rotate(algorithm, false)
	}
	if err != nil {
		return nil, err
	}
	var list []stored
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	for _, s := range list {
		private, err := x509.ParsePKCS8PrivateKey(s.PKCS8)
		if err != nil {
			return nil, err
		}
		signer, ok := private.(crypto.Signer)
		if !ok {
			return nil, fmt.Errorf("key %s does not sign", s.ID)
		}
		r.keys = append(r.keys, Key{s.ID, s.Algorithm, signer})
	}
	return r, nil
}

// All returns the keys; the first signs.
func (r *Ring) All() []Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.keys)
}

// Rotate has a new key sign from now on. The others are kept in the key set, or leave it.
func (r *Ring) Rotate(algorithm string, keep bool) error {
	private, err := generate(algorithm)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := []Key{{fmt.Sprintf("key-%d", time.Now().UnixNano()), algorithm, private}}
	if keep {
		keys = append(keys, r.keys...)
	}
	if err := write(r.path, keys); err != nil {
		return err
	}
	r.keys = keys
	return nil
}

func generate(algorithm string) (crypto.Signer, error) {
	switch algorithm {
	case "RS256":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return nil, fmt.Errorf("the algorithm is %q, want RS256 or ES256", algorithm)
}

func write(path string, keys []Key) error {
	var list []stored
	for _, k := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(k.Private)
		if err != nil {
			return err
		}
		list = append(list, stored{k.ID, k.Algorithm, der})
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// ServeHTTP rotates.
func (r *Ring) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	old := req.FormValue("old")
	if req.Method != http.MethodPost || old != "keep" && old != "drop" {
		http.Error(w, `want a POST with old=keep or old=drop`, http.StatusBadRequest)
		return
	}
	if err := r.Rotate(req.FormValue("algorithm"), old == "keep"); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
