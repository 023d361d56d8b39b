#!/bin/sh
# demo.sh --set-up builds the package; demo.sh CONFIG_JSON_FILE PHOTO
# [recognize|verify VENDOR[,VENDOR]...]... runs the demo.
set -eu
folder=$(cd "$(dirname "$0")/.." && pwd)
build=${CARDWIRE_BUILD_DIR:-$folder/../../build}/python

if [ "${1:-}" = --set-up ]; then
    exec "$folder/build.sh"
else
    exec "$build/venv/bin/python" "$folder/examples/demo.py" "$@"
fi
