package main

import "github.com/go-jose/go-jose/v4"

// Counts of tokens that are used in turn.
const (
	inTurn = 20_000
	fresh  = 60_000 // more than twice what the module remembers: each is new again when its turn comes
)

// tokenRows are the filters that verify tokens alone, with nothing else that a policy does: Envoy's
// own, and ours.
func (b *bench) tokenRows(o options) ([]row, error) {
	rs, err := newIssuing(jose.RS256)
	if err != nil {
		return nil, err
	}
	es, err := newIssuing(jose.ES256)
	if err != nil {
		return nil, err
	}
	const path = "/v1/items/42?page=2"
	asked := o.asked()
	rsTokens, esTokens := rs.requests(path, min(fresh, asked)), es.requests(path, min(fresh, asked))
	one, all, oneES := turning(rsTokens, 1), turning(rsTokens, min(inTurn, asked)), turning(esTokens, 1)
	envoys := func(name string, filter object, next func(int) []byte) row {
		return row{name: "Envoy's jwt_authn, " + name, filters: []any{filter}, next: next, status: 200, stranger: true}
	}
	ours := func(name string, key issuing, next func(int) []byte) row {
		return row{name: "sallyport, " + name, filters: []any{plugin(b.module("sallyport.wasm"), bearers(key))}, next: next, status: 200, stranger: true}
	}
	return []row{
		envoys("RS256, one token", jwtAuthn(rs, 0), one),
		envoys("RS256, one token, its cache", jwtAuthn(rs, inTurn), one),
		envoys("RS256, "+grouped(inTurn)+" tokens in turn, its cache", jwtAuthn(rs, inTurn), all),
		envoys("ES256, one token", jwtAuthn(es, 0), oneES),
		envoys("ES256, one token, its cache", jwtAuthn(es, inTurn), oneES),
		ours("RS256, one token", rs, one),
		ours("RS256, "+grouped(inTurn)+" tokens in turn", rs, all),
		ours("RS256, new tokens", rs, turning(rsTokens, min(fresh, asked))),
		ours("ES256, one token", es, oneES),
		ours("ES256, new tokens", es, turning(esTokens, min(fresh, asked))),
	}, nil
}

// bearers is the policy that does what jwtAuthn does.
func bearers(key issuing) []byte {
	return encoded(object{
		"version": 1,
		"identities": object{"tokens": object{"jwt": object{
			"issuer":     issuer,
			"audiences":  []string{audience},
			"algorithms": []string{string(key.algorithm)},
			"keys":       object{"jwks": key.keySet()},
			"claims":     object{"client": "client_id", "scopes": "scope"},
			"forward":    object{"claims": object{identityHeader: "client_id"}},
		}}},
		"routes": []any{object{"name": "all", "path": "/**", "identities": []string{"tokens"}}},
	})
}

// jwtAuthn is Envoy's filter that verifies tokens. It tells the upstream who calls, and takes the token away. Without a cache
// it verifies each signature each time.
func jwtAuthn(key issuing, cached int) object {
	provider := object{
		"issuer":           issuer,
		"audiences":        []string{audience},
		"local_jwks":       object{"inline_string": string(key.keySet())},
		"claim_to_headers": []any{object{"header_name": identityHeader, "claim_name": "client_id"}},
	}
	if cached > 0 {
		provider["jwt_cache_config"] = object{"jwt_cache_size": cached}
	}
	return typed("jwt_authn", "filters.http.jwt_authn.v3.JwtAuthentication", object{
		"providers": object{"bench": provider},
		"rules":     []any{object{"match": object{"prefix": "/"}, "requires": object{"provider_name": "bench"}}},
	})
}
