#!/bin/sh
# demo.sh --set-up builds the package; demo.sh CONFIG_JSON_FILE PHOTO
# [recognize|verify VENDOR[,VENDOR]...]... runs the demo.
set -eu
folder=$(cd "$(dirname "$0")/.." && pwd)

if [ "${1:-}" = --set-up ]; then
    cd "$folder"
    [ -d node_modules/@napi-rs/cli ] || npm ci --no-audit --no-fund --loglevel=error
    ./build.sh
else
    exec node "$folder/examples/demo.js" "$@"
fi
