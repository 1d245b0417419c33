package main

import (
	"context"
	"errors"

	"github.com/go-jose/go-jose/v3"
	"github.com/ory/fosite/token/jwt"

	"sallyport.dev/sallyport/e2e/provider/keys"
)

// signer signs and verifies as fosite does, with keys that rotate: the first of the ring signs, any verifies.
type signer struct{ ring *keys.Ring }

func with(k keys.Key) *jwt.DefaultSigner {
	return &jwt.DefaultSigner{GetPrivateKey: func(context.Context) (any, error) {
		return &jose.JSONWebKey{Key: k.Private, KeyID: k.ID, Algorithm: k.Algorithm}, nil
	}}
}

func (s signer) Generate(ctx context.Context, claims jwt.MapClaims, header jwt.Mapper) (string, string, error) {
	return with(s.ring.All()[0]).Generate(ctx, claims, header)
}

func (s signer) Decode(ctx context.Context, token string) (*jwt.Token, error) {
	failure := errors.New("no keys")
	for _, k := range s.ring.All() {
		decoded, err := with(k).Decode(ctx, token)
		if err == nil {
			return decoded, nil
		}
		failure = err
	}
	return nil, failure
}

func (s signer) Validate(ctx context.Context, token string) (string, error) {
	if _, err := s.Decode(ctx, token); err != nil {
		return "", err
	}
	return s.GetSignature(ctx, token)
}

func (s signer) Hash(ctx context.Context, in []byte) ([]byte, error) {
	return with(keys.Key{}).Hash(ctx, in)
}

func (s signer) GetSignature(ctx context.Context, token string) (string, error) {
	return with(keys.Key{}).GetSignature(ctx, token)
}

func (s signer) GetSigningMethodLength(ctx context.Context) int {
	return with(keys.Key{}).GetSigningMethodLength(ctx)
}
