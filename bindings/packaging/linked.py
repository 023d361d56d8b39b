"""Tells what is linked into a package: crates, C and data, with their licences and the texts of these."""

import functools
import json
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import natives
import reproducible

HERE = Path(__file__).resolve().parent
ROOT = natives.ROOT
VERSION = reproducible.version()
#: The crate that is a package's native library, by the type of the package's URL.
CRATES = {"generic": "cardwire-ffi", "maven": "cardwire-ffi", "pypi": "cardwire-python", "npm": "cardwire-node"}
#: The package of Maven that has the command inside, for tests.
KIT = "io.cardwire/cardwire-testing"
TEXT = re.compile(r"((un)?licen[sc]e|copying|notice|copyright)([-._].*)?", re.I)
#: Texts that no crate brings.
TEXTS = HERE / "texts"
#: Folders of a crate whose licences are not about what is linked.
ELSEWHERE = {"tests", "benches", "examples", "doc", "docs", "sqlcipher"}


@dataclass
class Part:
    """One thing that is linked, by its package URL."""

    name: str
    version: str
    purl: str
    licence: str
    sha256: str = ""
    folder: Path | None = None
    #: Who wrote it, for a copyright line.
    authors: str = ""
    #: The files with its notices, of what is no crate.
    notices: tuple = ()
    needs: set = field(default_factory=set)

    @property
    def is_ours(self):
        """Whether the part is a crate of this repository."""
        return self.folder is not None and not self.sha256

    def texts(self):
        """Returns the licence texts that the crate brings. One that offers Apache-2.0 is taken under it."""
        found = []
        for folder, folders, files in os.walk(self.folder):
            folders[:] = sorted(set(folders) - ELSEWHERE)
            names = [name for name in sorted(files) if TEXT.fullmatch(name) and not name.endswith((".rs", ".html"))]
            found += [Path(folder, name) for name in names]
        texts = [(path, path.read_text(errors="replace").replace("\r\n", "\n")) for path in found]
        if "Apache-2.0" in re.split(r" OR |/", self.licence):
            chosen = [(path, text) for path, text in texts if apache(text)]
            notices = [(path, text) for path, text in texts if "notice" in path.name.lower()]
            texts = chosen + notices if chosen else texts
        return [text.strip("\n") for _, text in texts]


def apache(text):
    """Returns what stands before, in and after the terms where a text is the Apache licence; else nothing.

    Some texts hold these terms among others: they are too long before or after them.
    """
    whole = r"(.{,400})(Version 2\.0, January 2004.*END OF TERMS AND CONDITIONS)(.{,1500})"
    found = re.fullmatch(whole, text.strip(), re.S)
    return found.groups() if found else None


@functools.cache
def metadata():
    packages = json.loads(natives.output("cargo", "metadata", "--locked", "--format-version", "1"))["packages"]
    return {(package["name"], package["version"]): package for package in packages}


@functools.cache
def checksums():
    lock = (ROOT / "Cargo.lock").read_text()
    rows = re.findall(r'^name = "(.*)"\nversion = "(.*)"\n(?:source = .*\n)?(?:checksum = "(.*)"\n)?', lock, re.M)
    return {(name, version): checksum for name, version, checksum in rows}


def crate(name, version):
    package = metadata()[name, version]
    return Part(
        name, version, f"pkg:cargo/{name}@{version}", package["license"].replace("/", " OR "),
        checksums()[name, version], Path(package["manifest_path"]).parent,
        ", ".join(package["authors"]) or f"the authors of {name}, {package['repository']}",
    )


@functools.cache
def graph(target):
    """Returns the crates that cargo links for the target, by package URL, without the macros, which run only when
    it builds."""
    packages = [word for name in [*natives.CRATES, natives.COMMAND] for word in ("--package", name)]
    tree = natives.output("cargo", "tree", "--locked", *packages, "--target", target, "--edges", "normal,no-proc-macro",
               "--prefix", "depth", "--format", " {p}")
    parts, above = {}, []
    for line in filter(None, tree.splitlines()):
        depth, name, version = re.match(r"(\d+) (\S+) v(\S+)", line).groups()
        part = crate(name, version)
        part = parts.setdefault(part.purl, part)
        del above[int(depth):]
        if above:
            above[-1].needs.add(part.purl)
        above.append(part)
    return parts


def compiler(targets):
    """Returns what zig, which links for Linux and Windows, brings into a library of its own runtimes."""
    found, folder = [], next(natives.TOOLS.parent.glob("lib/python3*/site-packages/ziglang"), None)
    if folder is None:
        # This machine's own compiler linked, as it does for the tests.
        return found
    if any("linux" in target or "windows" in target for target in targets):
        version = re.search(r"^ziglang==(.*)", (HERE / "requirements.txt").read_text(), re.M)[1]
        found.append(Part("zig-runtime", version, f"pkg:pypi/ziglang@{version}", "MIT", notices=(folder / "LICENSE",)))
    if any("windows" in target for target in targets):
        header = (folder / "lib/libc/include/any-windows-any/_mingw_mac.h").read_text()
        version = re.search(r"define __MINGW64_VERSION_MAJOR (\d+)", header)[1]
        notices = (folder / "lib/libc/mingw/COPYING",)
        found.append(Part("mingw-w64", version, f"pkg:generic/mingw-w64@{version}", "ZPL-2.1", notices=notices))
    return found


def inside(part):
    """Returns what stands in a crate without being one."""
    if part.name == "libsqlite3-sys":
        header = (part.folder / "sqlite3/sqlite3.h").read_text()
        version = re.search(r'#define SQLITE_VERSION +"([\d.]+)"', header)[1]
        return [Part("sqlite", version, f"pkg:generic/sqlite@{version}", "blessing", notices=(TEXTS / "sqlite.txt",))]
    if part.name == "cardwire-issuers":
        notice = (part.folder / "NOTICE").read_text()
        rows = re.findall(r"^(\S+) ([\d.]+), (\w+) package .*\n(\w+) License$", notice, re.M)
        return [Part(name, version, f"pkg:{registry.lower()}/{name}@{version}", licence)
                for name, version, registry, licence in rows]
    if part.name in [*CRATES.values(), natives.COMMAND]:
        version = re.search(r"^release: (\S+)", natives.output("rustc", "--version", "--verbose"), re.M)[1]
        text = TEXTS / "rust-std.txt"
        return [Part("rust-std", version, f"pkg:generic/rust-std@{version}", "Apache-2.0 OR MIT", notices=(text,))]
    return []


def library(purl):
    """Returns the package URL of the crate that is the package's native library, or its program."""
    kind, name = purl.removeprefix("pkg:").split("/", 1)
    crate = natives.COMMAND if name in (natives.COMMAND, KIT) else CRATES[kind]
    return f"pkg:cargo/{crate}@{VERSION}"


def linked(purl, targets):
    """Returns what is linked into a package for its targets, by package URL."""
    parts = {}
    for target in targets:
        crates, seen, waiting = graph(target), set(), [library(purl)]
        while waiting:
            part = crates[waiting.pop()]
            parts.setdefault(part.purl, replace(part, needs=set())).needs.update(part.needs)
            waiting += part.needs - seen
            seen |= part.needs
    for part in list(parts.values()):
        for one in inside(part) + (compiler(targets) if part.purl == library(purl) else []):
            parts[one.purl] = one
            part.needs.add(one.purl)
    return parts
