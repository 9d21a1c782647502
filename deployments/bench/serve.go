package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"todokit/deployments/bench/bare"
)

// serveBare is the reference handler's process: "bench bare".
func serveBare(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("bare", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8090", "host:port to serve on")
	if err = flags.Parse(args); err != nil {
		return err
	}
	store, closeStore, err := bare.Open(ctx, os.Getenv("TODOKIT_BENCH_DSN"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeStore()) }()
	mux := http.NewServeMux()
	mux.Handle("/api/", bare.NewHandler(store))
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Addr: *addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err = <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		return server.Close()
	}
}
