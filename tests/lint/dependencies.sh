#!/bin/sh
# Holds what Cargo.lock brings to deny.toml: licences, versions, sources, known weaknesses. Needs python3 with venv.
#
# ADVISORY_DB says where RustSec's advisory-db is: its URL, a clone, or a folder that advisories.py wrote. Without it
# the known weaknesses are left out, and a line says so.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$here/../.."
tools=build/lint
url=https://github.com/RustSec/advisory-db

if ! cmp -s "$here/requirements.txt" "$tools/requirements.txt"; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$tools/requirements.txt"
fi

checks="bans licenses sources"
database=${ADVISORY_DB:-}
if [ -z "$database" ]; then
    echo "dependencies: known weaknesses are not looked for: ADVISORY_DB names no database" >&2
else
    checks="advisories $checks"
    rm -rf "$tools/advisory-dbs" "$tools/advisory-db"
    if [ -d "$database" ]; then
        database=$(CDPATH='' cd -- "$database" && pwd)
        if [ ! -e "$database/.git" ] && [ ! -e "$database/HEAD" ]; then
            # cargo-deny takes a database from git only.
            cp -R "$database" "$tools/advisory-db"
            database=$PWD/$tools/advisory-db
            git -C "$database" init --quiet --initial-branch=main
            git -C "$database" add .
            git -C "$database" -c user.name=lint -c user.email=lint@localhost -c commit.gpgsign=false commit --quiet --message "Advisories"
        fi
        database=file://$database
    fi
    export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.$database.insteadOf" GIT_CONFIG_VALUE_0="$url"
fi
# shellcheck disable=SC2086
"$tools/bin/cargo-deny" --workspace --locked check $checks
