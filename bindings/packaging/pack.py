#!/usr/bin/env python3
"""Packs the natives of every platform that are there, for all languages, and writes SHA256SUMS."""

import argparse
import hashlib
import shutil
import subprocess
import sys

import natives
import platforms
import reproducible

PACKAGES = reproducible.PACKAGES
SUMS = "SHA256SUMS"
#: What is packed for each platform, and what once.
FOR_PLATFORMS = ("ffi/package/archive.py", "bindings/python/package.py", "bindings/node/package.py",
                 "bindings/cli/package.py")
ONCE = ("bindings/java/package.py", "bindings/go/package.py", "bindings/testing/package.py")


def pack():
    """Packs everything anew and returns the digests."""
    shutil.rmtree(PACKAGES, ignore_errors=True)
    built = [platform.name for platform in platforms.PLATFORMS if (natives.NATIVES / platform.name).is_dir()]
    for script in FOR_PLATFORMS:
        subprocess.run([natives.ROOT / script, *built], check=True)
    for script in ONCE:
        subprocess.run([natives.ROOT / script], check=True)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in sorted(PACKAGES.iterdir())]
    (PACKAGES / SUMS).write_text("\n".join([*sums, ""]))
    return sums


def main(again):
    first = (PACKAGES / SUMS).read_text().splitlines() if again else []
    second = pack()
    if again and first != second:
        sys.exit("\n".join(["packed again, these differ:", *sorted(set(first) ^ set(second))]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="fail where a byte differs from before")
    main(parser.parse_args().again)
