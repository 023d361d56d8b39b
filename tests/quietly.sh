#!/bin/sh
# quietly.sh STEP COMMAND...: says the step; what the command writes is shown where it fails.
set -eu

echo "$1"
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" >"$log" 2>&1 || { status=$?; cat "$log" >&2; exit $status; }
