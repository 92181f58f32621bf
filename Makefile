# Go 1.26, make, a POSIX shell and the core utilities are enough for all targets but fuzz and the releases.

# Pinned here and not in go.mod: they check the code and are no part of it.
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
CYCLONEDX := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

# The race detector needs a C compiler.
CC := $(shell go env CC)
RACE := $(if $(shell command -v $(firstword $(CC)) 2>/dev/null),-race)

# REAL=yes means the account, and must not be answered by a stand-in.
ifneq ($(filter-out 1,$(REAL)),)
$(error REAL=$(REAL): want REAL=1)
endif

# Everything is compiled in one way, so that it is compiled once: without paths of the machine; without HTTP/2, which may
# send a request again by itself; without what git knows, which fails where git is missing or another user owns the clone.
FLAGS := -trimpath -tags=nethttpomithttp2 -buildvcs=false
export GOFLAGS := $(filter-out $(FLAGS),$(GOFLAGS)) $(FLAGS)
GO := CGO_ENABLED=0 go

# patiently prints its first argument if the second, a command, takes longer than three seconds.
patiently = ( sleep 3 >/dev/null 2>&1; echo '$(1) …' >&2 ) & notice=$$!; $(2); status=$$?; kill $$notice 2>/dev/null; [ $$status = 0 ] || exit $$status
compiling := compiling; about a minute if nothing is compiled yet
# compiled makes a command of internal/cmd in a folder that goes with the shell.
compiled = bin=$$(mktemp -d) && trap 'rm -rf "$$bin"' EXIT && { $(call patiently,$(compiling),$(GO) build -o "$$bin/$(1)" ./internal/cmd/$(1)); }

.DEFAULT_GOAL := help
.PHONY: help invoke status remediator test check lint deploy-check bench storm simulate build package fmt fuzz

help: ## list the targets
	@while IFS= read -r line; do case $$line in [a-z]*:*'## '*) \
		printf '  make %-13s %s\n' "$${line%%:*}" "$${line##*## }";; esac; done < $(firstword $(MAKEFILE_LIST))

# EVENT and REAL reach it through the environment, so that no shell reads the name of a file.
invoke: build ## see it work, without an account: a failed rotation is healed (EVENT=file for another event, REAL=1 for the real KMS)
	@$(call compiled,invoke) && "$$bin/invoke"

# -p 4: many tests wait for processes to start and to end.
test: ## run all tests
	@echo 'compiling and running all tests: about four minutes if nothing is compiled yet, else less than two$(if $(RACE),,; without the race detector, since no C compiler was found)'
	@$(GO) build ./... # or several tests compile the same at once
	go test $(RACE) -p 4 ./...

check: build lint deploy-check ## what CI checks besides the tests; edits nothing
	@test -z "$$(gofmt -l .)" || { echo 'gofmt would change:'; gofmt -l .; exit 1; }
	go mod tidy -diff
	@[ "$$(ls target)" = main ] && [ -x target/main ] || { echo 'target/ is deployed: want the executable main in it, and nothing else'; exit 1; }
	@info=$$(go version -m target/main); for want in CGO_ENABLED=0 GOOS=linux GOARCH=amd64 -trimpath=true; do \
		case $$info in *$$want*) ;; *) echo "target/main was not built with $$want"; exit 1;; esac; done
	@echo 'govulncheck: compiling and asking its database, less than a minute'
	@if found=$$(go run $(GOVULNCHECK) ./... 2>&1); then echo "$$found"; else case $$found in \
		*'govulncheck: fetching vulnerabilities:'*) echo 'govulncheck: its database cannot be reached, so known vulnerabilities were not looked for';; \
		*) echo "$$found"; exit 1;; esac; fi

lint: ## read the code with golangci-lint, as .golangci.yaml says
	@echo 'golangci-lint: some minutes if it is not compiled yet'
	$(GO) run $(GOLANGCI) run --allow-parallel-runners ./...

deploy-check: ## check s.yaml and the policies: what fc3 would deploy without a word (S=path of s, FC3_SCHEMA=file)
	@$(call compiled,local) && "$$bin/local" check

bench: build ## measure start, remediation, memory, size, decode, decide
	@echo 'measuring: about a minute'
	$(GO) run ./internal/cmd/bench -binary target/main
	go test -run '^$$' -bench . -benchmem ./events ./remediation

status: ## list the records on the secrets, on a stand-in, or with REAL=1 on the account (FC_REGION, ALIBABA_CLOUD_*)
	@$(call compiled,remediator) && { "$$bin/remediator" $(if $(filter 1,$(REAL)),--real) status || [ $$? = 3 ]; }

remediator: ## build dist/remediator, the operator's command
	@$(call patiently,$(compiling),$(GO) build -o dist/remediator ./internal/cmd/remediator)
	@echo dist/remediator

# A simulation is a test that runs as a program of its own, so that its figures are the last lines.
simulated = @echo '$(2)'; bin=$$(mktemp -d) && trap 'rm -rf "$$bin"' EXIT && go test -c -o "$$bin/run" ./internal/$(1) && cd internal/$(1) && "$$bin/run" -test.timeout 80m

storm: ## let 2,000 secrets fail within a minute, in virtual time: the figures of the drain, and its plot
	$(call simulated,storm,two days of 2000 secrets in virtual time: some minutes) -test.run '^TestTheLargeStorm$$' -storm -plot ../../.github/drain.svg

SEEDS ?= 10000
simulate: ## play SEEDS=n random accounts with one secret, in virtual time, and take each guard away once
	$(call simulated,simulation,$(SEEDS) random accounts in virtual time: some minutes for 10000) -seeds $(SEEDS) -guards -limits

build: ## build target/main, the static linux/amd64 executable that is deployed
	@rm -rf target
	@$(call patiently,$(compiling),GOOS=linux GOARCH=amd64 $(GO) build -ldflags '-s -w' -o target/main ./function)

package: build ## make dist/: what a release holds, byte for byte: the zip, remediator for four platforms, SBOM, checksums
	@echo 'building for four platforms: some minutes the first time'
	@rm -rf dist && mkdir dist
	@for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) build -ldflags '-s -w' -o "dist/remediator-$${platform%/*}-$${platform#*/}" ./internal/cmd/remediator || exit 1; done
	@version=$$($(GO) run ./internal/cmd/package target dist) && $(GO) run $(CYCLONEDX) bin -json -noserial -notimestamp \
		-version "v$$version" -output "dist/rotation-remediator-$$version.cdx.json" target/main
	@cd dist && sha256sum -- * > SHA256SUMS && cat SHA256SUMS

fmt: ## format the code
	gofmt -w .
	go mod tidy

FUZZTIME ?= 1m
fuzz: ## feed each reader of outside text with odd bytes, for FUZZTIME=1m
	for one in events:FuzzDecode events:FuzzRequest events:FuzzFromHistory events:FuzzMembersAreThoseOfEncodingJSON \
		remediation:FuzzParseRecord internal/alicloud:FuzzNoAnswerPanics; do \
		go test -run '^$$' -fuzz "^$${one#*:}\$$" -fuzztime $(FUZZTIME) "./$${one%:*}" || exit 1; done
