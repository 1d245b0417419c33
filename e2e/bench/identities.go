package main

import "github.com/go-jose/go-jose/v4"

// inTurn is how many tokens are used in turn.
const inTurn = 20_000

// tokenRows are the filters that verify tokens alone, with nothing else that a policy does: Envoy's own.
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
	one, all := turning(rs.requests(path, 1)), turning(rs.requests(path, min(inTurn, o.asked())))
	oneES := turning(es.requests(path, 1))
	envoys := func(name string, filter object, next func(int) []byte) row {
		return row{name: "Envoy's jwt_authn, " + name, filters: []any{filter}, next: next, status: 200, stranger: true}
	}
	return []row{
		envoys("RS256, one token", jwtAuthn(rs, 0), one),
		envoys("RS256, one token, its cache", jwtAuthn(rs, inTurn), one),
		envoys("RS256, "+grouped(inTurn)+" tokens in turn, its cache", jwtAuthn(rs, inTurn), all),
		envoys("ES256, one token", jwtAuthn(es, 0), oneES),
		envoys("ES256, one token, its cache", jwtAuthn(es, inTurn), oneES),
	}, nil
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
