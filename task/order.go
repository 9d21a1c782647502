package task

import (
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// OrderField is what tasks can be ordered by.
type OrderField string

// The fields of an order. Texts are ordered by code point.
const (
	ByCreateTime OrderField = "create_time"
	ByDue        OrderField = "due"
	ByPriority   OrderField = "priority"
	ByPosition   OrderField = "position"
	ByUpdateTime OrderField = "update_time"
	ByTitle      OrderField = "title"
)

// OrderFields lists the fields of an order.
func OrderFields() []OrderField {
	return []OrderField{ByCreateTime, ByDue, ByPriority, ByPosition, ByUpdateTime, ByTitle}
}

// Order is an order of tasks. Those for which nothing is set (no due, no
// priority) come last in both directions; ties are broken by id, in the same
// direction. The order by create time is the order by id, which contains it.
type Order struct {
	By         OrderField
	Descending bool
}

// Orders lists every order.
func Orders() []Order {
	var all []Order
	for _, by := range OrderFields() {
		all = append(all, Order{By: by}, Order{By: by, Descending: true})
	}
	return all
}

// parseOrder understands "due" and "-due"; empty is the default order.
func parseOrder(s string) (Order, bool) {
	name, descending := strings.CutPrefix(s, "-")
	if s == "" {
		name = string(ByCreateTime)
	}
	for _, by := range OrderFields() {
		if string(by) == name {
			return Order{By: by, Descending: descending}, true
		}
	}
	return Order{}, false
}

// OrderNames lists how the orders are asked for.
func OrderNames() string {
	var names []string
	for _, by := range OrderFields() {
		names = append(names, string(by), "-"+string(by))
	}
	return strings.Join(names, ", ")
}

// Cursor is the place of a task in an order: what the order goes by, and the id.
type Cursor struct {
	Unset  bool      // nothing is set, so the task is among the last
	Time   time.Time // ByDue, ByUpdateTime
	Number float64   // ByPriority, ByPosition
	Text   string    // ByTitle
	ID     ulid.ULID
}

// Cursor returns where a task is in the order.
func (o Order) Cursor(t Task) Cursor {
	c := Cursor{ID: t.ID}
	switch o.By {
	case ByDue:
		c.Unset = t.Due == nil
		if t.Due != nil {
			c.Time = t.Due.Instant
		}
	case ByPriority:
		c.Unset = t.Priority == 0
		c.Number = float64(t.Priority)
	case ByPosition:
		c.Number = t.Position
	case ByUpdateTime:
		c.Time = t.UpdateTime
	case ByTitle:
		c.Text = t.Title
	case ByCreateTime:
	}
	return c
}
