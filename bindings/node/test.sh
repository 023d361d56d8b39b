#!/bin/sh
# Everything of the node package, from a clean clone: needs node, npm and cargo. CARDWIRE_SANDBOX may
# name a sandbox program that is built already.
set -eu
cd "$(dirname "$0")"

npm ci --no-audit --no-fund --loglevel=error
npm run --silent build:ci
cargo test --quiet --profile ci -p cardwire-node
# Built before the tests: each of them starts one of its own, and none of them waits for cargo.
if [ -z "${CARDWIRE_SANDBOX:-}" ]; then
    cargo build --quiet --profile ci -p cardwire-sandbox
fi
npm test --silent
echo "tsc --strict: no errors"
conformance=$(mktemp -d)
trap 'rm -rf "$conformance"' EXIT
cargo run --quiet --profile ci -p cardwire-conformance -- --folder "$conformance" Node=node,test/driver.js
test/pack.sh
