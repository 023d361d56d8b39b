"""Archives whose bytes follow from what is in them: sorted, of one time, owned by nobody. The time is
SOURCE_DATE_EPOCH, that of the last commit unless it is set."""

import gzip
import io
import os
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "build" / "dist" / "packages"


def epoch():
    """Returns the time that everything in the packages has, in seconds."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    said = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True)
    return int(said.stdout)


def version():
    """Returns the version of the packages, which is that of the workspace."""
    for line in (ROOT / "Cargo.toml").read_text("utf-8").splitlines():
        if line.startswith("version = "):
            return line.split('"')[1]
    raise ValueError("Cargo.toml has no version")


def write(path, files):
    """Writes an archive of the kind that its name ends with. `files` gives the bytes for each name, or for a link
    in a tar the name that it leads to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    make = _zip if path.suffix in (".zip", ".whl", ".jar") else _tar
    # A jar's manifest is looked for at its beginning.
    ordered = sorted(files.items(), key=lambda file: (file[0] != "META-INF/MANIFEST.MF", file[0]))
    path.write_bytes(make(ordered))
    print(path.name, f"{path.stat().st_size:,} bytes", flush=True)


def _mode(name):
    path = Path(name)
    is_program = path.name in ("cardwire", "cardwire.exe")
    is_library = path.suffix in (".dll", ".dylib", ".pyd", ".node") or ".so" in path.suffixes
    return 0o755 if is_program or is_library else 0o644


def _tar(files):
    packed = io.BytesIO()
    # Level and name are set, and the time in the header is none.
    with gzip.GzipFile("", "wb", 9, packed, mtime=0) as compressed, \
            tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.mtime, entry.mode = epoch(), _mode(name)
            if isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
                tar.addfile(entry)
            else:
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _zip(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, time.gmtime(epoch())[:6])
            entry.external_attr, entry.create_system = (0o100000 | _mode(name)) << 16, 3
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return packed.getvalue()
