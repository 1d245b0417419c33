package scenario

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
)

// signers are the keys of a scenario by name and family, made when they are
// first asked for.
type signers map[string]crypto.Signer

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// hashes are the digests of algorithms, by the number in their names.
var hashes = map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}

var curves = map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}

// signer returns the key of a name that fits an algorithm.
func (s *Scenario) signer(name, alg string) (crypto.Signer, error) {
	family := alg
	if strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS") {
		family = "RSA"
	}
	if s.signers == nil {
		s.signers = signers{}
	}
	id := family + " " + name
	if k := s.signers[id]; k != nil {
		return k, nil
	}
	k, err := newSigner(family)
	if err == nil {
		s.signers[id] = k
	}
	return k, err
}

func newSigner(family string) (crypto.Signer, error) {
	switch {
	case family == "RSA":
		return rsa.GenerateKey(rand.Reader, 2048)
	case family == "EdDSA":
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return k, err
	case curves[family] != nil:
		return ecdsa.GenerateKey(curves[family], rand.Reader)
	}
	return nil, fmt.Errorf("no keys for the algorithm %q", family)
}

// jwk is the public half of a key as a JSON Web Key (RFC 7517).
func (s *Scenario) jwk(name, alg string) (string, error) {
	m, err := s.public(name, alg)
	if err != nil {
		return "", err
	}
	m["kid"], m["alg"], m["use"] = name, alg, "sig"
	out, err := json.Marshal(m)
	return string(out), err
}

// public is the members that make a key (RFC 7638 section 3.2).
func (s *Scenario) public(name, alg string) (map[string]string, error) {
	k, err := s.signer(name, alg)
	if err != nil {
		return nil, err
	}
	m := map[string]string{}
	switch p := k.Public().(type) {
	case *rsa.PublicKey:
		m["kty"], m["n"] = "RSA", encode(p.N.Bytes())
		m["e"] = encode(bytes.TrimLeft(binary.BigEndian.AppendUint32(nil, uint32(p.E)), "\x00"))
	case ed25519.PublicKey:
		m["kty"], m["crv"], m["x"] = "OKP", "Ed25519", encode(p)
	case *ecdsa.PublicKey:
		point, err := p.Bytes()
		if err != nil {
			return nil, err
		}
		size := len(point) / 2
		m["kty"], m["crv"], m["x"], m["y"] = "EC", p.Params().Name, encode(point[1:1+size]), encode(point[1+size:])
	}
	return m, nil
}

// tokens makes the tokens of the section, and puts them beside the keys.
func (s *Scenario) tokens(sec section) error {
	lines, err := pairs(sec, " = ")
	if err != nil {
		return err
	}
	for name, line := range lines {
		if _, twice := s.Keys[name]; twice {
			return fmt.Errorf("tokens: %q is the name of a key already", name)
		}
		token, err := s.token(line)
		if err != nil {
			return fmt.Errorf("tokens: %q: write NAME = KEY {HEADER} {CLAIMS}: %w", name, err)
		}
		s.Keys[name] = token
	}
	return nil
}

// token signs what a line says: KEY {HEADER} {CLAIMS}. Both are taken as they
// are written.
func (s *Scenario) token(line string) (string, error) {
	key, rest, _ := strings.Cut(line, " ")
	rest, err := s.expand(rest)
	if err != nil {
		return "", err
	}
	d := json.NewDecoder(strings.NewReader(rest))
	var header, claims json.RawMessage
	if err := d.Decode(&header); err != nil {
		return "", err
	}
	if claims = json.RawMessage(strings.TrimSpace(rest[d.InputOffset():])); len(claims) == 0 {
		return "", fmt.Errorf("no claims")
	}
	var h struct {
		Alg string `json:"alg"`
	}
	if err := json.Unmarshal(header, &h); err != nil {
		return "", err
	}
	text := encode(header) + "." + encode(claims)
	signature, err := s.sign(key, h.Alg, text)
	return text + "." + encode(signature), err
}

// sign signs by the algorithm of a header; "none" is no signature, and an
// algorithm that nobody has is none of any meaning.
func (s *Scenario) sign(key, alg, text string) ([]byte, error) {
	if alg == "none" {
		return nil, nil
	}
	hash, known := hashes[strings.TrimLeft(alg, "REPHS")]
	switch {
	case strings.HasPrefix(alg, "HS") && known:
		mac := hmac.New(hash.New, []byte(s.Env[key]))
		mac.Write([]byte(text))
		return mac.Sum(nil), nil
	case alg != "EdDSA" && !known:
		return []byte("signature"), nil
	}
	k, err := s.signer(key, alg)
	if err != nil {
		return nil, err
	}
	switch k := k.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(k, []byte(text)), nil
	case *ecdsa.PrivateKey:
		return signECDSA(k, digest(hash, text))
	}
	var options crypto.SignerOpts = hash
	if strings.HasPrefix(alg, "PS") {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
	}
	return k.Sign(rand.Reader, digest(hash, text), options)
}

func digest(hash crypto.Hash, text string) []byte {
	h := hash.New()
	h.Write([]byte(text))
	return h.Sum(nil)
}

// signECDSA writes the two numbers in the length of the curve (RFC 7518 section
// 3.4).
func signECDSA(k *ecdsa.PrivateKey, digest []byte) ([]byte, error) {
	a, b, err := ecdsa.Sign(rand.Reader, k, digest)
	if err != nil {
		return nil, err
	}
	size := (k.Params().BitSize + 7) / 8
	return append(a.FillBytes(make([]byte, size)), b.FillBytes(make([]byte, size))...), nil
}
