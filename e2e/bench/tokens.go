package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// What tokens say, and what is wanted of them.
const (
	issuer   = "https://auth.example.com"
	audience = "api.example.com"
)

// issuing is a key that signs tokens by one algorithm.
type issuing struct {
	algorithm jose.SignatureAlgorithm
	private   crypto.Signer
}

// newIssuing makes a key, another one in each run.
func newIssuing(algorithm jose.SignatureAlgorithm) (i issuing, err error) {
	i.algorithm = algorithm
	if algorithm == jose.RS256 {
		i.private, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		i.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return i, err
}

// keySet is the key as a JSON Web Key Set.
func (i issuing) keySet() json.RawMessage {
	return encoded(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: i.private.Public(), KeyID: "bench", Algorithm: string(i.algorithm), Use: "sig"},
	}})
}

// token signs the token number n: no two are alike.
func (i issuing) token(n int, now time.Time) (string, error) {
	options := (&jose.SignerOptions{}).WithType("at+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: i.algorithm, Key: jose.JSONWebKey{Key: i.private, KeyID: "bench"}}, options)
	if err != nil {
		return "", err
	}
	registered := jwt.Claims{Issuer: issuer, Subject: clientID(n), Audience: jwt.Audience{audience}, ID: fmt.Sprintf("%08x-5a1c-4b7e-9d2f-3e8a6c0b4d71", n),
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(24 * time.Hour))}
	return jwt.Signed(signer).Claims(registered).Claims(map[string]any{"client_id": clientID(n), "scope": "items:read items:write"}).Serialize()
}

// requests are so many, each with another token. The first call makes them, which takes a millisecond for each of RS256.
func (i issuing) requests(path string, count int) func() [][]byte {
	return sync.OnceValue(func() [][]byte {
		list, now := make([][]byte, count), time.Now()
		var all sync.WaitGroup
		for worker := range runtime.NumCPU() {
			all.Go(func() {
				for n := worker; n < count; n += runtime.NumCPU() {
					token, err := i.token(n, now)
					if err != nil {
						panic("bench: a key of our own does not sign: " + err.Error())
					}
					list[n] = bearing(path, token)
				}
			})
		}
		all.Wait()
		return list
	})
}

// turning asks with one request after the other, of the first so many.
func turning(requests func() [][]byte, count int) func(int) []byte {
	return func(i int) []byte { return requests()[i%count] }
}
