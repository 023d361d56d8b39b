# Every target does its own set-up; what is built lands in target/ and build/.

PROFILE := ci
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
PREFIX ?= $(CURDIR)/build/prefix
# Selected alike everywhere, so that nothing is compiled twice; the benchmarks build themselves.
CRATES := --workspace --exclude cardwire-bench
# A module for Python finds the interpreter's functions in the process that loads it.
export PYO3_BUILD_EXTENSION_MODULE := 1
LANGUAGES := python node java go

# What the test scripts of the languages use instead of building it again.
export CARDWIRE_BUILT := $(TARGET)/$(PROFILE)
export CARDWIRE_SANDBOX := $(CARDWIRE_BUILT)/cardwire-sandbox

.PHONY: demo test suites lint native install test-rust test-c test-python test-node test-java test-go test-readme \
	test-clients clients header codes events bench clean docs recipes demo-native $(LANGUAGES:%=demo-%)

demo: build/demo/c build/demo/cpp $(LANGUAGES:%=demo-%)
	@$(CARDWIRE_BUILT)/cardwire-demo $(CARDWIRE_BUILT)/examples/recognize_and_verify \
		build/demo/c build/demo/cpp $(LANGUAGES:%=bindings/%/examples/demo.sh)

native:
	cargo build --quiet --locked --profile $(PROFILE) $(CRATES) --lib --bins --examples
	ffi/package/install.sh "$(PREFIX)" "$(CARDWIRE_BUILT)"

install: native

build/demo/%: demo-native
	@mkdir -p build/demo
	@tests/quietly.sh "Building the $* program" \
		$(if $(filter cpp,$*),$(CXX) -std=c++17,$(CC) -std=c99) -o $@ \
		tests/c/examples/recognize_and_verify.$* \
		$$(PKG_CONFIG_PATH="$(PREFIX)/lib/pkgconfig" pkg-config --cflags --libs cardwire) \
		-Wl,-rpath,"$(PREFIX)/lib"

$(LANGUAGES:%=demo-%): demo-%: demo-native
	@tests/quietly.sh "Building the $* package" bindings/$*/examples/demo.sh --set-up

demo-native:
	@tests/quietly.sh "Building the library and the sandbox: minutes, the first time" \
		$(MAKE) --no-print-directory native

# Two at a time: much of a suite is one thread, or waits for a registry.
test:
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target --keep-going suites

# Cargo would take make's jobserver for its own, and cannot use it.
ifeq ($(MAKECMDGOALS),suites)
unexport MAKEFLAGS MFLAGS
endif
suites: test-rust test-c test-java test-python test-node test-go lint test-packaging test-clients test-new-vendor test-readme

lint:
	@# `cargo fmt` does not reach what stands behind the macro that lists the vendors.
	git ls-files '*.rs' | xargs rustfmt --check --edition 2024
	cargo clippy --quiet --locked --profile $(PROFILE) --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --profile $(PROFILE) --workspace --no-deps
	tests/lint/circles.py core/src
	tests/schedules/mutations.py --check
	tests/lint/dependencies_test.sh
	tests/lint/dependencies.sh

test-rust: native
	cargo test --locked --no-fail-fast --profile $(PROFILE) $(CRATES)
	tests/sandbox/page/test_page.py --built "$(CARDWIRE_BUILT)"
	CARDWIRE_TRANSPORT=reqwest_blocking CARDWIRE_FAULTS=600 cargo test --locked --profile $(PROFILE) $(CRATES) \
		--test async_client --test client --test network --test unanswered --test faults

# Adds a made-up vendor to a copy of the tree and sees it work.
.PHONY: test-new-vendor
test-new-vendor: test-rust
	tests/new_vendor/run.py

test-c: native
	tests/c/run.sh

$(LANGUAGES:%=test-%): test-%: native
	bindings/$*/test.sh

# What stands in fences on the pages, with the packages that the other tests built; `recipes` has what fetches or compiles
# much.
ON_PAGES = tests/readme/run.py --built "$(CARDWIRE_BUILT)" --prefix "$(PREFIX)" \
	--python build/python/venv/bin/python --wheel build/python/dist/cardwire-*.whl \
	--node-package bindings/node --class-path "bindings/java/target/*:bindings/java/target/runtime/*:bindings/java/target/collectors/*"
PAGES := README.md README.zh-CN.md docs

test-readme: test-c test-python test-node test-java
	$(ON_PAGES) --only light $(PAGES)

recipes: native $(LANGUAGES:%=demo-%)
	build/python/venv/bin/pip wheel --quiet --no-deps --wheel-dir build/python/source ./bindings/python
	cd bindings/node && npm run --silent build:ci
	mvn -q -B -ntp install -DskipTests -f bindings/java "-Dcardwire.target=$(TARGET)"
	$(ON_PAGES) --only heavy $(PAGES)

# The site of the documentation, with the references of the languages: build/docs/site/index.html.
docs: demo-python
	docs/site/build.py

# The vendors' own and other common clients against the sandbox: those of Python, Node and curl, or all.
test-clients: native
	tests/clients/run.py --quick --sandbox "$(CARDWIRE_SANDBOX)"

clients: native
	tests/clients/run.py --sandbox "$(CARDWIRE_SANDBOX)"

header:
	cargo run --quiet --locked --profile $(PROFILE) -p cardwire-ffi --example generate_header

