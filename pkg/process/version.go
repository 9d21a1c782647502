package process

import (
	"runtime"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
)

// version is set by the build, with -ldflags "-X todokit/pkg/process.version=…".
var version string

// Version returns the version of this build: what the build was told, or the
// commit it was made from, or "unknown".
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "unknown"
}

func buildInfo(name string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "todokit_build_info",
		Help:        "What runs here: always 1, the labels tell.",
		ConstLabels: prometheus.Labels{"name": name, "version": Version(), "go_version": runtime.Version()},
	})
	g.Set(1)
	return g
}
