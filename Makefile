# Pinned here and not in go.mod: they check the code and are no part of it.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
CYCLONEDX := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

# The race detector needs a C compiler.
CC := $(shell go env CC)
RACE := $(if $(shell command -v $(firstword $(CC)) 2>/dev/null),-race)

# Whoever writes REAL=yes means the account, and must not be shown a stand-in.
ifneq ($(filter-out 1,$(REAL)),)
$(error REAL=$(REAL): want REAL=1)
endif

# Everything is compiled in one way, so that it is compiled once: without paths of the machine, and without HTTP/2, which
# may send a request again by itself, so that no call uses it. What the tests build themselves inherits the flags.
FLAGS := -trimpath -tags=nethttpomithttp2
export GOFLAGS := $(filter-out $(FLAGS),$(GOFLAGS)) $(FLAGS)
GO := CGO_ENABLED=0 go

# No shell reads the name of a file.
export EVENT REAL

.DEFAULT_GOAL := help
.PHONY: help invoke status remediator test check bench storm simulate build package fmt fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

invoke: build ## see it work, without an account: a failed rotation is healed (EVENT=file for another event, REAL=1 for the real KMS)
	@$(GO) run ./internal/cmd/invoke # EVENT and REAL reach it through the environment

# -p 4: many tests wait for processes to start and to end.
test: ## run all tests
	@$(if $(RACE),,echo 'no C compiler found: the tests run without the race detector')
	@$(GO) build ./... # or several tests compile the same at once
	go test $(RACE) -p 4 ./...

check: build ## what CI checks besides the tests; edits nothing
	@test -z "$$(gofmt -l .)" || { echo 'gofmt would change:'; gofmt -l .; exit 1; }
	go mod tidy -diff
	go vet ./...
	go run $(STATICCHECK) ./...
	@if found=$$(go run $(GOVULNCHECK) ./... 2>&1); then echo "$$found"; \
	elif echo "$$found" | grep -q '^govulncheck: fetching vulnerabilities:'; then \
		echo 'govulncheck: its database cannot be reached, so known vulnerabilities were not looked for'; \
	else echo "$$found"; exit 1; fi
	$(GO) run ./internal/cmd/inspect target

bench: build ## measure what README states: start, remediation, memory, size, decode, decide
	$(GO) run ./internal/cmd/bench -binary target/main
	go test -run '^$$' -bench . -benchmem ./events ./remediation

status: ## list the records on the secrets, on a stand-in, or with REAL=1 on the account (FC_REGION, ALIBABA_CLOUD_*)
	@bin=$$(mktemp -d) && trap 'rm -rf "$$bin"' EXIT && $(GO) build -o "$$bin/remediator" ./internal/cmd/remediator && \
	{ "$$bin/remediator" $(if $(filter 1,$(REAL)),--real) status || [ $$? = 3 ]; }

remediator: ## build dist/remediator, the operator's command
	$(GO) build -o dist/remediator ./internal/cmd/remediator

# A simulation is a test that runs as a program of its own, so that its figures are the last lines.
simulated = @bin=$$(mktemp -d) && trap 'rm -rf "$$bin"' EXIT && go test -c -o "$$bin/run" ./internal/$(1) && cd internal/$(1) && "$$bin/run" -test.timeout 80m

storm: ## let 2,000 secrets fail within a minute, in virtual time: the figures of the drain, and its plot
	@mkdir -p .github
	$(call simulated,storm) -test.run '^TestTheLargeStorm$$' -storm -plot ../../.github/drain.svg

SEEDS ?= 10000
simulate: ## play SEEDS=n random worlds with one secret, in virtual time, and take each guard away once
	$(call simulated,simulation) -seeds $(SEEDS) -guards -limits

# -buildvcs=false: the same sources give the same bytes, from a clone and from an archive.
build: ## build target/main, the static linux/amd64 executable that is deployed
	@rm -rf target
	GOOS=linux GOARCH=amd64 $(GO) build -buildvcs=false -ldflags '-s -w' -o target/main ./function

package: build ## make dist/: the code package, its checksum and its SBOM
	@rm -f dist/rotation-remediator-*
	@package=$$($(GO) run ./internal/cmd/package target dist) && go run $(CYCLONEDX) bin -json -noserial -notimestamp \
		-version "v$${package##*-}" -output "$$package.cdx.json" target/main && ls -l dist

fmt: ## format the code
	gofmt -w .
	go mod tidy

fuzz: ## feed the decoder with odd payloads for a minute
	go test -run '^$$' -fuzz FuzzDecode -fuzztime 60s ./events