# The reference page of the vendors' codes, from their rows.
codes:
	CARDWIRE_WRITE_CODES=1 cargo test --quiet --locked --profile $(PROFILE) $(CRATES) --test codes \
		the_reference_page_is_that_of_the_rows

# The reference page of events and health, from the schema.
events:
	CARDWIRE_WRITE_EVENTS=1 cargo test --quiet --locked --profile $(PROFILE) $(CRATES) --test events \
		the_reference_page_is_that_of_the_schema

# Packages of every platform that this machine can build, into build/dist/packages: all, or those of one language.
# What they hold is built once for each platform; the jars take the libraries and the commands of all that were.
PLATFORMS ?= $(shell bindings/packaging/platforms.py)
DIST_PROFILE ?= release
export DIST_PROFILE
.PHONY: dist pack dist-c dist-python dist-node dist-java dist-go dist-cli dist-testing natives test-dist
dist: natives
	bindings/packaging/pack.py

# Packs what lies in build/dist/natives, from whatever machine it came.
pack: build/dist/tools/made
	bindings/packaging/pack.py

build/dist/tools/made: bindings/packaging/requirements.txt
	python3 -m venv build/dist/tools
	build/dist/tools/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

natives: build/dist/tools/made
	bindings/packaging/natives.py $(PLATFORMS)

dist-c: natives
	ffi/package/archive.py $(PLATFORMS)

dist-python: natives
	bindings/python/package.py $(PLATFORMS)

dist-node: natives
	bindings/node/package.py $(PLATFORMS)

dist-java: natives
	bindings/java/package.py

# The module alone: cgo finds the library of dist-c.
dist-go:
	bindings/go/package.py

dist-cli: natives
	bindings/cli/package.py $(PLATFORMS)

# What tests of programs need beside the packages of their languages: a wheel and a jar.
dist-testing: natives
	bindings/testing/package.py

# Looks into what `make dist` made, packs it again, and runs it, where this machine can.
test-dist: native build/dist/tools/made
	build/dist/tools/bin/python bindings/packaging/check.py
	bindings/packaging/pack.py --again
	bindings/packaging/test_packages.py $(PLATFORMS)

# Tests the scripts that make and check the packages, without the compilers of other platforms: seconds.
.PHONY: test-packaging
test-packaging:
	bindings/packaging/test.sh

bench:
	PART=$(or $(PART),all) tests/bench/run.sh

clean:
	cargo clean
	rm -rf build

# Kills a calling program N times and holds its journal against what the vendors did.
.PHONY: kill-test
kill-test:
	CARDWIRE_KILLS=$(or $(N),1000) cargo test --profile $(PROFILE) -p cardwire-faults --test kill -- --nocapture
	CARDWIRE_PHOTOS=2000 CARDWIRE_BATCH_KILLS=20 cargo test --profile $(PROFILE) -p cardwire-faults --test resume -- --nocapture

# What a journal of N orders costs.
.PHONY: journal-test
journal-test:
	CARDWIRE_ORDERS=$(or $(N),1000000) cargo test --profile $(PROFILE) -p cardwire-faults --test long_journal -- --nocapture

# Plays N runs of the fault suite; SEED plays one again.
.PHONY: fault-test
fault-test:
	CARDWIRE_FAULTS=$(or $(N),30000) $(if $(SEED),CARDWIRE_FAULT_SEED=$(SEED)) \
		cargo test --profile $(PROFILE) -p cardwire-faults --test faults -- --nocapture

# Plays N schedules of the call in virtual time, and every sequence of the first events.
.PHONY: schedules
schedules:
	CARDWIRE_SCHEDULES=$(or $(N),10000000) cargo test --profile $(PROFILE) -p cardwire --lib \
		testing::schedules -- --nocapture

# Breaks one rule of the call or of the batch at a time and expects the schedules to find it.
.PHONY: mutations
mutations:
	tests/schedules/mutations.py

# Runs every fuzz target for so many seconds; TARGETS names some, KEEP=1 takes new inputs into the
# corpora. `make test` replays the corpora.
.PHONY: fuzz
fuzz: native
	SECONDS_EACH=$(or $(SECONDS),60) KEEP=$(or $(KEEP),0) tests/fuzz/run.sh $(TARGETS)

# Reads the photos of a folder and compares them with LIST; ASIDE=1 reads those set aside instead, PASSES names some of
# "upright,turned,small,small and turned". Beside it reads the peer, once `make offline-peer` has installed it.
.PHONY: evaluate-offline
evaluate-offline:
	cargo build --quiet --locked --profile $(PROFILE) $(CRATES) --example evaluate
	$(CARDWIRE_BUILT)/examples/evaluate "$(PHOTOS)" "$(or $(LIST),$(PHOTOS)/photos.json)" --peer $(PEER)/bin/python \
		$(if $(ASIDE),--aside) $(if $(PASSES),--only "$(PASSES)") $(if $(READINGS),--readings "$(READINGS)")

# Installs the reader that evaluate-offline measures beside ours: RapidOCR with PP-OCRv6, whose models come with it.
PEER := build/offline-peer
.PHONY: offline-peer
offline-peer:
	python3 -m venv $(PEER)
	$(PEER)/bin/pip install --quiet rapidocr==3.10.0 onnxruntime==1.32.0

# Trains the networks of the offline reader for READER_ROUNDS and FINDER_ROUNDS more, hours on one core; goes on from
# what an earlier run left, or from the weights in the tree; FROM=nothing begins anew.
.PHONY: train-offline
train-offline:
	core/offline/training/run.sh build/offline-training
