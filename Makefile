# Every target does its own set-up; what is built lands in target/ and build/.

PROFILE := ci
TARGET := $(or $(CARGO_TARGET_DIR),target)
BUILT := $(TARGET)/$(PROFILE)
PREFIX ?= $(CURDIR)/build/prefix
export CARDWIRE_SANDBOX := $(abspath $(BUILT)/cardwire-sandbox)

.PHONY: demo test test-rust test-c test-python test-node test-java lint header install bench clean

demo: build/demo/c build/demo/cpp demo-rust demo-python demo-node demo-java
	@$(BUILT)/cardwire-demo $(BUILT)/examples/recognize_and_verify build/demo/c build/demo/cpp \
		bindings/python/examples/demo.sh bindings/node/examples/demo.sh bindings/java/examples/demo.sh

# Debian's package names of what a fresh machine may lack are in README.md.
.PHONY: native demo-rust demo-python demo-node demo-java
native:
	cargo build --quiet --profile $(PROFILE) -p cardwire-ffi -p cardwire-sandbox -p cardwire-demo \
		-p cardwire-conformance -p cardwire-test-images --lib --bins
	ffi/package/install.sh "$(PREFIX)" "$(BUILT)"

install: native

build/demo/%: native
	@mkdir -p build/demo
	$(if $(filter cpp,$*),$(CXX) -std=c++17,$(CC) -std=c99) -o $@ \
		tests/c/examples/recognize_and_verify.$* \
		$$(PKG_CONFIG_PATH="$(PREFIX)/lib/pkgconfig" pkg-config --cflags --libs cardwire) \
		-Wl,-rpath,"$(PREFIX)/lib"

demo-rust:
	cargo build --quiet --profile $(PROFILE) -p cardwire --example recognize_and_verify

demo-python demo-node demo-java: demo-%: native
	bindings/$*/examples/demo.sh --set-up

test: lint test-rust test-c test-python test-node test-java

lint:
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets --profile $(PROFILE) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --profile $(PROFILE)

test-rust:
	cargo test --profile $(PROFILE) --workspace --exclude cardwire-python --exclude cardwire-node

test-c: native
	tests/c/run.sh

test-python: native
	bindings/python/test.sh

test-node: native
	bindings/node/test.sh

test-java: native
	bindings/java/test.sh

header:
	cargo run --quiet -p cardwire-ffi --example generate_header

bench:
	tests/bench/run.sh

clean:
	cargo clean
	rm -rf build
