#!/usr/bin/env python3
"""Builds what is native of every package, once for each platform: natives.py PLATFORM...

Into build/dist/natives/PLATFORM go the C library, shared and static, the modules of Python and Node, and the command,
without debug information and without a path of this machine. One call of cargo makes all of them, so that what they
have in common is compiled once. DIST_PROFILE is cargo's profile, `release` unless it is set."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import platforms

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "build" / "dist"
TOOLS = DIST / "tools" / "bin"
NATIVES = DIST / "natives"
#: Of dist's own: its flags differ from those of the tests, and cargo would build everything anew in turn.
TARGET = DIST / "target"
PROFILE = os.environ.get("DIST_PROFILE", "release")
CRATES = ["cardwire-ffi", "cardwire-python", "cardwire-node"]
COMMAND = "cardwire-cli"


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def rust_tool(name):
    """Returns the words that run a tool of Rust's own compiler, which knows every platform's files."""
    sysroot = output("rustc", "--print", "sysroot")
    host = output("rustc", "--print", "host-tuple")
    # rustc says where LLVM is when it calls them.
    return ["env", f"LD_LIBRARY_PATH={sysroot}/lib", f"{sysroot}/lib/rustlib/{host}/bin/{name}"]


def renamed_paths():
    """Returns what stands in the libraries in place of this machine's folders."""
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    source = Path(output("rustc", "--print", "sysroot"), "lib", "rustlib", "src", "rust")
    # The last that fits counts; the folders in `src` are named for the registry that they came from.
    return [(home, "cargo"), *((folder, "crates") for folder in sorted((home / "registry" / "src").iterdir())),
            (source, "rust"), (ROOT, "cardwire")]


def c_flags(platform):
    """Returns the flags of the C that is built along: SQLite, ring, and a little of ours. Rust has no such flags."""
    hardened = ["-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"]
    if platform.os == "linux":
        hardened.append({"x86_64": "-fcf-protection=full", "aarch64": "-mbranch-protection=standard"}[platform.arch])
    return " ".join([*(f"-ffile-prefix-map={path}={name}" for path, name in renamed_paths()), *hardened])


def environment(platform, alone=False):
    """Returns what cargo is told; `alone` is for a program that needs no library of the system's."""
    flags = [f"--remap-path-prefix={path}={name}" for path, name in renamed_paths()]
    if platform.libc == "musl" and not alone:
        # Otherwise a shared library cannot be made for it.
        flags.append("-Ctarget-feature=-crt-static")
    if platform.libc == "musl" and alone:
        # zig links a program that cannot be moved otherwise.
        flags += ["-Clink-arg=-static-pie", "-Clink-arg=-pie"]
    if platform.os == "macos":
        # What Python and Node bring along is found when they load the module.
        flags += ["-Clink-arg=-undefined", "-Clink-arg=dynamic_lookup"]
    more = {}
    if platform.os == "windows":
        more["LIBNODE_PATH"] = str(no_libnode())
        more["CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER"] = str(Path(__file__).with_name("link-windows.sh"))
    underscored = platform.rust.replace("-", "_")
    return {
        **os.environ,
        "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
        # Other flags: cargo would build everything anew in turn.
        "CARGO_TARGET_DIR": str(TARGET / "alone" if alone else TARGET),
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        f"CFLAGS_{underscored}": c_flags(platform),
        "MACOSX_DEPLOYMENT_TARGET": platforms.MACOS,
        # The stable interface needs no interpreter to be built against, and no library of Python's to be linked.
        "PYO3_BUILD_EXTENSION_MODULE": "1",
        "PYO3_NO_PYTHON": "1",
        **more,
    }


def no_libnode():
    """Returns a folder with a library of Node's that is empty: napi's build wants one for the GNU interface, and the
    module finds Node's functions in the process that loads it."""
    folder = DIST / "libnode"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("libnode.dll", "libnode.dll.a", "libnode.a"):
        (folder / name).write_bytes(b"!<arch>\n")
    return folder


def build(platform):
    """Builds everything of a platform."""
    if shutil.which("rustup"):
        installed = output("rustup", "target", "list", "--installed").split()
        if platform.rust not in installed:
            subprocess.run(["rustup", "target", "add", platform.rust], cwd=ROOT, check=True)
    subprocess.run(["cargo", "fetch", "--quiet", "--locked"], cwd=ROOT, check=True)
    built = cargo(platform, CRATES, "--lib")
    into = NATIVES / platform.name
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    shutil.copy(built / "libcardwire.a", into)
    for crate, name in [("cardwire", platform.shared), ("cardwire_python", platform.python_module),
                        ("cardwire_node", platform.node_module)]:
        file = shutil.copy(built / platform.built_as(crate), into / name)
        strip(platform, file)
    if platform.command:
        alone = platform.libc == "musl"
        built = cargo(platform, [COMMAND], "--bins", alone=alone)
        strip(platform, shutil.copy(built / platform.command, into))


def cargo(platform, crates, what, alone=False):
    """Builds crates and returns the folder that they are in."""
    command = ["cargo", "build"] if platform.os == "macos" else [str(TOOLS / "cargo-zigbuild"), "zigbuild"]
    target = platform.rust if platform.os == "macos" else platform.zig
    packages = [word for crate in crates for word in ("--package", crate)]
    told = environment(platform, alone)
    subprocess.run([*command, "--quiet", "--locked", "--profile", PROFILE, what, "--target", target, *packages],
                   cwd=ROOT, env=told, check=True)
    return Path(told["CARGO_TARGET_DIR"], platform.rust, PROFILE)


def strip(platform, file):
    command = ["strip", "-x"] if platform.os == "macos" else [*rust_tool("rust-objcopy"), "--strip-all"]
    subprocess.run([*command, file], check=True)


def main(names):
    for name in names:
        print(f"natives of {name}", flush=True)
        build(platforms.find(name))


if __name__ == "__main__":
    main(sys.argv[1:])
