package document

import (
	"errors"
	"strings"
	"testing"
)

// malformed is documents that are refused, each with everything that is said
// of it.
var malformed = []struct {
	name string
	json string
	want []string
}{
	// The text.
	{"nothing", ``, []string{
		`1:1: the document is not JSON: it ends too early; the policy is text, an object that begins with {`,
	}},
	{"spaces", "  \n ", []string{
		`2:2: the document is not JSON: it ends too early; the policy is text, an object that begins with {`,
	}},
	{"not JSON at all", `version: 1`, []string{
		`1:1: the document is not JSON: invalid character 'v' at start of value; the policy is text, an object that begins with {`,
	}},
	{"protobuf", "\x0a\x07version", []string{
		`2:1: the document is not JSON: invalid character '\a' at start of value; the policy is text, an object that begins with {`,
	}},
	{"cut off in an object", `{"version": 1, "routes": [`, []string{
		`1:27: routes[0] is not JSON: it ends too early`,
	}},
	{"cut off in a string", `{"version": 1, "mode": "enf`, []string{
		`1:28: mode is not JSON: it ends too early`,
	}},
	{"a comment", "{\n  // the version\n  \"version\": 1}", []string{
		`2:3: the document is not JSON: invalid character '/' at start of value; JSON has no comments`,
	}},
	{"a comma too many", `{"version": 1,}`, []string{
		`1:14: the document is not JSON: invalid character ',' at start of value; a comma stands between two values and nowhere else`,
	}},
	{"a comma too few", `{"version": 1 "routes": []}`, []string{
		`1:15: the document is not JSON: invalid character '"' after object value (expecting ',' or '}')`,
	}},
	{"a bare name", `{version: 1}`, []string{
		`1:2: the document is not JSON: invalid character 'v' at start of value`,
	}},
	{"a number as a name", `{1: 1}`, []string{
		`1:2: the document is not JSON: object member name must be a string`,
	}},
	{"single quotes", `{'version': 1}`, []string{
		`1:2: the document is not JSON: invalid character '\'' at start of value`,
	}},
	{"NaN", `{"version": NaN}`, []string{
		`1:13: version is not JSON: invalid character 'N' at start of value`,
	}},
	{"a bad escape", `{"version": 1, "mode": "\x"}`, []string{
		`1:25: mode is not JSON: a string has a character or an escape that cannot stand in one`,
	}},
	{"half a surrogate pair", `{"version": 1, "mode": "\ud800"}`, []string{
		`1:25: mode is not JSON: a string has a character or an escape that cannot stand in one`,
	}},
	{"not UTF-8", "{\"version\": 1, \"mode\": \"\xff\"}", []string{
		`1:25: mode is not JSON: invalid UTF-8`,
	}},
	{"a byte order mark", "\ufeff{}", []string{
		`1:1: the document is not JSON: invalid character '\ufeff' at start of value; the policy is text, an object that begins with {`,
	}},
	{"trailing text", `{"version": 1, "routes": [{"name": "a", "path": "/"}]} {}`, []string{
		`1:56: the document goes on after its end: remove what stands behind the last }`,
	}},
	{"trailing commas and colons", `{"version": 1, "routes": [{"name": "a", "path": "/"}]} ,,:`, []string{
		`1:56: the document goes on after its end: remove what stands behind the last }`,
	}},
	{"a trailing comma", "{\"version\": 1, \"routes\": [{\"name\": \"a\", \"path\": \"/\"}]}\n,", []string{
		`2:1: the document goes on after its end: remove what stands behind the last }`,
	}},
	{"a zero byte at the end", `{"version": 1, "routes": [{"name": "a", "path": "/"}]}` + "\x00", []string{
		`1:55: the document goes on after its end: remove what stands behind the last }`,
	}},
	{"trailing bracket", `{"version": 1, "routes": [{"name": "a", "path": "/"}]}}`, []string{
		`1:55: the document goes on after its end: remove what stands behind the last }`,
	}},
	{"a list", `[]`, []string{
		`1:1: the document is a list: write an object`,
	}},
	{"a string", `"policy"`, []string{
		`1:1: the document is a string: write an object`,
	}},
	{"null", `null`, []string{
		`1:1: the document is null: write an object, or remove it`,
	}},
	{"problems before a syntax error", `{"version": 2, "mode": "off", "routes": [}`, []string{
		`1:13: version is 2: write 1`,
		`1:24: mode is "off": write "enforce" or "report"`,
		`1:42: routes[0] is not JSON: invalid character '}' at start of value`,
	}},

	// Members.
	{"nothing in it", `{}`, []string{
		`1:1: version is missing: write 1`,
		`1:1: routes is missing: write a list of objects`,
	}},
	{"unknown, near", `{"version": 1, "route": []}`, []string{
		`1:25: route is not known: write "routes"`,
	}},
	{"unknown, far", `{"version": 1, "routes": [{"name": "a", "path": "/"}], "audit": {"level": 3}}`, []string{
		`1:75: audit.level is not known: remove it, or write "log"`,
	}},
	{"unknown, other marks", doc(`"hygiene": {"maxHeaders": 5}`), []string{
		`1:42: hygiene.maxHeaders is not known: write "max_headers"`,
	}},
	{"unknown, with a name that needs quotes", doc(`"host": {"a b\n": 1}`), []string{
		`1:34: host["a b\n"] is not known: remove it, or write "headers_stop_iteration"`,
	}},
	{"unknown, long", doc(`"host": {"` + strings.Repeat("é", 40) + `": 1}`), []string{
		`1:109: host["éééééééééééééééééééééééééééééééé…"] is not known: remove it, or write "headers_stop_iteration"`,
	}},
	{"twice", doc(`"mode": "enforce", "mode": "report"`), []string{
		`1:35: mode is given twice: keep one of them`,
	}},
	{"twice, by an escape", doc(`"mode": "enforce", "mod\u0065": "report"`), []string{
		`1:35: mode is given twice: keep one of them`,
	}},
	{"twice, in names of the author", doc(`"limits": {"a": {"by": ["ip"], "token_bucket": {"capacity": 1, "refill_per_second": 1}}, "a": {}}`), []string{
		`1:105: limits.a is given twice: keep one of them`,
	}},
	{"missing in a route", `{"version": 1, "routes": [{}]}`, []string{
		`1:27: routes[0].name is missing: write a name of lower-case letters, digits, '-' and '_', up to 63 of them, that starts with a letter or digit`,
		`1:27: routes[0].path is missing: write a string`,
	}},
	{"a name that the author chose", doc(`"identities": {"My users": {"api_key": {"clients": [{"id": "a", "keys": [{"id": "k", "sha256": "` + digest + `"}]}]}}}`), []string{
		`1:43: identities["My users"] has a name that cannot be used: write a name of lower-case letters, digits, '-' and '_', up to 63 of them, that starts with a letter or digit`,
	}},
	{"an empty name", doc(`"headers": {"response": {"set": {"": "x"}}}`), []string{
		`1:53: headers.response.set[""] has an empty name: write a name`,
	}},

	// Types.
	{"a string for a number", `{"version": "1", "routes": [{"name": "a", "path": "/"}]}`, []string{
		`1:13: version is a string: write 1`,
	}},
	{"a number for a string", doc(`"mode": 1`), []string{
		`1:24: mode is 1: write "enforce" or "report"`,
	}},
	{"a string for true", route(`"public": "true"`), []string{
		`1:64: routes[0].public is a string: write true or false`,
	}},
	{"a string for a list", route(`"methods": "GET"`), []string{
		`1:65: routes[0].methods is a string: write a list of strings`,
	}},
	{"an object for a list", `{"version": 1, "routes": {"a": {"path": "/"}}}`, []string{
		`1:26: routes is an object: write a list of objects`,
	}},
	{"a list for an object", doc(`"limits": [{"by": ["ip"]}]`), []string{
		`1:26: limits is a list: write an object`,
	}},
	{"a list for a struct", doc(`"audit": [true]`), []string{
		`1:25: audit is a list: write an object`,
	}},
	{"a number in a list", route(`"methods": ["GET", 5]`), []string{
		`1:73: routes[0].methods[1] is 5: write a method in upper case such as "GET"`,
	}},
	{"null for an object", doc(`"hygiene": null`), []string{
		`1:27: hygiene is null: write an object, or remove it`,
	}},
	{"null in a list", route(`"identities": [null]`), []string{
		`1:69: routes[0].identities[0] is null: write a string, or remove it`,
	}},

	// Values.
	{"an empty string", route(`"mode": ""`), []string{
		`1:62: routes[0].mode is empty: write "enforce" or "report"`,
	}},
	{"an empty list", route(`"methods": []`), []string{
		`1:65: routes[0].methods is empty: write at least one entry, or leave it out`,
	}},
	{"an empty object", doc(`"hygiene": {}`), []string{
		`1:27: hygiene is empty: write at least one member, or leave it out`,
	}},
	{"an empty list that must be there", `{"version": 1, "routes": []}`, []string{
		`1:26: routes is empty: write at least one entry`,
	}},
	{"an enumeration", doc(`"audit": {"log": "some"}`), []string{
		`1:33: audit.log is "some": write "all", "denied" or "none"`,
	}},
	{"an enumeration, long value", doc(`"mode": "` + strings.Repeat("x-", 50) + `"`), []string{
		`1:24: mode is "x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-…": write "enforce" or "report"`,
	}},
	{"another version", `{"version": 2, "routes": [{"name": "a", "path": "/"}]}`, []string{
		`1:13: version is 2: write 1`,
	}},
	{"a fraction", doc(`"hygiene": {"max_headers": 5.5}`), []string{
		`1:43: hygiene.max_headers is 5.5: write a whole number from 5 to 1000`,
	}},
	{"below", doc(`"hygiene": {"max_headers": 0}`), []string{
		`1:43: hygiene.max_headers is 0: write a whole number from 5 to 1000`,
	}},
	{"above", doc(`"hygiene": {"max_headers": 1e9}`), []string{
		`1:43: hygiene.max_headers is 1e9: write a whole number from 5 to 1000`,
	}},
	{"past 2^53", bucket(`9007199254740993`, `1`), []string{
		`1:76: limits.a.token_bucket.capacity is 9007199254740993: write a whole number from 1 to 1000000000; past 9007199254740991 a number in JSON is not exact, see Numbers in docs/policy.md`,
	}},
	{"past every number", bucket(`1e999`, `1`), []string{
		`1:76: limits.a.token_bucket.capacity is 1e999: write a whole number from 1 to 1000000000`,
	}},
	{"no refill", bucket(`1`, `0`), []string{
		`1:100: limits.a.token_bucket.refill_per_second is 0: write a number above 0, up to 1000000`,
	}},
	{"too much refill", bucket(`1`, `1000000.5`), []string{
		`1:100: limits.a.token_bucket.refill_per_second is 1000000.5: write a number above 0, up to 1000000`,
	}},
	{"a route's name", `{"version": 1, "routes": [{"name": "_a", "path": "/"}, {"name": "` + strings.Repeat("a-", 32) + `", "path": "/"}]}`, []string{
		`1:36: routes[0].name is "_a": write a name of lower-case letters, digits, '-' and '_', up to 63 of them, that starts with a letter or digit`,
		`1:65: routes[1].name is "a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-": write a name of lower-case letters, digits, '-' and '_', up to 63 of them, that starts with a letter or digit`,
	}},
	{"two routes of one name", `{"version": 1, "routes": [{"name": "a", "path": "/"}, {"name": "b", "path": "/"}, {"name": "a", "path": "/"}]}`, []string{
		`1:92: routes[2].name is "a", the name of routes[0] too: write another name`,
	}},
	{"a method in lower case", route(`"methods": ["get"]`), []string{
		`1:66: routes[0].methods[0] is "get": write a method in upper case such as "GET"`,
	}},
	{"what is counted", doc(`"limits": {"a": {"by": ["user", "ip/0", "path."], "token_bucket": {"capacity": 1, "refill_per_second": 1}}}`), []string{
		`1:40: limits.a.by[0] is "user": write client, tenant, ip, ip/24, ip/56, route, method, path.NAME, header.NAME or claim.NAME`,
		`1:48: limits.a.by[1] is "ip/0": write client, tenant, ip, ip/24, ip/56, route, method, path.NAME, header.NAME or claim.NAME`,
		`1:56: limits.a.by[2] is "path.": write client, tenant, ip, ip/24, ip/56, route, method, path.NAME, header.NAME or claim.NAME`,
	}},

	// Durations, sizes, times.
	{"a duration without a unit", route(`"timeout": "5"`), []string{
		`1:65: routes[0].timeout is "5": write a duration such as "250ms", "5s", "15m", "1h" or "30d"`,
	}},
	{"a duration as a number", route(`"timeout": 5`), []string{
		`1:65: routes[0].timeout is 5: write a duration such as "250ms", "5s", "15m", "1h" or "30d"`,
	}},
	{"a duration of nothing", route(`"timeout": "0s"`), []string{
		`1:65: routes[0].timeout is "0s": write a duration longer than zero, or remove it`,
	}},
	{"a duration in the wrong order", route(`"timeout": "1s1m"`), []string{
		`1:65: routes[0].timeout is "1s1m": write a duration such as "250ms", "5s", "15m", "1h" or "30d"`,
	}},
	{"a duration past all time", route(`"timeout": "200000d"`), []string{
		`1:65: routes[0].timeout is "200000d": write a duration such as "250ms", "5s", "15m", "1h" or "30d"`,
	}},
	{"a size of nothing", doc(`"hygiene": {"max_path_size": 0}`), []string{
		`1:45: hygiene.max_path_size is 0: write a whole number of 1 or more`,
	}},
	{"a size in thousands", doc(`"hygiene": {"max_path_size": "8KB"}`), []string{
		`1:45: hygiene.max_path_size is "8KB": write a size such as 65536, "64KiB" or "1MiB"`,
	}},
	{"a size as a list", doc(`"hygiene": {"max_path_size": [8]}`), []string{
		`1:45: hygiene.max_path_size is a list: write a size such as 65536, "64KiB" or "1MiB"`,
	}},
	{"a time without a zone", key(`"expires": "2027-01-01T00:00:00"`), []string{
		`1:183: identities.a.api_key.clients[0].keys[0].expires is "2027-01-01T00:00:00": write a time such as "2026-01-31T12:00:00Z" (RFC 3339), between 1970 and 2262`,
	}},
	{"a time that is a date", key(`"expires": "2027-01-01"`), []string{
		`1:183: identities.a.api_key.clients[0].keys[0].expires is "2027-01-01": write a time such as "2026-01-31T12:00:00Z" (RFC 3339), between 1970 and 2262`,
	}},
	{"a time that is no day", key(`"expires": "2027-02-30T00:00:00Z"`), []string{
		`1:183: identities.a.api_key.clients[0].keys[0].expires is "2027-02-30T00:00:00Z": write a time such as "2026-01-31T12:00:00Z" (RFC 3339), between 1970 and 2262`,
	}},
	{"a time before all keys", key(`"not_before": "1970-01-01T00:00:00Z"`), []string{
		`1:186: identities.a.api_key.clients[0].keys[0].not_before is "1970-01-01T00:00:00Z": write a time such as "2026-01-31T12:00:00Z" (RFC 3339), between 1970 and 2262`,
	}},

	// Unions.
	{"no kind", doc(`"identities": {"a": {}}`), []string{
		`1:36: identities.a has no kind: write "jwt", "introspection" or "api_key"`,
	}},
	{"a kind with a slip", doc(`"identities": {"a": {"apikey": {}}}`), []string{
		`1:47: identities.a.apikey is not known: write "api_key"`,
	}},
	{"two places", source(`{"header": "x-api-key", "query": "key"}`), []string{
		`1:58: identities.a.api_key.from[0] has "header" and "query": keep one of them`,
	}},
	{"no place", source(`{"scheme": "ApiKey"}`), []string{
		`1:58: identities.a.api_key.from[0] has no place: write "header", "cookie" or "query"`,
		`1:69: identities.a.api_key.from[0].scheme stands without "header": write both, or remove it`,
	}},
	{"no algorithm", doc(`"limits": {"a": {"by": ["ip"]}}`), []string{
		`1:32: limits.a has no algorithm: write "token_bucket", "sliding_window", "quota" or "concurrency"`,
	}},
	{"two algorithms", doc(`"limits": {"a": {"by": ["ip"], "token_bucket": {"capacity": 1, "refill_per_second": 1}, "quota": {"limit": 1, "per": "day"}}}`), []string{
		`1:32: limits.a has "token_bucket" and "quota": keep one of them`,
	}},
	{"a quota of another period", doc(`"limits": {"a": {"by": ["ip"], "quota": {"limit": 1, "per": "week", "offset": "+2"}}}`), []string{
		`1:76: limits.a.quota.per is "week": write "hour", "day" or "month"`,
		`1:94: limits.a.quota.offset is "+2": write an offset from -12:00 to +14:00, such as +02:00, and +00:00 for UTC`,
	}},
	{"plans without a bucket", doc(`"limits": {"a": {"by": ["ip"], "plans": {"gold": {"capacity": 1, "refill_per_second": 1}}}}`), []string{
		`1:32: limits.a has no algorithm: write "token_bucket", "sliding_window", "quota" or "concurrency"`,
		`1:56: limits.a.plans stands without "token_bucket": write both, or remove it`,
	}},

	// Requirements and costs.
	{"a requirement as a string", route(`"scopes": "read"`), []string{
		`1:64: routes[0].scopes is a string: write a list of names (all of them are needed) or {"any": [...]}, or either by method such as {"GET": [...]}`,
	}},
	{"an empty requirement", route(`"scopes": []`), []string{
		`1:64: routes[0].scopes is empty: write at least one entry, or leave it out`,
	}},
	{"an empty object as a requirement", route(`"scopes": {}`), []string{
		`1:64: routes[0].scopes is empty: write at least one member, or leave it out`,
	}},
	{"an empty choice", route(`"scopes": {"any": []}`), []string{
		`1:72: routes[0].scopes.any is empty: write at least one entry, or leave it out`,
	}},
	{"a choice beside methods", route(`"scopes": {"any": ["a"], "GET": ["b"]}`), []string{
		`1:64: routes[0].scopes has "any" and methods: write "any" inside each method, such as {"GET": {"any": [...]}}`,
	}},
	{"a method of a requirement", route(`"roles": {"get": ["a"]}`), []string{
		`1:71: routes[0].roles.get has a name that cannot be used: write a method in upper case such as "GET"`,
	}},
	{"all instead of any", route(`"roles": {"GET": {"all": ["a"]}}`), []string{
		`1:79: routes[0].roles.GET.all is not known: write "any"`,
	}},
	{"a cost of nothing", cost(`0`), []string{
		`1:112: limits.a.cost is 0: write a whole number from 1 to 1000000000`,
	}},
	{"a cost that is a word", cost(`"high"`), []string{
		`1:112: limits.a.cost is "high": write a whole number from 1 to 1000000000, or numbers by method such as {"default": 1, "POST": 5}`,
	}},
	{"a cost that is a list", cost(`[1]`), []string{
		`1:112: limits.a.cost is a list: write a whole number from 1 to 1000000000, or numbers by method such as {"default": 1, "POST": 5}`,
	}},
	{"a cost of a method", cost(`{"default": 1, "post": 5, "PUT": -1}`), []string{
		`1:135: limits.a.cost.post has a name that cannot be used: write a method in upper case such as "GET"`,
		`1:145: limits.a.cost.PUT is -1: write a whole number from 0 to 1000000000`,
	}},
	{"a cost of the response without its most", cost(`{"default": 1, "response_header": "x-cost"}`), []string{
		`1:112: limits.a.cost.max is missing beside "response_header": write the most that a response can cost, from 1 to 1000000000`,
	}},
	{"a most without a header", cost(`{"max": 0}`), []string{
		`1:120: limits.a.cost.max is 0: write a whole number from 1 to 1000000000`,
		`1:120: limits.a.cost.max stands without "response_header": write both, or remove it`,
	}},
	{"a cost from GraphQL", cost(`"graphql.cost"`), []string{
		`1:112: limits.a.cost is not supported yet: remove it, or use a version of Sallyport that has it`,
	}},
	{"a claim of another name", doc(`"limits": {"a": {"by": ["claim.a b"], "token_bucket": {"capacity": 1, "refill_per_second": 1}}}`), []string{
		`1:40: limits.a.by[0] is "claim.a b": write client, tenant, ip, ip/24, ip/56, route, method, path.NAME, header.NAME or claim.NAME`,
	}},

	{"a limit of a route without its name", route(`"limits": [{"cost": 2}, "", {}, 7, {"limit": "a", "cots": 2}, {"limit": "a", "cost": 0}]`), []string{
		`1:65: routes[0].limits[0].limit is missing: write the name of a limit`,
		`1:78: routes[0].limits[1] is empty: write the name of a limit, or {"limit": "NAME", "cost": 20}`,
		`1:82: routes[0].limits[2] is empty: write at least one member, or leave it out`,
		`1:86: routes[0].limits[3] is 7: write the name of a limit, or {"limit": "NAME", "cost": 20}`,
		`1:112: routes[0].limits[4].cots is not known: write "limit" or "cost"`,
		`1:139: routes[0].limits[5].cost is 0: write a whole number from 1 to 1000000000`,
	}},

	// Secrets are never quoted.
	{"a secret as a string", pepper(`"hunter2"`), []string{
		`1:59: identities.a.api_key.pepper is a string: write {"env": "NAME"}, and set NAME in the environment of the plugin's VM`,
	}},
	{"a secret as a number", pepper(`22222`), []string{
		`1:59: identities.a.api_key.pepper is a number: write {"env": "NAME"}, and set NAME in the environment of the plugin's VM`,
	}},
	{"a secret of nothing", pepper(`{}`), []string{
		`1:59: identities.a.api_key.pepper is empty: write {"env": "NAME"}, and set NAME in the environment of the plugin's VM`,
	}},
	{"a secret in an empty variable", pepper(`{"env": ""}`), []string{
		`1:67: identities.a.api_key.pepper.env is empty: write the name of a variable`,
	}},
	{"a secret both ways", pepper(`{"env": "hunter2", "value": "hunter2"}`), []string{
		`1:59: identities.a.api_key.pepper has "env" and "value": keep one of them`,
	}},
	{"a secret as a member", pepper(`{"hunter2": "hunter2"}`), []string{
		`1:59: identities.a.api_key.pepper has a member that is not known: write {"env": "NAME"}, and set NAME in the environment of the plugin's VM`,
	}},
	{"a secret as a member, twice", pepper(`{"hunter2": 1, "hunter2": 1}`), []string{
		`1:59: identities.a.api_key.pepper has a member that is not known: write {"env": "NAME"}, and set NAME in the environment of the plugin's VM`,
		`1:74: identities.a.api_key.pepper["…"] is given twice: keep one of them`,
	}},
	{"a secret in a list", pepper(`{"env": ["hunter2"]}`), []string{
		`1:67: identities.a.api_key.pepper.env is a list: write the name of a variable`,
	}},
	{"a secret before a syntax error", pepper(`{"hunter2"}`), []string{
		`1:69: identities.a.api_key.pepper["…"] is not JSON: invalid character '}' after object name (expecting ':')`,
	}},
	{"a secret with a bad escape", pepper(`{"value": "hunter2\q"}`), []string{
		`1:77: identities.a.api_key.pepper.value is not JSON: a string has a character or an escape that cannot stand in one`,
	}},
	{"a key for a digest", doc(`"identities": {"a": {"api_key": {"clients": [{"id": "a", "keys": [{"id": "k", "sha256": "sk_live_hunter2"}]}]}}}`), []string{
		`1:104: identities.a.api_key.clients[0].keys[0].sha256 is not right: write 64 hexadecimal digits, as sallyport key new prints them`,
	}},
	{"no digest at all", doc(`"identities": {"a": {"api_key": {"clients": [{"id": "a", "keys": [{"id": "k"}]}]}}}`), []string{
		`1:82: identities.a.api_key.clients[0].keys[0] has no digest: write "sha256" or "bcrypt"`,
	}},
	{"two digests", key(`"bcrypt": "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"`), []string{
		`1:82: identities.a.api_key.clients[0].keys[0] has "sha256" and "bcrypt": keep one of them`,
	}},
	{"a dear bcrypt digest", doc(`"identities": {"a": {"api_key": {"clients": [{"id": "a", "keys": [{"id": "k", "bcrypt": "$2b$13$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"}]}]}}}`), []string{
		`1:104: identities.a.api_key.clients[0].keys[0].bcrypt is not right: write ` + Forms["bcrypt"].Words,
	}},
	{"a start without bcrypt", key(`"starts_with": "old_"`), []string{
		`1:187: identities.a.api_key.clients[0].keys[0].starts_with stands without "bcrypt": write both, or remove it`,
	}},
	{"a digest as a number", doc(`"identities": {"a": {"api_key": {"clients": [{"id": "a", "keys": [{"id": "k", "sha256": 22222}]}]}}}`), []string{
		`1:104: identities.a.api_key.clients[0].keys[0].sha256 is a number: write 64 hexadecimal digits, as sallyport key new prints them`,
	}},
	{"a secret for its variable", pepper(`{"env": "my very secret pepper: hunter2"}`), []string{
		`1:67: identities.a.api_key.pepper.env is not the name of a variable: write up to 64 letters, digits and '_', of which the first is no digit, or write the secret itself as {"value": …}`,
	}},
	{"a secret for its variable, in base64", pepper(`{"env": "hunter2+/="}`), []string{
		`1:67: identities.a.api_key.pepper.env is not the name of a variable: write up to 64 letters, digits and '_', of which the first is no digit, or write the secret itself as {"value": …}`,
	}},
	{"a secret for its variable, too long", pepper(`{"env": "A` + strings.Repeat("a", 64) + `"}`), []string{
		`1:67: identities.a.api_key.pepper.env is not the name of a variable: write up to 64 letters, digits and '_', of which the first is no digit, or write the secret itself as {"value": …}`,
	}},
	{"a secret for its variable, in digits", pepper(`{"env": "22222"}`), []string{
		`1:67: identities.a.api_key.pepper.env is not the name of a variable: write up to 64 letters, digits and '_', of which the first is no digit, or write the secret itself as {"value": …}`,
	}},

	// Nor are keys, wherever they stand.
	{"a key for an identity", doc(`"identities": {"a": "` + liveKey + `"}`), []string{
		`1:36: identities.a is a string: write an object`,
	}},
	{"a key for api_key", doc(`"identities": {"a": {"api_key": "` + liveKey + `"}}`), []string{
		`1:48: identities.a.api_key is a string: write an object`,
	}},
	{"a key for a client", doc(`"identities": {"a": {"api_key": {"clients": ["` + liveKey + `"]}}}`), []string{
		`1:61: identities.a.api_key.clients[0] is a string: write an object`,
	}},
	{"a key for the clients", doc(`"identities": {"a": {"api_key": {"clients": "` + liveKey + `"}}}`), []string{
		`1:60: identities.a.api_key.clients is a string: write a list of objects`,
	}},
	{"a key for the keys", doc(`"identities": {"a": {"api_key": {"clients": [{"id": "a", "keys": "` + liveKey + `"}]}}}`), []string{
		`1:81: identities.a.api_key.clients[0].keys is a string: write a list of objects`,
	}},
	{"a key for one of the keys", doc(`"identities": {"a": {"api_key": {"clients": [{"id": "a", "keys": ["` + liveKey + `"]}]}}}`), []string{
		`1:82: identities.a.api_key.clients[0].keys[0] is a string: write an object`,
	}},
	{"a key for a status", doc(`"identities": {"a": {"api_key": {"clients": [{"id": "a", "status": "` + liveKey + `", "keys": [{"id": "k", "sha256": "` + digest + `"}]}]}}}`), []string{
		`1:83: identities.a.api_key.clients[0].status is "…": write "active" or "suspended"`,
	}},
	{"a key for a time", key(`"expires": "` + liveKey + `"`), []string{
		`1:183: identities.a.api_key.clients[0].keys[0].expires is "…": write a time such as "2026-01-31T12:00:00Z" (RFC 3339), between 1970 and 2262`,
	}},
	{"a key of another system for a time", key(`"expires": "another-system's-key-0123456hunter2"`), []string{
		`1:183: identities.a.api_key.clients[0].keys[0].expires is "…": write a time such as "2026-01-31T12:00:00Z" (RFC 3339), between 1970 and 2262`,
	}},
	{"a key for a name", key(`"` + liveKey + `": 1`), []string{
		`1:240: identities.a.api_key.clients[0].keys[0]["…"] is not known: remove it, or write "id", "sha256", "bcrypt", "starts_with", "not_before" or "expires"`,
	}},
	{"a key for an identity's name", doc(`"identities": {"` + liveKey + `": {"api_key": 1}}`), []string{
		`1:99: identities["sk_live_…"] has a name that cannot be used: write a name of lower-case letters, digits, '-' and '_', up to 63 of them, that starts with a letter or digit`,
		`1:111: identities["sk_live_…"].api_key is 1: write an object`,
	}},
	{"a key of digits", doc(`"identities": {"a": {"api_key": ` + strings.Repeat("22222", 8) + `}}`), []string{
		`1:48: identities.a.api_key is …: write an object`,
	}},
	{"a key outside of the identities", doc(`"mode": "` + liveKey + `"`), []string{
		`1:24: mode is "sk_live_…": write "enforce" or "report"`,
	}},
	{"a key behind a long prefix", doc(`"mode": "` + strings.Repeat("p", 31) + "_" + liveKey[8:] + `"`), []string{
		`1:24: mode is "ppppppppppppppppppppppppppppppp_…": write "enforce" or "report"`,
	}},
	{"a key beside its digest", key(`"key": "sk_live_hunter2"`), []string{
		`1:179: identities.a.api_key.clients[0].keys[0].key is not known: remove it, or write "id", "sha256", "bcrypt", "starts_with", "not_before" or "expires"`,
	}},
}

