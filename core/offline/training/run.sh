#!/bin/sh
# Trains both networks and writes their weights: run.sh STATE [READER_ROUNDS [FINDER_ROUNDS]].
set -eu
mkdir -p "$1"
state=$(cd "$1" && pwd)
cd "$(dirname "$0")"
[ -x "$state/venv/bin/python" ] || python3.11 -m venv "$state/venv"
"$state/venv/bin/pip" install --quiet -r requirements.txt
"$state/venv/bin/python" train.py "$state" reader "${2:-60}"
"$state/venv/bin/python" train.py "$state" finder "${3:-60}"
for network in reader finder; do
    "$state/venv/bin/python" export.py "$state" "$network" "../src/$network.weights"
done
