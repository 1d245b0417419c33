# `make` lists the targets. `make test` is all that must pass, and what CI runs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
# Settings compiled into the module's runtime; RATIONALE.md says why this one.
GODEBUG_WASM ?= gcstoptheworld=1
# The Envoys that `make test` and `make e2e` run on.
ENVOYS ?= $(shell go run ./build/envoy versions | sed -n '1p;$$p' | xargs)
# How long `make test` fuzzes each target.
FUZZTIME ?= 3s
# Where `make push` pushes the image to.
IMAGE ?=

phase := build/phase
wasm := go run ./build/wasm -godebug "$(GODEBUG_WASM)"
modules := . $(patsubst %/go.mod,%,$(wildcard build/image/go.mod e2e/go.mod e2e/kubernetes/go.mod e2e/provider/*/go.mod))
providers := $(patsubst e2e/provider/%/go.mod,dist/provider-%,$(wildcard e2e/provider/*/go.mod))

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: dist/sallyport.wasm dist/sallyport ## dist/sallyport.wasm (the module) and dist/sallyport (the tool)

# The Go tool knows best what is out of date: these rules always ask it, and it writes nothing when nothing changed.
.PHONY: always
dist/sallyport.wasm: always
	@$(wasm) -o $@ ./filter

# The same module with doors through which tests break it: panics, endless growth. Never shipped.
dist/sallyport-faults.wasm: always
	@$(wasm) -tags sallyport_faults -o $@ ./filter

# The module that does nothing, which the benchmarks subtract.
dist/empty.wasm: always
	@$(wasm) -o $@ ./build/emptymodule

# Envoy's rate limit service, which tests of shared limits run.
dist/ratelimit: always
	@CGO_ENABLED=0 go build -C e2e/ratelimit -trimpath -ldflags "-s -w" -o ../../$@ github.com/envoyproxy/ratelimit/src/service_cmd

# The identity providers whose tokens the tests and the demo use.
dist/provider-%: always
	@CGO_ENABLED=0 go build -C e2e/provider/$* -trimpath -ldflags "-s -w" -o ../../../$@ .

dist/sallyport: always
	@CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $@ ./cmd/sallyport

.PHONY: modules
modules: dist/sallyport.wasm dist/sallyport-faults.wasm dist/empty.wasm ## the module, and those that only tests and benchmarks use

.PHONY: run
run: build dist/provider-zitadel ## start the demo on 127.0.0.1 and print requests to try
	@go run -C e2e ./demo

.PHONY: test
test: ## everything that must pass
	@SECONDS=0
	$(phase) format $(MAKE) format
	$(phase) build $(MAKE) build modules
	$(phase) lint $(MAKE) lint
	$(phase) module $(MAKE) module
	$(phase) generated $(MAKE) generated
	$(phase) fuzz $(MAKE) fuzz
	$(phase) unit $(MAKE) unit
	$(phase) image $(MAKE) image-test
	$(phase) kubernetes $(MAKE) kubernetes
	$(phase) stores $(MAKE) stores
	$(phase) browser $(MAKE) browser
	$(phase) e2e $(MAKE) e2e-run
	printf '== everything passed, %d s\n' "$$SECONDS"

.PHONY: format
format: ## refuse Go files that are not formatted, and go.mod files that are not tidy
	@unformatted=$$(gofmt -l .)
	if [ -n "$$unformatted" ]; then printf 'not formatted, run gofmt -w on:\n%s\n' "$$unformatted"; exit 1; fi
	for module in $(modules); do go mod tidy -C $$module -diff; done

.PHONY: lint
lint: ## vet, staticcheck, govulncheck, and the rules of code that runs in the VM
	@staticcheck=$$(go tool -n -modfile=build/tools/go.mod staticcheck)
	for module in $(modules); do
		go vet -C $$module ./...
		(cd $$module && $$staticcheck ./...)
	done
	export GOOS=wasip1 GOARCH=wasm
	go vet ./filter/... ./policy/... ./build/emptymodule
	$$staticcheck -checks inherit,-U1000 ./filter/... ./policy/... ./build/emptymodule # it takes wasmexports for unused
	unset GOOS GOARCH
	go run ./build/vmlint
	build/vulncheck

.PHONY: unit
unit: modules ## unit tests, and the built module on wazero
	@go test ./...
	go test -tags sallyport_faults ./filter/door

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZTIME
	@build/fuzz $(FUZZTIME)

.PHONY: module
module: dist/sallyport.wasm ## what the module imports, exports and weighs
	@go run ./build/imports dist/sallyport.wasm
	go run ./build/size dist/sallyport.wasm

.PHONY: e2e
e2e: build modules e2e-run ## the module on real Envoys: make e2e ENVOYS="1.36.2 1.38.2 1.40.0"

.PHONY: stores
stores: dist/ratelimit $(providers) ## redis-server, webdis, the rate limit service and identity providers, which e2e tests start; installs what is missing
	@go run ./build/stores
	for built in $^; do echo "$${built##*/}: $(CURDIR)/$$built"; done

.PHONY: browser
browser: ## Chromium, Node.js and its modules, with which e2e tests look at pages; installs what is missing
	@go run ./build/browser

.PHONY: e2e-run
e2e-run: stores browser
	@ENVOYS="$(ENVOYS)" go test -C e2e -p 1 -timeout 30m ./...

.PHONY: bench
bench: modules ## the speed table beside Envoy's own filters
	@go run -C e2e ./bench

.PHONY: image
image: dist/sallyport.wasm ## dist/image, an OCI image that Istio and Envoy Gateway pull, and the list of what is in it
	@go run -C build/image . -version "$(VERSION)" -module ../../dist/sallyport.wasm -layout ../../dist/image
	go run ./build/sbom -version "$(VERSION)" dist/sallyport.wasm >dist/sallyport.sbom.json

.PHONY: push
push: dist/sallyport.wasm ## push the image: make push IMAGE=registry.example.com/sallyport:1.0.0
	@go run -C build/image . -version "$(VERSION)" -module ../../dist/sallyport.wasm -push "$(IMAGE)"

.PHONY: image-test
image-test: image
	@go test -C build/image ./...

.PHONY: kubernetes
kubernetes: ## the manifests of envoy/, as a cluster would check them
	@go test -C e2e/kubernetes ./...

.PHONY: generate
generate: ## make generated files anew
	@go generate ./...

.PHONY: generated
generated: ## refuse generated files that are out of date
	@state() { git status --porcelain; git diff | cksum; }
	before=$$(state)
	go generate ./...
	if [ "$$before" != "$$(state)" ]; then printf 'make generate changed files, commit them:\n'; git status --short; exit 1; fi

.PHONY: clean
clean: ## remove what was built; .cache/envoy and .cache/stores stay
	@rm -rf dist .cache/overlay .cache/linked
