package main

import (
	"path/filepath"
	"slices"
	"strings"

	"sallyport.dev/sallyport/build/wasm/module"
)

// row is one line of the table: an Envoy, and what it is asked.
type row struct {
	name     string
	filters  []any
	asks     []string // clusters of services
	routed   string   // the one that the route names; empty: the route answers
	perRoute object   // what the route says to filters, by their names
	fewer    int      // of so many requests only one is asked; 0: all
	next     func(i int) []byte
	status   int      // of every answer
	carries  []string // headers that an answer has when the filters did their work
	stranger bool     // the same request without a credential is answered 401
}

// The first row is what the others are compared with, and the third.
const (
	baselineRow = 0
	nativeRow   = 2
)

var (
	small = scale{Routes: 10, Keys: 10}
	large = scale{Routes: 1_000, Keys: 10_000}
)

// hardened are headers of the preset; fields and remaining are what our
// limiters and Envoy's add.
var (
	hardened  = []string{"x-frame-options", "strict-transport-security"}
	fields    = []string{"ratelimit", "ratelimit-policy"}
	remaining = []string{"x-ratelimit-remaining"}
	limited   = slices.Concat(fields, hardened)
	told      = slices.Concat(remaining, hardened)
)

// rows is the table.
func (b *bench) rows(o options) ([]row, error) {
	big := large
	if o.brief {
		big = small
	}
	native, err := nativeChain(b.keys[:small.Keys])
	if err != nil {
		return nil, err
	}
	perClient, err := nativePerClient(b.keys[:small.Keys])
	if err != nil {
		return nil, err
	}
	few, many := protected(small, b.keys), protected(big, b.keys)
	one := always(get(last(small), b.keys[3], client))
	none := always(get(last(small), "", client))
	sallyport := b.module("sallyport.wasm")
	with := func(policy []byte) []any { return []any{plugin(sallyport, policy)} }
	list := []row{
		{name: "no filter", next: one, status: 200},
		{name: "empty module", filters: []any{plugin(b.module("empty.wasm"), nil)}, next: one, status: 200},
		{name: "Envoy's native chain", filters: native, next: one, status: 200, carries: told, stranger: true},
		{name: "Envoy's native chain, a bucket per client", filters: perClient, next: one, status: 200, carries: told, stranger: true},
		{name: "Envoy's native chain, denial (no key)", filters: native, next: none, status: 401, carries: hardened},
		{name: "sallyport, " + small.String(), filters: with(few), next: one, status: 200, carries: limited, stranger: true},
		{name: "sallyport, " + big.String() + ", one asks", filters: with(many),
			next: always(get(last(big), b.keys[big.Keys/2], client)), status: 200, carries: limited, stranger: true},
		{name: "sallyport, " + big.String() + ", all ask in turn", filters: with(many),
			next: rotating(last(big), b.keys[:big.Keys]), status: 200, carries: limited, stranger: true},
		{name: "sallyport, public route only", filters: with(public()), next: one, status: 200},
		{name: "sallyport, denial (no key)", filters: with(few), next: none, status: 401, carries: hardened},
	}
	list = append(list, b.limiterRows()...)
	tokens, err := b.tokenRows(o)
	if err != nil {
		return nil, err
	}
	list = append(list, tokens...)
	list = append(list, b.webhookRows()...)
	browsers, err := b.browserRows()
	if err != nil {
		return nil, err
	}
	list = append(list, browsers...)
	if o.cures {
		cures, err := b.cures(big)
		if err != nil {
			return nil, err
		}
		list = append(list, cures...)
	}
	return o.chosen(list), nil
}

// chosen leaves out rows that are not asked for. What the others are compared
// with keeps its place.
func (o options) chosen(rows []row) []row {
	chosen := rows[: nativeRow+1 : nativeRow+1]
	for _, r := range rows[nativeRow+1:] {
		if strings.Contains(r.name, o.only) {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

// cures compare the two settings of Go's collector. Asked with keys in turn, a
// module that remembers fewer keys than there are makes garbage.
func (b *bench) cures(s scale) ([]row, error) {
	var list []row
	policy := protected(s, b.keys)
	for _, c := range []struct{ name, godebug, file string }{
		{"gcstoptheworld=1", "gcstoptheworld=1", "stopped.wasm"},
		{"no flag", "", "unflagged.wasm"},
	} {
		path := filepath.Join(b.dir, c.file)
		if err := (module.Build{Root: b.root, Package: "./filter", Output: path, GODEBUG: c.godebug}).Run(); err != nil {
			return nil, err
		}
		filters := []any{plugin(path, policy)}
		list = append(list,
			row{name: "sallyport, " + c.name + ", one asks", filters: filters,
				next: always(get(last(s), b.keys[s.Keys/2], client)), status: 200, carries: limited, stranger: true},
			row{name: "sallyport, " + c.name + ", all ask in turn", filters: filters,
				next: rotating(last(s), b.keys[:s.Keys]), status: 200, carries: limited, stranger: true},
			row{name: "sallyport, " + c.name + ", denial (no key)", filters: filters,
				next: always(get(last(s), "", client)), status: 401, carries: hardened})
	}
	return list, nil
}
