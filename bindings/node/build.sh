#!/bin/sh
# Puts the native module into this folder. CARDWIRE_BUILT may name the folder of what `make native` built; without it,
# napi builds the module with the cargo profile ci.
set -eu
cd "$(dirname "$0")"

module=${CARDWIRE_BUILT:+$(find "$CARDWIRE_BUILT" -maxdepth 1 -name "libcardwire_node.*" ! -name "*.d")}
if [ -n "$module" ]; then
    # napi would compile everything once more, with other features of the same crates.
    cp "$module" "cardwire.$(node -p "require('./lib/platform.js').platform()").node"
else
    npm run --silent build:ci
fi
