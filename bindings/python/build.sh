#!/bin/sh
# Makes a virtual environment under build/python, builds the wheel with the cargo profile
# CARDWIRE_PROFILE (ci), and installs it there. PYTHON names another interpreter.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${CARDWIRE_BUILD_DIR:-$root/build}/python
mkdir -p "$build"

echo "== environment"
[ -x "$build/venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$build/venv"
tools=$build/venv/bin
"$tools/python" -m pip install --quiet --disable-pip-version-check -r "$here/tests/requirements.txt"

echo "== wheel"
rm -rf "$build/dist"
"$tools/maturin" build --quiet --profile "${CARDWIRE_PROFILE:-ci}" --manifest-path "$here/Cargo.toml" \
    --target-dir "$build/target" --out "$build/dist"
"$tools/python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps \
    "$build"/dist/cardwire-*.whl
