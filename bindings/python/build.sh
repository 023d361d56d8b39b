#!/bin/sh
# Makes a virtual environment under build/python, packs the wheel, and installs it there. CARDWIRE_BUILT may name
# the folder of what `make native` built; without it, maturin builds the module with the cargo profile
# CARDWIRE_PROFILE (ci). PYTHON names another interpreter.
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
module=${CARDWIRE_BUILT:+$(find "$CARDWIRE_BUILT" -maxdepth 1 -name "libcardwire_python.*" ! -name "*.d")}
if [ -n "$module" ]; then
    # maturin would compile everything once more, with other features of the same crates.
    "$tools/python" "$here/package.py" --to "$build/dist" "$module"
else
    "$tools/maturin" build --quiet --profile "${CARDWIRE_PROFILE:-ci}" --manifest-path "$here/Cargo.toml" \
        --target-dir "$build/target" --out "$build/dist"
fi
"$tools/python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps \
    "$build"/dist/cardwire-*.whl
