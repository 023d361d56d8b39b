#!/usr/bin/env python3
"""Copies those advisories of a clone of RustSec's advisory-db that are about crates in Cargo.lock.

    tests/lint/advisories.py CLONE FOLDER

dependencies.sh takes FOLDER as ADVISORY_DB where the database itself is out of reach. FOLDER/DATE says of when it is.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def git(clone, *words):
    return subprocess.run(["git", "-C", clone, *words], check=True, capture_output=True).stdout


def main(clone, folder):
    lock = (ROOT / "Cargo.lock").read_text()
    crates = sorted(set(re.findall(r'^name = "(.*)"\nversion = .*\nsource = ', lock, re.M)))
    folder = Path(folder)
    shutil.rmtree(folder / "crates", ignore_errors=True)
    tree = git(clone, "ls-tree", "-r", "-z", "--name-only", "HEAD", *(f"crates/{crate}/" for crate in crates))
    names = [name for name in tree.decode().split("\0") if name.endswith(".md")]
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(git(clone, "show", f"HEAD:{name}"))
    (folder / "LICENSE.txt").write_bytes(git(clone, "show", "HEAD:LICENSE.txt"))
    (folder / "DATE").write_bytes(git(clone, "log", "-1", "--format=%cs %H"))
    print(f"{len(names)} advisories for {len(crates)} crates, of {(folder / 'DATE').read_text().strip()}")


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
