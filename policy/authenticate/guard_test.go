package authenticate_test

import (
	"slices"
	"testing"

	"sallyport.dev/sallyport/policy/authenticate"
	"sallyport.dev/sallyport/policy/credential"
	"sallyport.dev/sallyport/policy/guard"
)

// kind is an identity that takes one word.
type kind struct {
	name    string
	word    string
	sources []credential.Source
	fit     map[string]authenticate.Fit
	list    []authenticate.Challenge
	own     string // the challenge of its own denials
}

func (k *kind) Sources() []credential.Source         { return k.sources }
func (k *kind) Challenges() []authenticate.Challenge { return k.list }
func (k *kind) Has(identity string) bool             { return identity == k.name }

func (k *kind) Fits(r *guard.Request, c credential.Shown) authenticate.Fit {
	text, _ := c.Text(r, 100)
	return k.fit[text]
}

func (k *kind) Check(r *guard.Request, c credential.Shown) guard.Verdict {
	if text, ok := c.Text(r, 100); !ok || text != k.word {
		v := guard.Deny(guard.KeyUnknown)
		v.Challenge = k.own
		return v
	}
	r.Caller.Identity = k.name
	return guard.Allow()
}

var (
	bearer = credential.Source{Header: "authorization", Scheme: "bearer"}
	plain  = credential.Source{Header: "authorization"}
	xkey   = credential.Source{Header: "x-api-key"}
	cookie = credential.Source{Cookie: "token"}
	query  = credential.Source{Query: "token"}
)

// keys, tokens and opaque are three kinds; the latter two read one place.
func keys() *kind {
	return &kind{name: "keys", word: "k", sources: []credential.Source{xkey, plain}, list: []authenticate.Challenge{{Scheme: "ApiKey"}}}
}

func tokens() *kind {
	return &kind{name: "tokens", word: "t", sources: []credential.Source{bearer, cookie, query}, list: []authenticate.Challenge{{Scheme: "Bearer", OAuth: true}},
		fit: map[string]authenticate.Fit{"t": authenticate.Yes}}
}

func opaque() *kind {
	return &kind{name: "opaque", word: "o", sources: []credential.Source{bearer}, list: []authenticate.Challenge{{Scheme: "Bearer", OAuth: true}},
		fit: map[string]authenticate.Fit{"t": authenticate.Maybe, "o": authenticate.Maybe, "x": authenticate.Maybe}}
}

func request(query string, fields ...string) *guard.Request {
	r := &guard.Request{Query: query}
	for i := 0; i+1 < len(fields); i += 2 {
		r.Headers = append(r.Headers, guard.Header{Name: fields[i], Value: fields[i+1]})
	}
	return r
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, query string
		fields      []string
		kinds       []authenticate.Kind
		want        guard.Reason
		caller      string
	}{
		{"of the first kind", "", []string{"x-api-key", "k"}, []authenticate.Kind{keys(), tokens()}, guard.Allowed, "keys"},
		{"of the second", "", []string{"authorization", "Bearer t"}, []authenticate.Kind{keys(), tokens()}, guard.Allowed, "tokens"},
		{"a scheme goes before none", "", []string{"authorization", "Bearer k"}, []authenticate.Kind{keys(), tokens()}, guard.KeyUnknown, ""},
		{"without a scheme", "", []string{"authorization", "k"}, []authenticate.Kind{keys(), tokens()}, guard.Allowed, "keys"},
		{"cookie", "", []string{"cookie", "a=b; token=t; c"}, []authenticate.Kind{tokens()}, guard.Allowed, "tokens"},
		{"query", "a&token=%74", nil, []authenticate.Kind{tokens()}, guard.Allowed, "tokens"},

		{"two kinds read a place: it fits one", "", []string{"authorization", "Bearer t"}, []authenticate.Kind{opaque(), tokens()}, guard.Allowed, "tokens"},
		{"it fits the other", "", []string{"authorization", "Bearer o"}, []authenticate.Kind{tokens(), opaque()}, guard.Allowed, "opaque"},
		{"it fits neither", "", []string{"authorization", "Bearer z"}, []authenticate.Kind{tokens(), opaque()}, guard.KeyUnknown, ""},
		{"what one refuses the other is not asked", "", []string{"authorization", "Bearer x"}, []authenticate.Kind{tokens(), opaque()}, guard.KeyUnknown, ""},

		{"none", "", []string{"accept", "*/*"}, []authenticate.Kind{keys(), tokens()}, guard.CredentialMissing, ""},
		{"another scheme", "", []string{"authorization", "Basic t"}, []authenticate.Kind{tokens()}, guard.CredentialMissing, ""},
		{"no kinds", "", []string{"authorization", "Bearer t"}, nil, guard.CredentialMissing, ""},
		{"of two kinds", "", []string{"x-api-key", "k", "authorization", "Bearer t"}, []authenticate.Kind{keys(), tokens()}, guard.CredentialDuplicated, ""},
		{"in two places", "token=t", []string{"authorization", "Bearer t"}, []authenticate.Kind{tokens()}, guard.CredentialDuplicated, ""},
		{"two cookies", "", []string{"cookie", "token=t; token=t"}, []authenticate.Kind{tokens()}, guard.CredentialDuplicated, ""},
		{"two fields of cookies", "", []string{"cookie", "token=t", "cookie", "token=t"}, []authenticate.Kind{tokens()}, guard.CredentialDuplicated, ""},
		{"cookie and header", "", []string{"cookie", "token=t", "authorization", "Bearer t"}, []authenticate.Kind{tokens()}, guard.CredentialDuplicated, ""},
		{"joined by a proxy", "", []string{"authorization", "Bearer t,Bearer t"}, []authenticate.Kind{tokens(), opaque()}, guard.CredentialDuplicated, ""},
		{"empty", "", []string{"authorization", "Bearer"}, []authenticate.Kind{tokens(), opaque()}, guard.KeyUnknown, ""},
		{"empty cookie", "", []string{"cookie", "token"}, []authenticate.Kind{tokens()}, guard.KeyUnknown, ""},
	} {
		for _, anonymous := range []bool{false, true} {
			r := request(c.query, c.fields...)
			want := c.want
			if anonymous && want == guard.CredentialMissing {
				want = guard.Allowed
			}
			if v := authenticate.New(c.kinds, anonymous, "").Check(r); v.Reason != want || r.Caller.Identity != c.caller {
				t.Errorf("%s (anonymous %t): %v as %q, want %v as %q", c.name, anonymous, v.Reason, r.Caller.Identity, want, c.caller)
			}
		}
	}
}

