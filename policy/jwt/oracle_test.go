package jwt

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// says reads claims as the standard library does, and tells what of a sound token
// they lack.
func says(text string) error {
	var c struct {
		Issuer   string   `json:"iss"`
		Audience any      `json:"aud"`
		Expires  *float64 `json:"exp"`
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		var number *json.UnmarshalTypeError // further away than a float64 can tell
		if !errors.As(err, &number) || number.Value[:6] != "number" {
			return err
		}
		return nil
	}
	list, _ := c.Audience.([]any)
	switch {
	case c.Issuer != issuer:
		return fmt.Errorf("the issuer is %q", c.Issuer)
	case c.Audience != "api" && !slices.Contains(list, any("api")):
		return fmt.Errorf("the audience is %v", c.Audience)
	case c.Expires == nil || *c.Expires <= float64(nowS-5):
		return fmt.Errorf("it ends at %v", c.Expires)
	}
	return nil
}
