#!/bin/sh
# Trains both networks and writes their weights: run.sh STATE. READER_ROUNDS and FINDER_ROUNDS say for how many rounds
# (60), counted from where STATE began; FROM=nothing begins without the weights that the repository keeps.
set -eu
mkdir -p "$1"
state=$(cd "$1" && pwd)
cd "$(dirname "$0")"
[ -x "$state/venv/bin/python" ] || python3.11 -m venv "$state/venv"
"$state/venv/bin/pip" install --quiet -r requirements.txt
from=
[ "${FROM:-}" != nothing ] || from=--from-nothing
"$state/venv/bin/python" train.py "$state" reader "${READER_ROUNDS:-60}" $from
"$state/venv/bin/python" train.py "$state" finder "${FINDER_ROUNDS:-60}" $from
for network in reader finder; do
    "$state/venv/bin/python" export.py "$state" "$network" "../src/$network.weights"
done
