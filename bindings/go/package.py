#!/usr/bin/env python3
"""Makes the zip of the Go module, as module proxies serve it: https://go.dev/ref/mod#zip-files. It holds no library."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "packaging"))

import reproducible  # noqa: E402

MODULE = "cardwire.io/cardwire"
#: What a program that takes the module needs; the scripts beside it are of this repository.
TAKEN = ("go.mod", "LICENSE", "README.md", "*.go", "*.c", "*.h", "cardwiretest/*.go", "examples/*.go")


def pack():
    version = reproducible.version()
    files = {path.relative_to(HERE).as_posix(): path.read_bytes() for taken in TAKEN for path in HERE.glob(taken)}
    reproducible.write(reproducible.PACKAGES / f"cardwire-go-{version}.zip",
                       {f"{MODULE}@v{version}/{name}": content for name, content in files.items()})


if __name__ == "__main__":
    pack()