func TestNobodyIsRecognisedWithoutAGuard(t *testing.T) {
	if v := (*authenticate.Guard)(nil).Check(request("", "x-api-key", "k")); v.Allows() || v.Reason != guard.Unjudged {
		t.Errorf("%v", v.Reason)
	}
}

func TestChallenges(t *testing.T) {
	const metadata = "https://api.example.com/.well-known/oauth-protected-resource"
	nonce := tokens()
	nonce.own = `DPoP error="use_dpop_nonce"`
	for _, c := range []struct {
		name, metadata string
		fields         []string
		kinds          []authenticate.Kind
		want           string
	}{
		{"no token: no error", "", nil, []authenticate.Kind{tokens()}, `Bearer realm="sallyport"`},
		{"the metadata", metadata, nil, []authenticate.Kind{tokens()}, `Bearer realm="sallyport", resource_metadata="` + metadata + `"`},
		{"two kinds", metadata, nil, []authenticate.Kind{keys(), tokens()}, `ApiKey realm="sallyport", Bearer realm="sallyport", resource_metadata="` + metadata + `"`},
		{"the same of two kinds", "", nil, []authenticate.Kind{tokens(), opaque()}, `Bearer realm="sallyport"`},
		{"a bad token", metadata, []string{"authorization", "Bearer x"}, []authenticate.Kind{tokens()},
			`Bearer realm="sallyport", error="invalid_token", resource_metadata="` + metadata + `"`},
		{"a bad token beside keys", "", []string{"authorization", "Bearer x"}, []authenticate.Kind{keys(), tokens()},
			`Bearer realm="sallyport", error="invalid_token", ApiKey realm="sallyport"`},
		{"a bad token of two kinds", "", []string{"authorization", "Bearer x"}, []authenticate.Kind{tokens(), opaque()},
			`Bearer realm="sallyport", error="invalid_token"`},
		{"a bad key says nothing of tokens", "", []string{"x-api-key", "x"}, []authenticate.Kind{keys(), tokens()}, `ApiKey realm="sallyport", Bearer realm="sallyport"`},
		{"the kind's own", "", []string{"authorization", "Bearer x"}, []authenticate.Kind{nonce}, `DPoP error="use_dpop_nonce"`},
		{"two credentials: none", "", []string{"x-api-key", "k", "authorization", "Bearer t"}, []authenticate.Kind{keys(), tokens()}, ""},
	} {
		if v := authenticate.New(c.kinds, false, c.metadata).Check(request("", c.fields...)); v.Challenge != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, v.Challenge, c.want)
		}
	}
}

func TestInsufficient(t *testing.T) {
	g := authenticate.New([]authenticate.Kind{keys(), tokens()}, false, "")
	for identity, want := range map[string]string{
		"tokens": `Bearer realm="sallyport", error="insufficient_scope", scope="a b"`, "keys": "", "": "", "else": "",
	} {
		if got := g.Insufficient(identity, "a b"); got != want {
			t.Errorf("%q: %s", identity, got)
		}
	}
	if got := g.Insufficient("tokens", ""); got != `Bearer realm="sallyport", error="insufficient_scope"` {
		t.Errorf("without a scope: %s", got)
	}
	if got := (*authenticate.Guard)(nil).Insufficient("tokens", "a"); got != "" {
		t.Errorf("without a guard: %s", got)
	}
}

func TestSchemes(t *testing.T) {
	got := authenticate.Schemes([]credential.Source{xkey, query, cookie, bearer, {Header: "authorization", Scheme: "apikey"}, {Header: "x", Scheme: "other"}})
	if want := []authenticate.Challenge{{Scheme: "ApiKey"}, {Scheme: "Bearer"}, {Scheme: "other"}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestAllowedAllocatesNothing(t *testing.T) {
	g := authenticate.New([]authenticate.Kind{keys(), tokens(), opaque()}, false, "")
	for _, r := range []*guard.Request{request("", "x-api-key", "k"), request("", "authorization", "Bearer t"), request("", "cookie", "a=b; token=t"), request("token=t")} {
		if n := testing.AllocsPerRun(100, func() {
			if !g.Check(r).Allows() {
				t.Fatal("denied")
			}
		}); n != 0 {
			t.Errorf("%v: %v allocations", r.Headers, n)
		}
	}
}
