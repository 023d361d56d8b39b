#!/usr/bin/env python3
"""Makes the archive of the command of each platform: package.py PLATFORM..."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "packaging"))

import documents  # noqa: E402
import natives  # noqa: E402
import platforms  # noqa: E402
import reproducible  # noqa: E402


def pack(platform):
    name = f"{natives.COMMAND}-{reproducible.version()}-{platform.system}"
    files = {
        platform.command: (natives.NATIVES / platform.name / platform.command).read_bytes(),
        "README.md": (HERE / "README.md").read_bytes(),
        **documents.of(f"pkg:generic/{natives.COMMAND}", [platform]),
    }
    reproducible.write(reproducible.PACKAGES / f"{name}.{platform.archive}",
                       {f"{name}/{file}": content for file, content in files.items()})


if __name__ == "__main__":
    for wanted in map(platforms.find, sys.argv[1:]):
        if wanted.command:
            pack(wanted)
