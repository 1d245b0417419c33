package main

import (
	"errors"
	"strings"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
	"sallyport.dev/sallyport/policy/headers"
)

// What both the policies and Envoy's own filters do.
const (
	keyHeader      = "x-api-key"
	identityHeader = "x-client-id"
	preset         = "api"
)

// nativeChain is what Envoy's own filters can do of the policy protected: know
// the caller by its key, take the key away and say who calls; one bucket for
// all; and the same changes of the response. They know no scopes.
func nativeChain(keys []string) ([]any, error) {
	mutation, err := headerMutation(preset)
	return []any{apiKeyAuth(keys), localRateLimit(object{}), mutation}, err
}

// nativePerClient is nativeChain with a bucket for each client, of at most
// twenty that the filter remembers.
func nativePerClient(keys []string) ([]any, error) {
	mutation, err := headerMutation(preset)
	perClient := object{
		"rate_limits": []any{object{"actions": []any{object{
			"request_headers": object{"header_name": identityHeader, "descriptor_key": "client"},
		}}}},
		"descriptors": []any{object{"entries": []any{object{"key": "client"}}, "token_bucket": tokenBucket()}},
	}
	return []any{apiKeyAuth(keys), localRateLimit(perClient), mutation}, err
}

func apiKeyAuth(keys []string) object {
	var credentials []any
	for i, key := range keys {
		credentials = append(credentials, object{"key": key, "client": clientID(i)})
	}
	return typed("api_key_auth", "filters.http.api_key_auth.v3.ApiKeyAuth", object{
		"credentials": credentials,
		"key_sources": []any{object{"header": keyHeader}},
		"forwarding":  object{"header": identityHeader, "hide_credentials": true},
	})
}

func localRateLimit(more object) object {
	always := object{"default_value": object{"numerator": 100, "denominator": "HUNDRED"}}
	config := object{
		"stat_prefix":                "limit",
		"token_bucket":               tokenBucket(),
		"filter_enabled":             always,
		"filter_enforced":            always,
		"enable_x_ratelimit_headers": "DRAFT_VERSION_03",
	}
	for name, value := range more {
		config[name] = value
	}
	return typed("local_ratelimit", "filters.http.local_ratelimit.v3.LocalRateLimit", config)
}

func tokenBucket() object {
	return object{"max_tokens": 1_000_000_000, "tokens_per_fill": 1000, "fill_interval": "1s"}
}

// headerMutation changes the response as a preset does, edit by edit.
func headerMutation(preset string) (object, error) {
	var problems document.Problems
	g := headers.Compile(&document.Headers{Response: &document.ResponseHeaders{Preset: preset}}, &problems)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	var mutations []any
	for _, name := range g.Removes() {
		if !strings.HasSuffix(name, "*") { // the filter has no such pattern
			mutations = append(mutations, object{"remove": name})
		}
	}
	for _, e := range g.Edits() {
		switch e.Op {
		case guard.Replace:
			mutations = append(mutations, object{"append": object{
				"header":        object{"key": e.Name, "value": e.Value},
				"append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
			}})
		default:
			return nil, errors.New("the preset holds an edit that header_mutation is not told to do")
		}
	}
	return typed("header_mutation", "filters.http.header_mutation.v3.HeaderMutation",
		object{"mutations": object{"response_mutations": mutations}}), nil
}
