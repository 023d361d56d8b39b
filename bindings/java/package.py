#!/usr/bin/env python3
"""Makes the jar, with the library of every platform that was built, and what a Maven repository has beside it: the
pom, and jars of the sources and of the documentation."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "packaging"))

import documents  # noqa: E402
import natives  # noqa: E402
import platforms  # noqa: E402
import reproducible  # noqa: E402


def compile_copy():
    """Compiles a copy, so that the jar of the tests, which has one platform's library, stays. Returns its folder."""
    copy = natives.DIST / "java"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("target"))
    subprocess.run(["mvn", "-q", "-B", "-ntp", "package", "javadoc:jar", "-Dmaven.test.skip", "-Denforcer.skip",
                    "-Dcardwire.target=none", "-Dnotimestamp"], cwd=copy, check=True)
    return copy / "target"


def contents(jar):
    with zipfile.ZipFile(jar) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def pack():
    jars = compile_copy()
    into = reproducible.PACKAGES
    name = f"cardwire-{reproducible.version()}"
    for part in ("sources", "javadoc"):
        files = contents(jars / f"{name}-{part}.jar") | {"META-INF/LICENSE": (HERE / "LICENSE").read_bytes()}
        reproducible.write(into / f"{name}-{part}.jar", files)
    files = contents(jars / f"{name}.jar")
    built = {platform: natives.NATIVES / platform.name / platform.shared for platform in platforms.PLATFORMS}
    built = {platform: library for platform, library in built.items() if library.exists()}
    for platform, library in built.items():
        files[f"{platform.jna}/{platform.shared}"] = library.read_bytes()
    for document, content in documents.of("pkg:maven/io.cardwire/cardwire", built).items():
        files[f"META-INF/{document}"] = content
    reproducible.write(into / f"{name}.jar", files)
    shutil.copy(HERE / "pom.xml", into / f"{name}.pom")


if __name__ == "__main__":
    pack()
