package docs_test

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"

	"todokit/api"
	"todokit/gateway/docs"
	"todokit/pkg/errs"
	"todokit/task"
)

func render(t *testing.T) (page docs.Page, html string) {
	t.Helper()
	page, err := docs.Render(api.OpenAPI, slices.Concat(errs.Catalogue(), task.Catalogue()))
	if err != nil {
		t.Fatal(err)
	}
	return page, string(page.HTML)
}

func TestRender_Contract_ShowsOperationsAndSchemas(t *testing.T) {
	t.Parallel()
	_, html := render(t)
	for _, want := range []string{
		`<article id="createTask">`,
		`<code>/api/v1/tasks/{id}/restore</code>`,
		`<tr id="TASK_NOT_FOUND">`,
		`<article id="schema-Task">`,
		`<a href="#schema-Task">Task</a>`,
		`list of <a href="#schema-Session">Session</a>`,
		`string or null`,
		`todo · in_progress · done · cancelled`,
		`50 by default`,
		`&#34;title&#34;: &#34;Water the tomatoes&#34;`,
		`<strong>Repeating safely.</strong>`,
		`no token needed`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestRender_Links_HaveTargets(t *testing.T) {
	t.Parallel()
	_, html := render(t)
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if ids[m[1]] {
			t.Errorf("the id %s is used twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(` href="#([^"]+)"`).FindAllStringSubmatch(html, -1) {
		if !ids[m[1]] {
			t.Errorf("a link refers to %s, which does not exist", m[1])
		}
	}
}

// A page that loads nothing has no element that could.
func TestRender_Page_FetchesNothing(t *testing.T) {
	t.Parallel()
	page, html := render(t)
	if found := regexp.MustCompile(`<(script|img|link|iframe|object|base)|@import|url\(|\son\w+=|\ssrc=`).FindString(html); found != "" {
		t.Errorf("the page has %q", found)
	}
	style := html[strings.Index(html, "<style>")+len("<style>") : strings.Index(html, "</style>")]
	sum := sha256.Sum256([]byte(style))
	if !strings.Contains(page.ContentSecurityPolicy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Errorf("the policy %q does not allow the style", page.ContentSecurityPolicy)
	}
	if !strings.HasPrefix(page.ContentSecurityPolicy, "default-src 'none';") {
		t.Errorf("the policy is %q", page.ContentSecurityPolicy)
	}
}

func TestRender_Descriptions_AreEscaped(t *testing.T) {
	t.Parallel()
	page, err := docs.Render("info: {title: '<script>', description: '<b>[x](javascript:y) `<i>`'}", nil)
	if err != nil {
		t.Fatal(err)
	}
	html := string(page.HTML)
	if strings.Contains(html, "<script") || strings.Contains(html, "<b>") || strings.Contains(html, "<i>") || strings.Contains(html, `href="javascript`) {
		t.Error("a description became markup")
	}
}

func TestRender_BadDocument_IsRefused(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"", "{", "\t"} {
		if _, err := docs.Render(document, nil); err == nil {
			t.Errorf("%q was rendered", document)
		}
	}
}
