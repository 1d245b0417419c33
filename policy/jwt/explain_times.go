package jwt

import (
	"math"
	"strconv"
	"strings"
	"time"

	"sallyport.dev/sallyport/policy/guard"
)

// timeNames are the claims that say when.
var timeNames = [...]string{"exp", "nbf", "iat"}

// times asks when the token is valid. The rules say whether it is; here is said
// which claim is to blame.
func (x *explainer) times() {
	u := &x.id.rules
	v, sound := u.validity(x.Claims)
	reason := guard.TokenClaim
	if sound {
		reason = v.at(x.now)
	}
	blamed := false
	for _, name := range timeNames {
		at, there, ok := date(x.Claims, name)
		missing := name == "exp" && !there && !u.endless
		late := reason == guard.TokenExpired && name == "exp"
		early := reason == guard.TokenNotYetValid && there && name != "exp" && x.now < minus(at, u.skew)
		switch {
		case !ok || missing:
			x.refuse(name, guard.TokenClaim, x.told(name), "seconds since 1970, as a number")
		case late, early:
			x.refuse(name, reason, x.when(at), "a time at which the token is valid, with "+span(u.skew)+" for clocks that differ")
		case there:
			x.pass(name, x.when(at))
			continue
		default:
			continue
		}
		blamed = true
	}
	if !sound && !blamed {
		x.refuse("lifetime", guard.TokenClaim, x.lifetime(), "exp at most "+span(u.lifetime)+" behind iat")
	}
}

func (x *explainer) lifetime() string {
	exp, hasExp := x.Claims.Date("exp")
	iat, hasIat := x.Claims.Date("iat")
	if !hasExp || !hasIat {
		return "not both iat and exp"
	}
	return span(minus(exp, iat))
}

// when says a time, and how far it is from now.
func (x *explainer) when(at int64) string {
	switch at {
	case math.MaxInt64:
		return "after all times that can be told"
	case math.MinInt64:
		return "before all times that can be told"
	}
	text := time.Unix(0, at).UTC().Format(time.RFC3339)
	if at > x.now {
		return text + ", in " + span(minus(at, x.now))
	}
	return text + ", " + span(minus(x.now, at)) + " ago"
}

// span says a length of time by its two largest units.
func span(length int64) string {
	var b strings.Builder
	if length < 0 {
		b.WriteByte('-')
		length = -max(length, -math.MaxInt64)
	}
	units, sign := 0, b.Len()
	for _, u := range [...]struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		n := length / int64(u.size)
		length %= int64(u.size)
		if n > 0 && units < 2 {
			b.WriteString(strconv.FormatInt(n, 10) + u.name)
		}
		if n > 0 || units > 0 {
			units++
		}
	}
	if b.Len() == sign {
		return "0s"
	}
	return b.String()
}
