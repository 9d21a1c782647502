# Everything that is done with this repository by hand or by CI. `make help`
# lists it; what takes more than a line lives in .ci.

SHELL := bash
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)

# Static binaries that do not tell where they were built.
build = CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X todokit/pkg/process.version=$(VERSION)" -o $(1) $(2)
tool  = go tool -modfile=$(CURDIR)/.ci/tools/$(1)/go.mod $(2)

##@ Run

.PHONY: run
run: bin/standalone ## Run everything in one process, data in ./data (ARGS="--help" shows what it can be told)
	@exec bin/standalone $(ARGS)

.PHONY: up
up: ## Build the image and run the services with MySQL, Redis, etcd and Prometheus in containers
	VERSION=$(VERSION) docker compose --file deployments/compose/compose.yaml up --build --detach --wait

.PHONY: down
down: ## Stop the containers; their data stays
	docker compose --file deployments/compose/compose.yaml down

##@ Build

.PHONY: build
build: bin/usersvc bin/tasksvc bin/gatewaysvc bin/standalone ## Build the commands into bin/

# Go knows best what has changed, so these are always made.
.PHONY: bin/usersvc bin/tasksvc bin/gatewaysvc bin/standalone
bin/usersvc:    ; @$(call build,$@,./user/cmd/usersvc)
bin/tasksvc:    ; @$(call build,$@,./task/cmd/tasksvc)
bin/gatewaysvc: ; @$(call build,$@,./gateway/cmd/gatewaysvc)
bin/standalone: ; @$(call build,$@,./deployments/standalone)

.PHONY: generate
generate: ## Generate the Go code of api/*.proto
	$(call tool,buf,buf generate api --template api/buf.gen.yaml --output api)

.PHONY: clean
clean: ## Remove what was built, and the tools fetched for it; data/ stays
	rm -rf bin .cache

##@ Check

.PHONY: test
test: ## Run every test with the race detector, against a real MariaDB, Redis and etcd (a part: .ci/test ./task/...)
	@.ci/test

.PHONY: chaos
chaos: ## Break the running system in every way that it must survive, and print what its clients saw
	@.ci/chaos $(ARGS)

.PHONY: bench
bench: ## Measure the running system against a bare handler, and what each mechanism buys (ARGS="-help" shows what it can be told)
	@.ci/bench $(ARGS)

.PHONY: fuzz
fuzz: ## Feed every decoder with hostile input, each for a minute (FUZZTIME=10m: longer)
	@.ci/fuzz

.PHONY: microbench
microbench: ## Measure each layer of the way of a request, with its allocations (a part: .ci/microbench ./gateway)
	@.ci/microbench $(ARGS)

.PHONY: lint
lint: ## Run the linter
	$(call tool,golangci,golangci-lint run)
	cd deployments/bench && $(call tool,golangci,golangci-lint run)

.PHONY: fmt
fmt: ## Format the Go and protobuf files
	$(call tool,golangci,golangci-lint fmt)
	cd deployments/bench && $(call tool,golangci,golangci-lint fmt)
	$(call tool,buf,buf format --write api)

.PHONY: verify
verify: ## Check that generated code is current, go.mod, formatting, lint, and the deployment files
	@.ci/verify

##@ Help

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z].*:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
