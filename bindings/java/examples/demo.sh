#!/bin/sh
# demo.sh --set-up builds the package; demo.sh CONFIG_JSON_FILE PHOTO
# [recognize|verify VENDOR[,VENDOR]...]... runs the demo.
set -eu
folder=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$(cd "$folder/../.." && pwd)/target}

if [ "${1:-}" = --set-up ]; then
    cd "$folder"
    mvn -q -B -ntp package -DskipTests "-Dcardwire.target=$target"
    mvn -q -B -ntp dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory=target/runtime "-Dcardwire.target=$target"
else
    exec java -cp "$folder/target/*:$folder/target/runtime/*" "$folder/examples/Demo.java" "$@"
fi
