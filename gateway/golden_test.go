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

// story writes down requests and answers as they pass, and compares them with
// what was written down before.
type story struct {
	*world
	t     *testing.T
	token string
	text  strings.Builder
}

func tell(t *testing.T) *story { return &story{world: newWorld(t), t: t} }

// everywhere lists headers that would only tire the reader.
var everywhere = []string{"Content-Length", "Content-Security-Policy", "Referrer-Policy", "Vary", "X-Content-Type-Options"}

// ask sends one request. It returns the answer's body.
func (s *story) ask(method, path, body string, header ...string) map[string]any {
	s.t.Helper()
	a := ask{method: method, path: path, body: body, token: s.token, header: map[string]string{}}
	fmt.Fprintf(&s.text, "> %s %s\n", method, path)
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		a.header[name] = value
		fmt.Fprintf(&s.text, "> %s\n", h)
	}
	if body != "" {
		fmt.Fprintf(&s.text, "> %s\n", body)
	}
	answer := s.do(s.t, a)
	fmt.Fprintf(&s.text, "< %d %s\n", answer.Code, http.StatusText(answer.Code))
	for _, name := range slices.Sorted(maps.Keys(answer.Header())) {
		if !slices.Contains(everywhere, name) {
			fmt.Fprintf(&s.text, "< %s: %s\n", name, strings.Join(answer.Header()[name], ", "))
		}
	}
	var decoded map[string]any
	if answer.Body.Len() > 0 {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, answer.Body.Bytes(), "", "  "); err != nil {
			s.t.Fatal(err)
		}
		s.text.WriteString(pretty.String())
		if err := json.Unmarshal(answer.Body.Bytes(), &decoded); err != nil {
			s.t.Fatal(err)
		}
	}
	s.text.WriteString("\n")
	return decoded
}

// opaque are values that are random or that only a service understands, in
// JSON and in a query.
var opaque = regexp.MustCompile(`("(?:access_|refresh_|next_page_|)token": "|page_token=)[^"&\n]+`)

// admit changes who may register.
func (s *story) admit(a user.RegistrationPolicy) {
	s.deps.Registration = a
	s.users = user.NewService(s.deps)
	s.open()
}

// end compares the story with its golden file.
func (s *story) end(name string) {
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
