package chaos_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// The addresses of those who flood.
const (
	flooder   = "127.0.0.2"
	flooders  = "127.0.1.%d"
	flooding  = 64 // connections
	largeBody = 1<<20 - 1
)

// registrations has many register, each as fast as it is answered, from many
// addresses, while somebody signs in from an address that is known.
func registrations(t *testing.T) row {
	const connections = 60
	f := startFlooded(t, 0)
	clients := make([]*client, connections)
	for n := range clients {
		clients[n] = f.from(t, fmt.Sprintf(flooders, n+1))
	}
	over := flood(t, connections, times(15*time.Second, 4*time.Second), func(ctx context.Context, n int) {
		clients[n].do(ctx, request{method: "POST", path: usersPath, body: credentials(unique()), want: created})
	})
	return row{statistics: f.repeat(t, over, func() []request {
		return []request{{method: "POST", path: sessionsPath, body: credentials(f.name), want: created}}
	})}
}

// stalledUploads sends bodies that never end, with a token and without.
func stalledUploads(t *testing.T) row {
	f := startFlooded(t, 0)
	token := f.from(t, flooder).signUp(t, unique()).AccessToken
	over := flood(t, flooding, times(20*time.Second, 4*time.Second), func(ctx context.Context, n int) {
		c, err := f.connect(ctx, flooder)
		if err != nil {
			return
		}
		defer c.Close()
		path, authorization := usersPath, ""
		if n%2 == 0 {
			path, authorization = tasksPath, "Authorization: Bearer "+token+"\r\n"
		}
		_, _ = fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s",
			path, authorization, largeBody, strings.Repeat("x", largeBody-1))
		_, _ = io.Copy(io.Discard, c)
	})
	return row{statistics: f.work(t, over)}
}

// searches has one user with many tasks look for ever new words.
func searches(t *testing.T) row {
	const tasks = 20_000
	f := startFlooded(t, 0)
	c := f.from(t, flooder)
	token := c.signUp(t, unique()).AccessToken
	var creating sync.WaitGroup
	for range 16 {
		creating.Go(func() {
			for range tasks / 16 {
				body := map[string]any{"title": unique(), "content": strings.Repeat("word ", 40)}
				if a := c.do(t.Context(), request{method: "POST", path: tasksPath, token: token, body: body, want: created}); a.verdict != right {
					t.Error(a.err)
				}
			}
		})
	}
	creating.Wait()
	f.restart(t)
	over := flood(t, flooding, times(15*time.Second, 4*time.Second), func(ctx context.Context, _ int) {
		c.do(ctx, request{method: "GET", path: tasksPath + "?q=" + unique(), token: token, want: ok})
	})
	return row{statistics: f.work(t, over)}
}

// memory is the bound that README promises, in MiB.
const memory = 320

var memoryBar = fmt.Sprintf("at most %d MiB; others: 0 failed or refused", memory)

// largePages has some users read pages that are as large as they may be, over 100
// connections, each from an address of its own; a part of them hardly reads what
// they get.
func largePages(t *testing.T) row {
	const users, connections = 8, 100
	f := startFlooded(t, 0)
	tokens := make([]string, users)
	clients := make([]*client, users)
	for n := range users {
		clients[n] = f.from(t, fmt.Sprintf(flooders, n+1))
		tokens[n] = clients[n].signUp(t, unique()).AccessToken
		for range 32 {
			body := map[string]any{"title": unique(), "content": strings.Repeat("0123456789abcdef", 1<<12)}
			clients[n].must(t, request{method: "POST", path: tasksPath, token: tokens[n], body: body, want: created})
		}
	}
	over := flood(t, connections, times(20*time.Second, 5*time.Second), func(ctx context.Context, n int) {
		user := n % users
		if n%4 == 0 {
			f.readSlowly(ctx, fmt.Sprintf(flooders, user+1), tokens[user])
			return
		}
		clients[user].do(ctx, request{method: "GET", path: tasksPath + "?page_size=200&order_by=" + anyOrder(), token: tokens[user], want: ok})
	})
	r := row{statistics: f.work(t, over)}
	peak := f.peak(t)
	r.note = fmt.Sprintf("%d MiB at most", peak)
	if peak > memory {
		t.Errorf("it took %d MiB, and README promises %d", peak, memory)
	}
	return r
}

func anyOrder() string {
	orders := []string{"create_time", "-create_time", "due", "update_time", "-update_time"}
	return orders[rand.N(len(orders))]
}

// readSlowly asks for a page, and reads a KiB of it now and then.
func (f *flooded) readSlowly(ctx context.Context, address, token string) {
	c, err := f.connect(ctx, address)
	if err != nil {
		return
	}
	defer c.Close()
	_, _ = fmt.Fprintf(c, "GET %s?page_size=200 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", tasksPath, token)
	buffer := make([]byte, 1<<10)
	for pause(ctx, 50*time.Millisecond) {
		if _, err := c.Read(buffer); err != nil {
			return
		}
	}
}

// idleConnections opens more connections than the process has files, and leaves
// them idle.
func idleConnections(t *testing.T) row {
	const files, connections = 160, 200
	f := startFlooded(t, files)
	f.quiet.http.Transport = &http.Transport{DisableKeepAlives: true} // each request needs a new connection
	over := flood(t, connections, times(10*time.Second, 3*time.Second), func(ctx context.Context, _ int) {
		c, err := f.connect(ctx, flooder)
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		_, _ = io.Copy(io.Discard, bufio.NewReader(c)) // until the connection is closed
		pause(ctx, 100*time.Millisecond)
	})
	r := row{statistics: f.work(t, over)}
	text, err := os.ReadFile(f.log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "to make room") {
		t.Error("the log does not tell that connections were closed")
	}
	return r
}
