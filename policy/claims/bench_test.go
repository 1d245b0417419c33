package claims

import "testing"

func BenchmarkParse(b *testing.B) {
	json := []byte(`{"iss":"https://auth.example.com","sub":"248289761001","aud":["api.example.com"],"exp":1900000000,"iat":1764000000,"nbf":1764000000,"jti":"af0ifjsldkj","client_id":"acme","scope":"orders:read orders:write","realm_access":{"roles":["admin","partner"]},"tenant_id":"t-acme","email":"a@example.com"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(json, Bounds{Bytes: 16384, Values: 1000, Depth: 20}); err != nil {
			b.Fatal(err)
		}
	}
}
