package authorize

import (
	"strings"
	"testing"

	"sallyport.dev/sallyport/policy/document"
	"sallyport.dev/sallyport/policy/guard"
)

func all(names ...string) *document.Requirement {
	return &document.Requirement{Every: &document.NameSet{All: names}}
}

func anyOf(names ...string) *document.Requirement {
	return &document.Requirement{Every: &document.NameSet{Any: names}}
}

func byMethod(sets map[string]document.NameSet) *document.Requirement {
	return &document.Requirement{ByMethod: sets}
}

func TestCheck(t *testing.T) {
	perMethod := byMethod(map[string]document.NameSet{
		"GET":  {All: []string{"read"}},
		"POST": {Any: []string{"write", "admin"}},
	})
	cases := []struct {
		name          string
		scopes, roles *document.Requirement
		method        string
		has, hasRoles []string
		want          guard.Reason
	}{
		{"every scope held", all("a", "b"), nil, "GET", []string{"b", "a", "c"}, nil, guard.Allowed},
		{"one scope of two held", all("a", "b"), nil, "GET", []string{"a"}, nil, guard.ScopeMissing},
		{"no scope held", all("a"), nil, "GET", nil, nil, guard.ScopeMissing},
		{"a longer name is another scope", all("read"), nil, "GET", []string{"read:all"}, nil, guard.ScopeMissing},
		{"names are compared with their case", all("read"), nil, "GET", []string{"Read"}, nil, guard.ScopeMissing},
		{"any held", anyOf("a", "b"), nil, "GET", []string{"b"}, nil, guard.Allowed},
		{"none of any held", anyOf("a", "b"), nil, "GET", []string{"c"}, nil, guard.ScopeMissing},
		{"duplicated names count once", all("a", "b"), nil, "GET", []string{"a", "a"}, nil, guard.ScopeMissing},
		{"by method: allowed", perMethod, nil, "POST", []string{"admin"}, nil, guard.Allowed},
		{"by method: the other method's scope", perMethod, nil, "POST", []string{"read"}, nil, guard.ScopeMissing},
		{"by method: HEAD is judged as GET", perMethod, nil, "HEAD", []string{"read"}, nil, guard.Allowed},
		{"by method: HEAD without GET's scope", perMethod, nil, "HEAD", []string{"write"}, nil, guard.ScopeMissing},
		{"by method: a method that nobody named", perMethod, nil, "DELETE", []string{"read", "write", "admin"}, nil, guard.ScopeMissing},
		{"role held", nil, anyOf("admin"), "GET", nil, []string{"admin"}, guard.Allowed},
		{"role missing", nil, anyOf("admin"), "GET", []string{"admin"}, []string{"user"}, guard.RoleMissing},
		{"scope held, role missing", all("a"), all("admin"), "GET", []string{"a"}, nil, guard.RoleMissing},
		{"an empty requirement is met by nobody", &document.Requirement{Every: &document.NameSet{}}, nil, "GET", []string{"a"}, nil, guard.ScopeMissing},
		{"a zero requirement is met by nobody", &document.Requirement{}, nil, "GET", []string{"a"}, nil, guard.ScopeMissing},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			g := Compile(&document.Route{Scopes: c.scopes, Roles: c.roles}, "routes[0]", &p)
			if err := p.Err(); err != nil {
				t.Fatal(err)
			}
			r := &guard.Request{Method: c.method, Caller: guard.Caller{Scopes: c.has, Roles: c.hasRoles}}
			if got := g.Check(r).Reason; got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if n := testing.AllocsPerRun(100, func() { g.Check(r) }); n != 0 {
				t.Errorf("%v allocations, want 0", n)
			}
		})
	}
}

func TestCompileWithoutRequirement(t *testing.T) {
	if g := Compile(&document.Route{}, "routes[0]", new(document.Problems)); g != nil {
		t.Errorf("got %v, want nil", g)
	}
}

func TestCompileProblems(t *testing.T) {
	gets := map[string]document.NameSet{"GET": {All: []string{"a"}}}
	cases := []struct {
		name  string
		route document.Route
		want  string
	}{
		{"public", document.Route{Public: true, Scopes: all("a")}, `routes[0] is public and needs scopes or roles`},
		{"anonymous", document.Route{Anonymous: true, Roles: all("a")}, `routes[0].anonymous lets a caller`},
		{"a forgotten method", document.Route{Methods: []string{"GET", "POST"}, Scopes: byMethod(gets)}, `routes[0].scopes does not name the method POST`},
		{"a method too many", document.Route{Methods: []string{"POST"}, Roles: byMethod(map[string]document.NameSet{"GET": {}, "POST": {}})},
			`routes[0].roles.GET names a method that the route does not take`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var p document.Problems
			Compile(&c.route, "routes[0]", &p)
			if err := p.Err(); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestScope(t *testing.T) {
	byMethod := &document.Requirement{ByMethod: map[string]document.NameSet{"GET": {All: []string{"r"}}, "POST": {Any: []string{"w", "admin"}}}}
	for _, c := range []struct {
		name, method, want string
		scopes             *document.Requirement
	}{
		{"all", "GET", "a b", &document.Requirement{Every: &document.NameSet{All: []string{"a", "b"}}}},
		{"any: the first", "GET", "a", &document.Requirement{Every: &document.NameSet{Any: []string{"a", "b"}}}},
		{"by method", "GET", "r", byMethod},
		{"HEAD as GET", "HEAD", "r", byMethod},
		{"any by method", "POST", "w", byMethod},
		{"a method that nobody named", "PUT", "", byMethod},
		{"a word that no token carries", "GET", "", &document.Requirement{Every: &document.NameSet{All: []string{"a", `b"c`}}}},
		{"no scopes", "GET", "", nil},
	} {
		var p document.Problems
		g := Compile(&document.Route{Scopes: c.scopes, Roles: &document.Requirement{Every: &document.NameSet{All: []string{"x"}}}}, "", &p)
		if got := g.Scope(c.method); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
