#!/bin/sh
# Builds the wheel and the sdist, installs the wheel where there is no Rust, and runs every check of the
# Python package. Needs python3 with venv and pip, and cargo. PYTHON names another interpreter.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${CARDWIRE_BUILD_DIR:-$root/build}/python
python=${PYTHON:-python3}
profile=${CARDWIRE_PROFILE:-ci}
mkdir -p "$build"
outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT
trap 'exit 1' HUP INT TERM

echo "== environment"
[ -x "$build/venv/bin/python" ] || "$python" -m venv "$build/venv"
tools=$build/venv/bin
"$tools/python" -m pip install --quiet --disable-pip-version-check -r "$here/tests/requirements.txt"

echo "== wheel and sdist"
rm -rf "$build/dist"
"$tools/maturin" build --quiet --profile "$profile" --manifest-path "$here/Cargo.toml" \
    --target-dir "$build/target" --out "$build/dist"
"$tools/maturin" sdist --manifest-path "$here/Cargo.toml" --out "$build/dist" >"$build/sdist.log" 2>&1 || {
    cat "$build/sdist.log"
    exit 1
}
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
"$tools/python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"

if [ -z "${CARDWIRE_SANDBOX:-}" ]; then
    (cd "$root" && cargo build --quiet --profile "$profile" -p cardwire-sandbox --target-dir "$build/target")
    CARDWIRE_SANDBOX=$build/target/$profile/cardwire-sandbox
fi
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
if "$tools/python" -m pip install --quiet --disable-pip-version-check \
    -r "$here/tests/requirements-dask.txt" 2>"$build/dask.log"; then :; else
    echo "dask.distributed cannot be installed here: its example is not run"
fi
(cd "$here/tests" && "$tools/python" -m pytest -q -c "$here/pyproject.toml" --rootdir "$here/tests" \
    -p no:cacheprovider .)

echo "== stubtest"
(cd "$build" && "$tools/stubtest" cardwire._native)

echo "== mypy --strict"
(cd "$here" && "$tools/mypy" --strict --cache-dir "$build/mypy" python/cardwire)
(cd "$here/tests/typing" && "$tools/mypy" --strict --warn-unused-ignores --cache-dir "$build/mypy" \
    usage.py refused.py)

echo "== pyright"
(cd "$here" && "$tools/pyright" --pythonpath "$tools/python" -p pyproject.toml python/cardwire)
(cd "$here" && "$tools/pyright" --pythonpath "$tools/python" -p pyproject.toml tests/typing/usage.py)
