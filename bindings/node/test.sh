#!/bin/sh
# Everything of the node package, from a clean clone: needs node, npm, make and cargo. CARDWIRE_BUILT may
# name the folder of what `make native` built.
set -eu
cd "$(dirname "$0")"

npm ci --no-audit --no-fund --loglevel=error
./build.sh
# Built before the tests: each of them starts one of its own, and none of them waits for cargo.
if [ -z "${CARDWIRE_BUILT:-}" ]; then
    make --no-print-directory -C ../.. native
    CARDWIRE_BUILT=${CARGO_TARGET_DIR:-../../target}/ci
fi
CARDWIRE_SANDBOX=$CARDWIRE_BUILT/cardwire-sandbox
export CARDWIRE_SANDBOX
npm test --silent
echo "tsc --strict: no errors"
conformance=$(mktemp -d)
trap 'rm -rf "$conformance"' EXIT
"$CARDWIRE_BUILT/cardwire-conformance" --folder "$conformance" Node=node,test/driver.js
"$CARDWIRE_BUILT/cardwire-redaction" --folder "$conformance/redaction" Node=node,test/driver.js,--render
test/pack.sh
test/bundle.sh
test/frameworks.sh
