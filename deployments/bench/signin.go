package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// client makes the calls around the measurements.
type client struct {
	base string
	http *http.Client
}

func newClient(base string) *client {
	return &client{base: base, http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call sends a request, with a token unless that is empty.
func (c *client) call(ctx context.Context, method, path, token, body string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return answer{}, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, text}, err
}

// insist posts again after 503, which a busy machine may answer.
func (c *client) insist(ctx context.Context, path, body string) (a answer, err error) {
	for range 10 {
		a, err = c.call(ctx, http.MethodPost, path, "", body)
		if err != nil || a.status != http.StatusServiceUnavailable {
			return a, err
		}
		select {
		case <-ctx.Done():
			return a, ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return a, err
}

// signIn signs everyone in. It takes a hash of a password each time, so there
// are two at a time: one is hashed, and one is on its way.
func (c *crowd) signIn(ctx context.Context, base string) error {
	to := newClient(base)
	return eachOf(c.everyone(), 2, func(p *person) error {
		return p.take(to.insist(ctx, "/api/v1/sessions", p.credentials()))
	})
}

func (p *person) credentials() string {
	return fmt.Sprintf(`{"user_name":%q,"password":%q}`, p.name, password)
}

// refresh gets new tokens for those whose tokens would expire within a time.
func (c *crowd) refresh(ctx context.Context, base string, within time.Duration) error {
	to := newClient(base)
	until := time.Now().Add(within)
	return eachOf(c.everyone(), 4, func(p *person) error {
		if p.expires.After(until) {
			return nil
		}
		return p.take(to.insist(ctx, "/api/v1/sessions/refresh", fmt.Sprintf(`{"refresh_token":%q}`, p.refresh)))
	})
}

// take keeps the tokens of an answer.
func (p *person) take(a answer, err error) error {
	if err != nil {
		return err
	}
	if a.status != http.StatusCreated {
		return fmt.Errorf("tokens of %s: %d %s", p.name, a.status, a.body)
	}
	var grant struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Seconds int64  `json:"expires_in"`
	}
	if err = json.Unmarshal(a.body, &grant); err != nil {
		return fmt.Errorf("tokens of %s: %w", p.name, err)
	}
	p.access, p.refresh = grant.Access, grant.Refresh
	p.expires = time.Now().Add(time.Duration(grant.Seconds) * time.Second)
	return nil
}

// eachOf does something for all people, a few at a time, until it fails.
func eachOf(people []*person, atATime int, do func(*person) error) error {
	work := make(chan *person, len(people))
	for _, p := range people {
		work <- p
	}
	close(work)
	failed := make([]error, atATime)
	var running sync.WaitGroup
	for i := range atATime {
		running.Go(func() {
			for p := range work {
				if failed[i] = do(p); failed[i] != nil {
					return
				}
			}
		})
	}
	running.Wait()
	return errors.Join(failed...)
}
