#!/bin/sh
# Builds the wheel and the sdist, installs the wheel where there is no Rust, and runs every check of the
# Python package. Needs python3 with venv and pip, and cargo. PYTHON names another interpreter.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${CARDWIRE_BUILD_DIR:-$root/build}/python
python=${PYTHON:-python3}
outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT
trap 'exit 1' HUP INT TERM

"$here/build.sh"
tools=$build/venv/bin
"$tools/maturin" sdist --manifest-path "$here/Cargo.toml" --out "$build/dist"
wheel=$(echo "$build"/dist/cardwire-*.whl)
sdist=$(echo "$build"/dist/cardwire-*.tar.gz)
"$tools/python" - "$wheel" "$sdist" <<'PYTHON'
import sys, tarfile, zipfile
wheel, sdist = zipfile.ZipFile(sys.argv[1]).namelist(), tarfile.open(sys.argv[2]).getnames()
for names, wanted in (
    (wheel, ["cardwire/__init__.py", "cardwire/_native.pyi", "cardwire/py.typed", "LICENSE"]),
    (sdist, ["PKG-INFO", "LICENSE", "python/cardwire/py.typed", "core/Cargo.toml"]),
):
    for name in wanted:
        assert any(found.endswith(name) for found in names), f"{name} is missing"
assert "-cp39-abi3-" in sys.argv[1], sys.argv[1]
print("wheel:", sys.argv[1].rsplit("/", 1)[1], "with", len(wheel), "files;", "sdist:", len(sdist), "files")
PYTHON

if [ -z "${CARDWIRE_BUILT:-}" ]; then
    make --no-print-directory -C "$root" native
    CARDWIRE_BUILT=${CARGO_TARGET_DIR:-$root/target}/ci
fi
CARDWIRE_SANDBOX=$CARDWIRE_BUILT/cardwire-sandbox
export CARDWIRE_SANDBOX

echo "== the wheel outside the repository, without Rust"
cp "$here/tests/smoke.py" "$root/tests/images/icbc-debit.jpg" "$outside"
mkfifo "$outside/stdin"
"$CARDWIRE_SANDBOX" --exit-with-stdin --config-file "$outside/config.json" \
    <"$outside/stdin" >"$outside/stdout" &
exec 9>"$outside/stdin"
while ! grep -q '^admin ' "$outside/stdout"; do sleep 0.1; done
"$python" -m venv "$outside/venv"
"$outside/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$wheel"
(cd "$outside" && env -i PATH=/usr/bin:/bin PYTHONUTF8=1 "$outside/venv/bin/python" -I smoke.py \
    "$(cat "$outside/config.json")" icbc-debit.jpg)
exec 9>&-

echo "== pytest"
# Its sandbox serves these tests too.
"$tools/python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps \
    "$root/bindings/testing/python"
if "$tools/python" -m pip install --quiet --disable-pip-version-check \
    -r "$here/tests/requirements-dask.txt" 2>"$build/dask.log"; then :; else
    echo "dask.distributed cannot be installed here: its example is not run"
fi
if "$tools/python" -m pip install --quiet --disable-pip-version-check \
    -r "$here/tests/requirements-green.txt" 2>"$build/green.log"; then :; else
    echo "gevent and eventlet cannot be installed here: batches under them are not run"
fi
(cd "$here/tests" && "$tools/python" -m pytest -q -c "$here/pyproject.toml" --rootdir "$here/tests" \
    -p no:cacheprovider .)

echo "== conformance"
"$CARDWIRE_BUILT/cardwire-conformance" --folder "$build/conformance" \
    "Python=$tools/python,$root/tests/conformance/drivers/driver.py"

echo "== redaction"
"$CARDWIRE_BUILT/cardwire-redaction" --folder "$build/redaction" \
    "Python=$tools/python,$root/tests/conformance/drivers/driver.py,--render"

echo "== cardwire-testing"
(cd "$root/bindings/testing/python" && "$tools/python" -m pytest -q -p no:cacheprovider &&
    "$tools/mypy" --strict --cache-dir "$build/mypy" cardwire_testing)

echo "== stubtest"
(cd "$build" && "$tools/stubtest" cardwire._native)

echo "== mypy --strict"
(cd "$here" && "$tools/mypy" --strict --cache-dir "$build/mypy" python/cardwire)
(cd "$here/tests/typing" && "$tools/mypy" --strict --warn-unused-ignores --cache-dir "$build/mypy" \
    usage.py refused.py)

echo "== pyright"
(cd "$here" && "$tools/pyright" --pythonpath "$tools/python" -p pyproject.toml python/cardwire)
(cd "$here" && "$tools/pyright" --pythonpath "$tools/python" -p pyproject.toml tests/typing/usage.py)
