#!/usr/bin/env python3
"""Makes the archive of the C library of each platform: archive.py PLATFORM..."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "bindings" / "packaging"))

import documents  # noqa: E402
import natives  # noqa: E402
import platforms  # noqa: E402
import reproducible  # noqa: E402


def tools(platform):
    """Returns what install.sh is told: the tools for that platform's files that come with Rust and zig. Apple's own
    are found by themselves."""
    if platform.os == "macos":
        return {"LD": f"ld -arch {platform.arch.replace('aarch64', 'arm64')}"}
    emulation = {"x86_64": "elf_x86_64", "aarch64": "aarch64linux"}[platform.arch]
    zig = f"{natives.TOOLS / 'python'} -m ziglang"
    return {
        "LD": " ".join([*natives.rust_tool("gcc-ld/ld.lld"), "-m", emulation]),
        "OBJCOPY": " ".join(natives.rust_tool("rust-objcopy")),
        "AR": f"{zig} ar",
        "DLLTOOL": f"{zig} dlltool",
    }


def pack(platform):
    name = f"cardwire-{reproducible.version()}-{platform.name}"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([HERE / "install.sh", folder, natives.NATIVES / platform.name, platform.os],
                       env={**os.environ, **tools(platform)}, check=True)
        files = {}
        for path in Path(folder).rglob("*"):
            if path.is_symlink():
                files[path.relative_to(folder)] = os.readlink(path)
            elif path.is_file():
                files[path.relative_to(folder)] = path.read_bytes()
        for document, content in documents.of("pkg:generic/cardwire", [platform]).items():
            files[Path("share/licenses/cardwire", document)] = content
    reproducible.write(reproducible.PACKAGES / f"{name}.{platform.archive}",
                       {f"{name}/{path.as_posix()}": content for path, content in files.items()})


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        pack(platforms.find(wanted))
