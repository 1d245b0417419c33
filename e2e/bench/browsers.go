package main

// A page of appOrigin asks the API.
const (
	appOrigin = "https://app.example.com"
	webPreset = "web"
)

// shared are headers that an answer to such a page has.
var shared = []string{"access-control-allow-origin", "access-control-allow-credentials", "strict-transport-security", "x-frame-options"}

// nowhere is a cluster that nobody asks: Envoy's filter cors does nothing on a route that answers by itself.
const nowhere = "nowhere"

// browserRows are requests of a page of another origin that changes something: it may, and its answer is hardened. In the place
// of the upstream Envoy's fault filter answers.
func (b *bench) browserRows() ([]row, error) {
	mutation, err := headerMutation(webPreset)
	if err != nil {
		return nil, err
	}
	post := always([]byte("POST /v1/items HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: bench/1.0\r\naccept: application/json\r\n" +
		"accept-encoding: gzip\r\nx-forwarded-for: " + client + "\r\norigin: " + appOrigin + "\r\nsec-fetch-site: same-site\r\n" +
		"sec-fetch-mode: cors\r\ncookie: session=0123456789abcdef0123456789abcdef\r\ncontent-length: 0\r\n\r\n"))
	sallyport := plugin(b.module("sallyport.wasm"), browsed())
	list := []row{
		{name: "Envoy's fault filter answers (for cors)"},
		{name: "Envoy's cors + csrf + header_mutation", filters: []any{typed("cors", "filters.http.cors.v3.Cors", object{}), csrf(), mutation},
			perRoute: object{"cors": corsPolicy()}, carries: shared},
		{name: "sallyport, cors + csrf + hardening", filters: []any{sallyport}, carries: shared},
	}
	for i := range list {
		list[i].filters, list[i].routed = append(list[i].filters, fault()), nowhere
		list[i].next, list[i].status = post, 200
	}
	return list, nil
}

// browsed is the policy that does what Envoy's filters do.
func browsed() []byte {
	return encoded(object{
		"version": 1,
		"cors":    object{"origins": []string{appOrigin}, "methods": []string{"GET", "POST"}, "credentials": true, "request_headers": []string{"content-type"}, "expose": []string{"x-request-id"}},
		"csrf":    object{"trusted_origins": []string{appOrigin}},
		"headers": object{"response": object{"preset": webPreset}},
		"routes":  []any{object{"name": "items", "path": "/v1/items", "methods": []string{"GET", "POST"}, "public": true}},
	})
}

func corsPolicy() object {
	return object{"@type": typePrefix + "filters.http.cors.v3.CorsPolicy", "allow_origin_string_match": []any{object{"exact": appOrigin}},
		"allow_methods": "GET, POST", "allow_headers": "content-type", "expose_headers": "x-request-id", "allow_credentials": true}
}

func csrf() object {
	return typed("csrf", "filters.http.csrf.v3.CsrfPolicy", object{
		"filter_enabled":     object{"default_value": object{"numerator": 100, "denominator": "HUNDRED"}},
		"additional_origins": []any{object{"exact": "app.example.com"}},
	})
}
