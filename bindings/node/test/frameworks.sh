#!/bin/sh
# Runs tests that use the sandbox and a script under jest and vitest, which it installs under build/. CARDWIRE_SANDBOX
# names the sandbox's program.
set -eu
folder=$(cd "$(dirname "$0")/.." && pwd)
work=${CARDWIRE_BUILD_DIR:-$folder/../../build}/node/frameworks
export npm_config_loglevel=error npm_config_audit=false npm_config_fund=false
mkdir -p "$work"
cp "$folder"/test/frameworks/* "$work/"
cd "$work"
npm install --silent --no-package-lock --prefer-offline
# The package as it is packed in a checkout.
rm -f cardwire-*.tgz
(cd "$folder" && npm pack --silent --pack-destination "$work" >/dev/null)
npm install --silent --no-save --offline ./cardwire-*.tgz

npx --no-install jest --ci >jest.log 2>&1 || { cat jest.log; exit 1; }
# A handle that is left open has jest say so.
if grep -q 'did not exit' jest.log; then cat jest.log; exit 1; fi
grep '^Tests:' jest.log | sed 's/^Tests: */jest: /'
npx --no-install vitest run --reporter=dot >vitest.log 2>&1 || { cat vitest.log; exit 1; }
grep 'Tests ' vitest.log | sed 's/^ *Tests */vitest: /'
