#!/usr/bin/env python3
"""The platforms that packages are made for, and how each language and tool names them. Run by itself it
prints the names of those that this machine can build."""

import platform as host
import sys
from dataclasses import dataclass

#: The oldest systems that the libraries run on: Rust's own standard library asks for this glibc, and the
#: arm64 macOS begins with that version.
GLIBC = "2.17"
MACOS = "11.0"


@dataclass(frozen=True)
class Platform:
    """One row of `PLATFORMS`."""

    name: str
    rust: str
    os: str
    arch: str
    #: The C library of a Linux: "glibc" or "musl"; empty elsewhere.
    libc: str
    #: The tag of a wheel: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
    wheel: str
    #: The end of the npm package's name, as napi names platforms.
    npm: str
    #: The folder of the library in the jar: JNA's own name, and one of ours for musl, which JNA does not tell apart.
    jna: str

    @property
    def zig(self):
        """What cargo-zigbuild calls the target."""
        return f"{self.rust}.{GLIBC}" if self.libc == "glibc" else self.rust

    @property
    def shared(self):
        """The file of the C library, as cargo names it."""
        return {"linux": "libcardwire.so", "macos": "libcardwire.dylib", "windows": "cardwire.dll"}[self.os]

    @property
    def python_module(self):
        return "_native.pyd" if self.os == "windows" else "_native.abi3.so"

    @property
    def node_module(self):
        return f"cardwire.{self.npm}.node"

    @property
    def command(self):
        """The file of the command; none where another platform's serves: on Linux it has musl linked in, and runs
        with any C library."""
        if self.libc == "glibc":
            return None
        return "cardwire.exe" if self.os == "windows" else "cardwire"

    @property
    def jar_command(self):
        """The command's path in the jar for tests, the same for all C libraries."""
        return self.jna.removesuffix("-musl") + ("/cardwire.exe" if self.os == "windows" else "/cardwire")

    @property
    def system(self):
        """The name without the C library."""
        return self.name.removesuffix("-musl")

    @property
    def archive(self):
        """The end of the C archive's name."""
        return "zip" if self.os == "windows" else "tar.gz"

    def built_as(self, crate):
        """The file that cargo makes of the cdylib of a crate."""
        return {"linux": f"lib{crate}.so", "macos": f"lib{crate}.dylib", "windows": f"{crate}.dll"}[self.os]


def _linux(arch, libc, npm):
    # The second is what pip called the same before 20.3.
    glibc = f"manylinux_{GLIBC.replace('.', '_')}_{arch}.manylinux2014_{arch}"
    return Platform(
        name=f"linux-{arch}" + ("" if libc == "glibc" else "-musl"),
        rust=f"{arch}-unknown-linux-" + ("gnu" if libc == "glibc" else "musl"),
        os="linux",
        arch=arch,
        libc=libc,
        wheel=glibc if libc == "glibc" else f"musllinux_1_2_{arch}",
        npm=npm,
        jna="linux-" + arch.replace("_", "-") + ("" if libc == "glibc" else "-musl"),
    )


def _macos(arch, name, npm):
    tag = f"macosx_{MACOS.replace('.', '_')}_{name}"
    return Platform(f"macos-{name}", f"{arch}-apple-darwin", "macos", arch, "", tag, npm,
                    "darwin-" + arch.replace("_", "-"))


PLATFORMS = [
    _linux("x86_64", "glibc", "linux-x64-gnu"),
    _linux("aarch64", "glibc", "linux-arm64-gnu"),
    _linux("x86_64", "musl", "linux-x64-musl"),
    _linux("aarch64", "musl", "linux-arm64-musl"),
    # napi's "msvc" is the Node that everybody has, which was built with it; the module needs nothing of it.
    Platform("windows-x86_64", "x86_64-pc-windows-gnu", "windows", "x86_64", "", "win_amd64", "win32-x64-msvc",
             "win32-x86-64"),
    _macos("x86_64", "x86_64", "darwin-x64"),
    _macos("aarch64", "arm64", "darwin-arm64"),
]


def find(name):
    """Returns the platform of that name."""
    for platform in PLATFORMS:
        if platform.name == name:
            return platform
    sys.exit(f"no platform {name!r}: there are {', '.join(platform.name for platform in PLATFORMS)}")


def buildable():
    """Returns the platforms that this machine can build. Those of macOS need Apple's own system, whose
    frameworks come with its compiler alone."""
    on_macos = host.system() == "Darwin"
    return [platform for platform in PLATFORMS if (platform.os == "macos") == on_macos]


if __name__ == "__main__":
    print(*(platform.name for platform in buildable()))
