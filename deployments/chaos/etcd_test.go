package chaos_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const services = "/todokit/services/"

// etcd is a server of its own. It is asked over its JSON gateway, which knows
// nothing of connections that are to be made again.
type etcd struct {
	path, logs, data string
	address, peer    string
	proc             *process
	http             *http.Client
}

func startEtcd(t *testing.T, logs string) *etcd {
	t.Helper()
	e := &etcd{
		path: tool(t, "etcd"), logs: logs, data: filepath.Join(t.TempDir(), "etcd"),
		address: freeAddress(t), peer: freeAddress(t), http: &http.Client{Timeout: 2 * time.Second},
	}
	t.Cleanup(func() {
		e.proc.kill()
		e.http.CloseIdleConnections()
	})
	e.start(t)
	return e
}

// start starts the server with the data that there are, and waits for it.
func (e *etcd) start(t *testing.T) {
	t.Helper()
	client, peer := "http://"+e.address, "http://"+e.peer
	e.proc = launch(t, "etcd", filepath.Join(e.logs, "etcd.log"), e.path, os.Environ(), nil, "--name=chaos", "--data-dir="+e.data,
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=chaos="+peer,
		"--logger=zap", "--log-level=warn")
	eventually(t, "etcd is ready", func() error {
		if !e.proc.running() {
			t.Fatalf("etcd ended: %v\n%s", e.proc.err, e.proc.tail(20))
		}
		_, err := e.registered()
		return err
	})
}

// stop ends the server.
func (e *etcd) stop(t *testing.T) {
	t.Helper()
	e.proc.kill()
	e.http.CloseIdleConnections()
}

// wipe removes the data of a server that is stopped.
func (e *etcd) wipe(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll(e.data); err != nil {
		t.Fatal(err)
	}
}

// entry is one instance as etcd knows it.
type entry struct {
	key, address string
	lease        int64
}

// registered lists the instances of all services.
func (e *etcd) registered() ([]entry, error) {
	var found struct {
		KVs []struct {
			Key, Value []byte
			Lease      int64 `json:",string"`
		}
	}
	if err := e.call("kv/range", map[string]any{"key": encode(services), "range_end": encode(services[:len(services)-1] + "0")}, &found); err != nil {
		return nil, err
	}
	all := make([]entry, 0, len(found.KVs))
	for _, kv := range found.KVs {
		if len(kv.Value) > 0 {
			all = append(all, entry{string(kv.Key), string(kv.Value), kv.Lease})
		}
	}
	return all, nil
}

// find returns the newest entry of an instance.
func (e *etcd) find(address string) (entry, error) {
	all, err := e.registered()
	if err != nil {
		return entry{}, err
	}
	slices.Reverse(all)
	for _, one := range all {
		if one.address == address {
			return one, nil
		}
	}
	return entry{}, fmt.Errorf("%s is not registered", address)
}

func (e *etcd) delete(t *testing.T, key string) {
	t.Helper()
	e.mustCall(t, "kv/deleterange", map[string]any{"key": encode(key)}, nil)
}

func (e *etcd) revoke(t *testing.T, lease int64) {
	t.Helper()
	e.mustCall(t, "kv/lease/revoke", map[string]any{"ID": strconv.FormatInt(lease, 10)}, nil)
}

// compact puts a few keys, and then forgets all history but the last moment.
func (e *etcd) compact(t *testing.T) {
	t.Helper()
	var put struct {
		Header struct{ Revision string }
	}
	for range 10 {
		e.mustCall(t, "kv/put", map[string]any{"key": encode("/todokit/other"), "value": encode("x")}, &put)
	}
	e.mustCall(t, "kv/compaction", map[string]any{"revision": put.Header.Revision, "physical": true}, nil)
}

func (e *etcd) mustCall(t *testing.T, what string, ask, answer any) {
	t.Helper()
	if err := e.call(what, ask, answer); err != nil {
		t.Fatal(err)
	}
}

func (e *etcd) call(what string, ask, answer any) error {
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	resp, err := e.http.Post("http://"+e.address+"/v3/"+what, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text := new(strings.Builder)
		_ = resp.Write(text)
		return fmt.Errorf("etcd: %s: %s", what, text)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
