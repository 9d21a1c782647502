package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
)

func sameResponse(method string, a, b response) error {
	x, errX := normalized(method, a)
	y, errY := normalized(method, b)
	if errX != nil || errY != nil || a.status/100 != 2 || !reflect.DeepEqual(x, y) {
		return fmt.Errorf("%d %s and %d %s", a.status, a.body, b.status, b.body)
	}
	return nil
}

// normalized returns what must be the same of two responses. Of the members that
// each side decides by itself, it is only the kind.
func normalized(method string, r response) (map[string]any, error) {
	object := map[string]any{}
	err := json.Unmarshal(r.body, &object)
	own := []string{"next_page_token"}
	switch method {
	case http.MethodPost:
		own = []string{"id", "position", "create_time", "update_time"}
	case http.MethodPatch:
		own = []string{"update_time"}
	}
	for _, name := range own {
		if value, ok := object[name]; ok {
			object[name] = fmt.Sprintf("%T, empty: %v", value, value == "")
		}
	}
	version, _, _ := strings.Cut(strings.Trim(r.header.Get("ETag"), `"`), "-") // what follows is of the whole body
	object["HTTP"] = []any{r.status, r.header.Get("Content-Type"), version, r.header.Get("Location") == ""}
	return object, err
}
