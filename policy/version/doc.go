// Package version tells the callers of a route how long its version of an API
// lives: Deprecation (RFC 9745), Sunset (RFC 8594) and Link with the relations
// successor-version, deprecation and sunset, on every response to a request of
// the route, denials included, from the day on which the policy says so.
//
// After the sunset a route that retires answers 410 before anybody asks who
// calls, and so it does in planned brown-outs before. Who still calls a version
// that is deprecated is counted, under names that the policy knows.
//
// All texts are made when the policy is compiled; a request allocates nothing.
package version
