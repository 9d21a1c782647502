package gateway

import (
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"todokit/pkg/rest"
)

// Routes tells the tests which methods each template has.
func Routes() map[string][]string {
	all := map[string][]string{}
	for _, r := range (&gateway{}).routes() {
		for method := range r.methods {
			all[r.template] = append(all[r.template], method)
		}
		slices.Sort(all[r.template])
	}
	return all
}

// Recall is exported for its test, which evicts what no request could at a
// moment of its choice.
type Recall struct{ *recall }

// Lookup is a read.
type Lookup struct{ *lookup }

// NewRecall makes a Recall on a clock of the test's.
func NewRecall(bytes int64, now func() time.Time) Recall {
	return Recall{newRecall(bytes, now, prometheus.NewRegistry())}
}

// Begin notes that a read begins.
func (k Recall) Begin(user ulid.ULID, key string) Lookup { return Lookup{k.begin(user, key)} }

// Keep keeps a read's answer.
func (l Lookup) Keep(answer string) {
	p, err := rest.Represent(1, answer)
	if err != nil {
		panic(err)
	}
	l.keep(p)
}

// Has says whether there is an answer.
func (k Recall) Has(user ulid.ULID, key string) bool {
	_, ok := k.begin(user, key).last()
	return ok
}

// Changed notes that a write begins or ends.
func (k Recall) Changed(user ulid.ULID) { k.changed(user, "") }

// Evict forgets everybody.
func (k Recall) Evict() { k.shelves.InvalidateAll() }
