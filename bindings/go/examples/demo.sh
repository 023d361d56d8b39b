#!/bin/sh
# demo.sh --set-up builds the package; demo.sh CONFIG_JSON_FILE PHOTO
# [recognize|verify VENDOR[,VENDOR]...]... runs the demo. PREFIX is where the C library is installed.
set -eu
folder=$(cd "$(dirname "$0")/.." && pwd)
build=${CARDWIRE_BUILD_DIR:-$folder/../../build}/go

if [ "${1:-}" = --set-up ]; then
    . "$folder/environment.sh"
    mkdir -p "$build"
    cd "$folder"
    go build -o "$build/demo" examples/demo.go
else
    exec "$build/demo" "$@"
fi
