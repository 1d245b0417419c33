package provider

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"sallyport.dev/sallyport/e2e/provider/registered"
	"sallyport.dev/sallyport/e2e/stores"
)

// The user of zitadel's example server.
const (
	username = "test-user2"
	password = "verysecure"
	// User is the user's subject.
	User = "id2"
)

// AuthorizationCode fetches tokens for a user as the client registered.App does: it leads a browser to the login, fills the form,
// and exchanges the code with the verifier of PKCE's method S256 (RFC 7636).
func (p *Provider) AuthorizationCode(t testing.TB) Tokens {
	t.Helper()
	l := newLogin(p)
	code, err := l.code(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := l.exchange(t.Context(), code, l.verifier)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := parse(answer)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// login is one login of a user, with a browser of its own.
type login struct {
	*Provider
	browser         http.Client
	state, verifier string
}

func newLogin(p *Provider) *login {
	l := &login{Provider: p, state: rand.Text(), verifier: rand.Text() + rand.Text()}
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic("provider: " + err.Error()) // it has no way to fail without options
	}
	l.browser.Jar = jar
	l.browser.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if strings.HasPrefix(req.URL.String(), registered.Callback) {
			return http.ErrUseLastResponse // nothing listens there: the address is what the client wants
		}
		if len(via) > 10 {
			return errors.New("redirected too often")
		}
		return nil
	}
	return l
}

// The parts of a form that a browser looks at.
var (
	action = regexp.MustCompile(`<form [^>]*action="([^"]+)"`)
	hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]+)">`)
)

// code has the user log in, and returns the code.
func (l *login) code(ctx context.Context, password string) (string, error) {
	challenge := sha256.Sum256([]byte(l.verifier))
	query := url.Values{"response_type": {"code"}, "client_id": {registered.App.ID}, "redirect_uri": {registered.Callback},
		"scope": {"openid offline_access " + strings.Join(registered.Scopes, " ")}, "state": {l.state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.Issuer+l.Authorize+"?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	page, err := ask(&l.browser, req)
	if err != nil {
		return "", err
	}
	to := action.FindStringSubmatch(page.Body)
	if page.Status != http.StatusOK || to == nil {
		return "", fmt.Errorf("no login form: %+v", page)
	}
	form := url.Values{"username": {username}, "password": {password}}
	for _, input := range hidden.FindAllStringSubmatch(page.Body, -1) {
		form.Set(input[1], input[2])
	}
	return l.submit(ctx, l.Issuer+to[1], form)
}

// submit sends the form and follows to the callback.
func (l *login) submit(ctx context.Context, to string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("content-type", "application/x-www-form-urlencoded")
	resp, err := l.browser.Do(req)
	if err != nil {
		return "", err
	}
	if err := resp.Body.Close(); err != nil {
		return "", err
	}
	back, err := resp.Location()
	if err != nil {
		return "", fmt.Errorf("the login answered %d: %w", resp.StatusCode, err)
	}
	if got := back.Query().Get("state"); got != l.state {
		return "", fmt.Errorf("the state came back as %q, want %q", got, l.state)
	}
	if code := back.Query().Get("code"); code != "" {
		return code, nil
	}
	return "", fmt.Errorf("no code in %s", back)
}

func (l *login) exchange(ctx context.Context, code, verifier string) (stores.Answer, error) {
	return l.post(ctx, l.Token, registered.App.ID, "", url.Values{"grant_type": {"authorization_code"}, "code": {code},
		"redirect_uri": {registered.Callback}, "code_verifier": {verifier}})
}
