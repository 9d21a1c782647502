package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// request is one of a workload, or one that prepares it.
type request struct{ method, path, token, body string }

// response is one to a request.
type response struct {
	status int
	header http.Header
	body   []byte
}

// send returns the response, read to the end.
func (q request) send(ctx context.Context, client *http.Client, base string) (response, error) {
	req, err := http.NewRequestWithContext(ctx, q.method, base+q.path, strings.NewReader(q.body))
	if err != nil {
		return response{}, err
	}
	if q.token != "" {
		req.Header.Set("Authorization", "Bearer "+q.token)
	}
	if q.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, body}, err
}

// newClient returns a client of the requests that prepare a measurement.
func newClient() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{}}
}

// signIn signs in those whose tokens would expire within a time. Each takes a
// hash of a password, so there are two at a time: one is hashed, and one is on
// its way.
func (d *dataset) signIn(ctx context.Context, within time.Duration) error {
	var failed [2]error
	var running sync.WaitGroup
	for i := range failed {
		running.Go(func() {
			client := newClient()
			defer client.CloseIdleConnections()
			for n := i; n < len(d.users) && failed[i] == nil; n += len(failed) {
				if u := d.users[n]; u.expires.Before(time.Now().Add(within)) {
					failed[i] = u.signIn(ctx, client, d.gateway)
				}
			}
		})
	}
	running.Wait()
	return errors.Join(failed[:]...)
}

func (u *user) signIn(ctx context.Context, client *http.Client, base string) error {
	r, err := signIn(u, nil).send(ctx, client, base)
	for tries := 0; r.status == http.StatusServiceUnavailable && tries < 10; tries++ { // as a busy machine may answer
		r, err = signIn(u, nil).send(ctx, client, base)
	}
	var tokens struct {
		Access  string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	if err = errors.Join(err, json.Unmarshal(r.body, &tokens)); err != nil || r.status != http.StatusCreated {
		return fmt.Errorf("sign %s in: %w: %d %s", u.name, err, r.status, r.body)
	}
	u.access, u.expires = tokens.Access, time.Now().Add(time.Duration(tokens.Seconds)*time.Second)
	return nil
}
