# One command for each thing. `make run` on a fresh Debian 12 with Swift, git and make is all that a first look needs.
SHELL := /bin/bash
export TICKGATE_SHARED ?= $(abspath ../shared)

# Exclusivity is proven by the debug tests; unchecked it saves a fifth of the gateway's instructions (docs/adr/0003).
RELEASE := -c release -Xswiftc -enforce-exclusivity=unchecked
BIN := .build/release/tickgate
# GRPC=1 builds MarketStore's gRPC service, too: tickgate-grpc, whose packages take minutes to build and 230 MB to fetch.
ifdef GRPC
export TICKGATE_GRPC := 1
endif
DATA ?= ./data
SECONDS_TO_FUZZ ?= 600
TORTURE_SEEDS ?= 100000
TORTURE_SECONDS ?= 36000
QUERY_TORTURE_SECONDS ?= $(TORTURE_SECONDS)
SOAK_SECONDS ?= 600

.PHONY: help run build test test-swift test-end-to-end query-cases bench torture torture-store torture-queries tsan soak conformance fuzz protocol lint format setup clean

help:            ## lists these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

run: build       ## builds and serves on 127.0.0.1:8080 with a simulated exchange as feed; GRPC=1: gRPC on 127.0.0.1:5995
ifdef GRPC
	$(BIN)-grpc serve --data $(DATA) --feed simulated --set marketstore.grpc_listen=127.0.0.1:5995
else
	$(BIN) serve --data $(DATA) --feed simulated
endif

setup:           ## installs the Debian packages that a build needs
	@scripts/setup.sh build

build: setup     ## builds the release program, .build/release/tickgate; GRPC=1: .build/release/tickgate-grpc as well
	swift build $(RELEASE) --product tickgate
ifdef GRPC
	swift build $(RELEASE) --product tickgate-grpc
endif

test: test-swift test-end-to-end  ## sets up and runs all tests; GRPC=1: those of gRPC as well

test-swift: setup
	@scripts/setup.sh test
# With gRPC's packages, --build-tests would build protoc as well, which takes minutes.
ifdef GRPC
	swift build --product tickgatePackageTests
	swift build --product websocket-echo
else
	swift build --build-tests
endif
	scripts/test-swift.sh

test-end-to-end: build
	@scripts/setup.sh test
	swift build $(RELEASE) --product query-probe
	TICKGATE_BIN=$(abspath $(BIN)) scripts/test-end-to-end.sh

query-cases:     ## writes what the text cases of queries give into their files; read the difference before it is committed
	TICKGATE_COMPLETE=1 swift test --filter QueryCasesTests

bench: build     ## prints the figures, each beside a baseline of the same run
	@scripts/setup.sh bench
	swift build $(RELEASE) --product StoreBench
	swift build $(RELEASE) --product WireBench
	swift build $(RELEASE) --product OutputBench
	swift build $(RELEASE) --product OperatorBench
	swift build $(RELEASE) --product StreamBench
	swift build $(RELEASE) --product LiveBench
	swift build $(RELEASE) --product MarketLoader
	TICKGATE_BIN=$(abspath $(BIN)) .venv/bin/python Benchmarks/run.py $(BENCH_ARGUMENTS)

torture: torture-store torture-queries ## a store on a disk with faults, then queries against an oracle; TORTURE_SEEDS=100000, TORTURE_SECONDS=36000

torture-store:
	swift build $(RELEASE) --product store-torture
	TORTURE_SEEDS=$(TORTURE_SEEDS) TORTURE_SECONDS=$(TORTURE_SECONDS) .build/release/store-torture

torture-queries:
	swift build $(RELEASE) --product query-torture
	TORTURE_SEEDS=$(TORTURE_SEEDS) TORTURE_SECONDS=$(QUERY_TORTURE_SECONDS) .build/release/query-torture

tsan:            ## runs the tests that have threads under ThreadSanitizer; TSAN_TESTS='StoreTests' runs those alone
	@scripts/setup.sh test
	scripts/tsan.sh $(TSAN_TESTS)

soak:            ## runs a thousand subscribers of every kind against a gateway; SOAK_SECONDS=600 unless told otherwise
	swift build $(RELEASE) --product tickgate
	@scripts/setup.sh test
	.venv/bin/python Tests/Soak/soak.py $(BIN) --seconds $(SOAK_SECONDS)

conformance:     ## runs the Autobahn test suite against server and client; CI runs its quick sections
	swift build $(RELEASE) --product websocket-echo
	Tests/Conformance/run.sh .build/release/websocket-echo long

fuzz:            ## fuzzes the parsers, SECONDS_TO_FUZZ=600 unless told otherwise
	cd FuzzTesting && swift build -c release -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld
	mkdir -p FuzzTesting/.build/found
	cd FuzzTesting && .build/release/QueryTextFuzzer -max_total_time=$(SECONDS_TO_FUZZ) -max_len=4096 -dict=query.dict \
		.build/found Corpus/query-text </dev/null
	mkdir -p FuzzTesting/.build/found-rpc
	cd FuzzTesting && .build/release/RPCFuzzer -max_total_time=$(SECONDS_TO_FUZZ) -max_len=4096 .build/found-rpc Corpus/rpc </dev/null
	cd FuzzTesting && for name in http-request http-response websocket inflate; do \
		mkdir -p .build/found-$$name; \
		dictionary=$$([ $${name%%-*} = http ] && echo -dict=http.dict); \
		WIRE_FUZZ=$$name .build/release/WireFuzzer -max_total_time=$(SECONDS_TO_FUZZ) -max_len=4096 $$dictionary \
			.build/found-$$name Corpus/$$name </dev/null || exit 1; \
	done
	cd FuzzTesting && for name in year-file payload log csv; do \
		mkdir -p .build/found-$$name; \
		IMPORT_FUZZ=$$name .build/release/MarketStoreFuzzer -max_total_time=$(SECONDS_TO_FUZZ) -max_len=4096 \
			.build/found-$$name Corpus/$$name </dev/null || exit 1; \
	done

protocol:        ## generates the Swift files of MarketStore's gRPC messages anew; they are committed
	@scripts/setup.sh protocol
	scripts/protocol.sh

lint:            ## checks style; CI runs it
	swift format lint --strict --recursive Package.swift Sources Tests Benchmarks
	scripts/tidy.sh

format:          ## rewrites the sources in the project's style
	swift format format --in-place --recursive Package.swift Sources Tests Benchmarks

clean:           ## removes what builds and set-up made
	rm -rf .build .venv
