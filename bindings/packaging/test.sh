#!/bin/sh
# Tests what makes and checks the packages, without the compilers of other platforms. Needs python3 with venv, and cc.
set -eu
cd "$(dirname "$0")"
tools=../../build/packaging

if ! cmp -s requirements.txt "$tools/requirements.txt"; then
    python3 -m venv "$tools"
    # The rest of them builds for other platforms.
    "$tools/bin/pip" install --quiet --disable-pip-version-check "$(grep '^lief=' requirements.txt)"
    cp requirements.txt "$tools/requirements.txt"
fi
PYTHONDONTWRITEBYTECODE=1 "$tools/bin/python" -m unittest --quiet --buffer test_packaging
