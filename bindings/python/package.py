#!/usr/bin/env python3
"""Makes the sdist, and the wheel of each platform: package.py [--to FOLDER] PLATFORM|MODULE...

maturin makes the sdist and with it says what stands in the metadata; the wheels hold the modules that were built
with the rest. A MODULE is a file that was built for this machine alone, as its wheel then says."""

import argparse
import base64
import hashlib
import platform as host
import re
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "packaging"))

import documents  # noqa: E402
import natives  # noqa: E402
import platforms  # noqa: E402
import reproducible  # noqa: E402


def maturin():
    """Returns the program beside this interpreter, else that of the tools."""
    beside = Path(sys.executable).with_name("maturin")
    return beside if beside.exists() else natives.TOOLS / "maturin"


def pack_source(into):
    """Writes the sdist and returns its metadata."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([maturin(), "sdist", "--manifest-path", HERE / "Cargo.toml",
                        "--out", folder], check=True, capture_output=True)
        (made,) = Path(folder).iterdir()
        with tarfile.open(made) as archive:
            files = {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}
    name = made.name.removesuffix(".tar.gz")
    files |= {f"{name}/{document}": content for document, content in documents.of("pkg:pypi/cardwire", []).items()}
    reproducible.write(into / made.name, files)
    return files[f"{name}/PKG-INFO"]


def pack_wheel(platform, module, tag, metadata, into):
    name = f"cardwire-{reproducible.version()}"
    about = f"{name}.dist-info"
    files = {f"cardwire/{path.name}": path.read_bytes() for path in (HERE / "python" / "cardwire").iterdir()
             if path.suffix in (".py", ".pyi", ".typed")}
    files[f"cardwire/{platform.python_module}"] = module.read_bytes()
    files[f"{about}/METADATA"] = metadata
    tags = "".join(f"Tag: cp39-abi3-{one}\n" for one in tag.split("."))
    files[f"{about}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: cardwire\nRoot-Is-Purelib: false\n{tags}".encode()
    files[f"{about}/entry_points.txt"] = entry_points()
    for document, content in documents.of("pkg:pypi/cardwire", [platform]).items():
        folder = "sboms" if document == documents.BILL else "licenses"
        files[f"{about}/{folder}/{document}"] = content
    rows = [f"{path},sha256={digest(content)},{len(content)}\n" for path, content in sorted(files.items())]
    files[f"{about}/RECORD"] = "".join([*rows, f"{about}/RECORD,,\n"]).encode()
    reproducible.write(into / f"{name}-cp39-abi3-{tag}.whl", files)


def entry_points():
    """Returns the commands that the package brings, as pip reads them."""
    section = re.search(r"^\[project\.scripts\]\n((?:.+\n)+)", (HERE / "pyproject.toml").read_text("utf-8"), re.M)
    return f"[console_scripts]\n{section[1]}".replace('"', "").encode()


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def this_machine():
    """Returns the platform of this machine, and the tag of what runs on it alone."""
    system = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}[host.system()]
    processor = host.machine().lower().replace("amd64", "x86_64")
    libc = "-musl" if system == "linux" and host.libc_ver()[0] != "glibc" else ""
    tag = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return platforms.find(f"{system}-{processor}{libc}"), tag


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=reproducible.PACKAGES)
    parser.add_argument("wanted", nargs="*", metavar="PLATFORM|MODULE")
    arguments = parser.parse_args()
    metadata = pack_source(arguments.to)
    for wanted in arguments.wanted:
        if Path(wanted).is_file():
            platform, tag = this_machine()
            module = Path(wanted)
        else:
            platform = platforms.find(wanted)
            tag, module = platform.wheel, natives.NATIVES / platform.name / platform.python_module
        pack_wheel(platform, module, tag, metadata, arguments.to)


if __name__ == "__main__":
    main()
