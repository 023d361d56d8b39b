#!/bin/sh
# An advisory about a crate that the library stands on fails dependencies.sh.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/crates/rustls"
cat > "$work/crates/rustls/RUSTSEC-2026-9999.md" <<'ADVISORY'
```toml
[advisory]
id = "RUSTSEC-2026-9999"
package = "rustls"
date = "2026-01-01"

[versions]
patched = []
```

# An invented weakness
ADVISORY

if ADVISORY_DB=$work "$here/dependencies.sh" > "$work/output" 2>&1; then
    cat "$work/output" >&2
    echo "dependencies_test.sh: an advisory about rustls went by" >&2
    exit 1
fi
grep -q 'RUSTSEC-2026-9999' "$work/output" && grep -q 'advisories FAILED' "$work/output" || { cat "$work/output" >&2; exit 1; }
