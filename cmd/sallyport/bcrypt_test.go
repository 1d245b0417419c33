package main

import (
	"strings"
	"testing"
)

func TestCheckWarnsOfBcryptDigests(t *testing.T) {
	const digest = `"bcrypt": "$2b$10$zOxLg8/u0ycIDBIPKdqIVOz00Rzlrt7BnUKmLp/mwlNmYq4LV6u5G", "starts_with": "old-"`
	text := strings.Replace(sound, `]}]
`, `, {"id": "old", `+digest+`}]}]
`, 1)
	if text == sound {
		t.Fatal("the policy has no place for a key")
	}
	sallyport(t, text, peppered, "check", "-").has(t, 0, ": ok (", "api_key has bcrypt digests: 1: migrate: ")
	if r := sallyport(t, sound, peppered, "check", "-"); r.err != "" {
		t.Errorf("without any: %s", r.err)
	}
}
