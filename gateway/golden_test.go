package gateway_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"todokit/user"
)

var update = flag.Bool("update", false, "write the golden files anew")

// transcript writes down requests and responses, and compares them with what was
// written down before.
type transcript struct {
	*fixture
	t     *testing.T
	token string
	text  strings.Builder
}

func newTranscript(t *testing.T) *transcript {
	t.Helper()
	return &transcript{fixture: newFixture(t), t: t}
}

// omitted are headers that are the same in every response.
var omitted = []string{"Content-Length", "Content-Security-Policy", "Referrer-Policy", "Vary", "X-Content-Type-Options"}

// send sends one request. It returns the response's body.
func (s *transcript) send(method, path, body string, header ...string) map[string]any {
	s.t.Helper()
	r := req{method: method, path: path, body: body, token: s.token, header: map[string]string{}}
	fmt.Fprintf(&s.text, "> %s %s\n", method, path)
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.header[name] = value
		fmt.Fprintf(&s.text, "> %s\n", h)
	}
	if body != "" {
		fmt.Fprintf(&s.text, "> %s\n", body)
	}
	w := s.do(s.t, r)
	fmt.Fprintf(&s.text, "< %d %s\n", w.Code, http.StatusText(w.Code))
	for _, name := range slices.Sorted(maps.Keys(w.Header())) {
		if !slices.Contains(omitted, name) {
			fmt.Fprintf(&s.text, "< %s: %s\n", name, strings.Join(w.Header()[name], ", "))
		}
	}
	var decoded map[string]any
	if w.Body.Len() > 0 {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, w.Body.Bytes(), "", "  "); err != nil {
			s.t.Fatal(err)
		}
		s.text.WriteString(pretty.String())
		if err := json.Unmarshal(w.Body.Bytes(), &decoded); err != nil {
			s.t.Fatal(err)
		}
	}
	s.text.WriteString("\n")
	return decoded
}

// opaque are values that are random or that only a service understands, in
// JSON and in a query.
var opaque = regexp.MustCompile(`("(?:access_|refresh_|next_page_|)token": "|page_token=)[^"&\n]+`)

// allowRegistration changes who may register.
func (s *transcript) allowRegistration(a user.RegistrationPolicy) {
	s.deps.Registration = a
	s.users = user.NewService(s.deps)
	s.start()
}

// end compares the transcript with its golden file.
func (s *transcript) end(name string) {
	s.t.Helper()
	got := opaque.ReplaceAllString(s.text.String(), "$1…")
	path := filepath.Join("testdata", "contract", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if got != string(want) {
		s.t.Errorf("the contract has changed; if it is meant to, run: go test ./gateway -update\n%s", firstDifference(string(want), got))
	}
}

// firstDifference shows the first line that is not the same, and its request.
func firstDifference(want, got string) string {
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	asked := ""
	for i := range min(len(wants), len(gots)) {
		if strings.HasPrefix(gots[i], "> ") && (i == 0 || !strings.HasPrefix(gots[i-1], "> ")) {
			asked = gots[i]
		}
		if wants[i] != gots[i] {
			return fmt.Sprintf("line %d, after %s\nwant: %s\n got: %s", i+1, asked, wants[i], gots[i])
		}
	}
	return "one ends before the other"
}
