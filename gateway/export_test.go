package gateway

import "slices"

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