// liveKey has the form of a key of sallyport key new.
const liveKey = "sk_live_10123456789" + "1vb66i" + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg" + "1czyPK"

const digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

// The pieces of the table: a sound document with one section of the case's own.
func doc(section string) string {
	return `{"version": 1, ` + section + `, "routes": [{"name": "a", "path": "/"}]}`
}
func route(members string) string {
	return `{"version": 1, "routes": [{"name": "a", "path": "/", ` + members + `}]}`
}
func bucket(capacity, refill string) string {
	return doc(`"limits": {"a": {"by": ["ip"], "token_bucket": {"capacity": ` + capacity + `, "refill_per_second": ` + refill + `}}}`)
}
func cost(value string) string {
	return doc(`"limits": {"a": {"by": ["ip"], "token_bucket": {"capacity": 9, "refill_per_second": 1}, "cost": ` + value + `}}`)
}
func apiKey(member string) string {
	return doc(`"identities": {"a": {"api_key": {` + member + `"clients": [{"id": "a", "keys": [{"id": "k", "sha256": "` + digest + `"}]}]}}}`)
}
func source(value string) string { return apiKey(`"from": [` + value + `], `) }
func pepper(value string) string { return apiKey(`"pepper": ` + value + `, `) }
func key(member string) string {
	return doc(`"identities": {"a": {"api_key": {"clients": [{"id": "a", "keys": [{"id": "k", "sha256": "` + digest + `", ` + member + `}]}]}}}`)
}

func TestMalformed(t *testing.T) {
	for _, c := range malformed {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.json))
			var refused *Error
			if !errors.As(err, &refused) {
				t.Fatalf("Parse(%s) = %v, want an *Error", c.json, err)
			}
			if got, want := err.Error(), strings.Join(c.want, "\n"); got != want {
				t.Errorf("Parse(%s)\n got\n%s\nwant\n%s", c.json, got, want)
			}
			for _, secret := range []string{"hunter2", "22222", digest, "0123456789", liveKey[25:40]} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the message quotes a secret: %s", err)
				}
			}
		})
	}
}
