#!/usr/bin/env python3
"""Makes the sdist, and the wheel of each platform: package.py PLATFORM...

maturin makes the sdist and with it says what stands in the metadata; the wheels hold the modules that were built
with the rest."""

import base64
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "packaging"))

import documents  # noqa: E402
import natives  # noqa: E402
import platforms  # noqa: E402
import reproducible  # noqa: E402


def pack_source():
    """Writes the sdist and returns its metadata."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([natives.TOOLS / "maturin", "sdist", "--manifest-path", HERE / "Cargo.toml",
                        "--out", folder], check=True, capture_output=True)
        (made,) = Path(folder).iterdir()
        with tarfile.open(made) as archive:
            files = {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}
    name = made.name.removesuffix(".tar.gz")
    files |= {f"{name}/{document}": content for document, content in documents.of("pkg:pypi/cardwire", []).items()}
    reproducible.write(reproducible.PACKAGES / made.name, files)
    return files[f"{name}/PKG-INFO"]


def pack_wheel(platform, metadata):
    name = f"cardwire-{reproducible.version()}"
    about = f"{name}.dist-info"
    files = {f"cardwire/{path.name}": path.read_bytes() for path in (HERE / "python" / "cardwire").iterdir()
             if path.suffix in (".py", ".pyi", ".typed")}
    module = natives.NATIVES / platform.name / platform.python_module
    files[f"cardwire/{module.name}"] = module.read_bytes()
    files[f"{about}/METADATA"] = metadata
    tags = "".join(f"Tag: cp39-abi3-{tag}\n" for tag in platform.wheel.split("."))
    files[f"{about}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: cardwire\nRoot-Is-Purelib: false\n{tags}".encode()
    files[f"{about}/entry_points.txt"] = entry_points()
    for document, content in documents.of("pkg:pypi/cardwire", [platform]).items():
        folder = "sboms" if document == documents.BILL else "licenses"
        files[f"{about}/{folder}/{document}"] = content
    rows = [f"{path},sha256={digest(content)},{len(content)}\n" for path, content in sorted(files.items())]
    files[f"{about}/RECORD"] = "".join([*rows, f"{about}/RECORD,,\n"]).encode()
    reproducible.write(reproducible.PACKAGES / f"{name}-cp39-abi3-{platform.wheel}.whl", files)


def entry_points():
    """Returns the commands that the package brings, as pip reads them."""
    section = re.search(r"^\[project\.scripts\]\n((?:.+\n)+)", (HERE / "pyproject.toml").read_text("utf-8"), re.M)
    return f"[console_scripts]\n{section[1]}".replace('"', "").encode()


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    metadata = pack_source()
    for wanted in sys.argv[1:]:
        pack_wheel(platforms.find(wanted), metadata)
