#!/usr/bin/env python3
"""Makes the packages for tests of programs: the wheel and the jar of cardwire-testing. Node's is in its package."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "packaging"))

import documents  # noqa: E402
import linked  # noqa: E402
import natives  # noqa: E402
import platforms  # noqa: E402
import reproducible  # noqa: E402

#: Makes a wheel in the working folder, and prints its name.
BUILD_WHEEL = "import sys; from flit_core import buildapi; print(buildapi.build_wheel(sys.argv[1]))"


def contents(archive):
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist() if not name.endswith("/")}


def fresh(name):
    folder = natives.DIST / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def pack_wheel():
    folder = fresh("testing-python")
    folder.mkdir(parents=True)
    made = subprocess.run([natives.TOOLS / "python", "-c", BUILD_WHEEL, folder], cwd=HERE / "python", check=True,
                          capture_output=True, text=True).stdout.strip()
    reproducible.write(reproducible.PACKAGES / made, contents(folder / made))


def commands():
    """Returns what the jar has beside its classes: the command of every platform that was built, and the documents."""
    built = {one: natives.NATIVES / one.name / one.command for one in platforms.PLATFORMS if one.command}
    built = {one: command for one, command in built.items() if command.exists()}
    files = {one.jar_command: command.read_bytes() for one, command in built.items()}
    papers = documents.of(f"pkg:maven/{linked.KIT}", built)
    return files | {f"META-INF/{name}": content for name, content in papers.items()}


def pack_jar():
    """Compiles copies, so that the jars of the tests, which have this platform's command, stay."""
    folder = fresh("testing-java")
    for part in ("java", "testing/java"):
        shutil.copytree(HERE.parent / part, folder / part, ignore=shutil.ignore_patterns("target"))
    subprocess.run(["mvn", "-q", "-B", "-ntp", "-f", "reactor.xml", "package", "javadoc:jar", "-Dmaven.test.skip",
                    "-Denforcer.skip", "-Dcardwire.target=none", "-Dnotimestamp"],
                   cwd=folder / "testing/java", check=True)
    name = f"cardwire-testing-{reproducible.version()}"
    licence = {"META-INF/LICENSE": (HERE / "java" / "LICENSE").read_bytes()}
    for end, more in ((".jar", commands()), ("-sources.jar", licence), ("-javadoc.jar", licence)):
        files = contents(folder / "testing/java/target" / f"{name}{end}")
        reproducible.write(reproducible.PACKAGES / f"{name}{end}", files | more)
    shutil.copy(HERE / "java" / "pom.xml", reproducible.PACKAGES / f"{name}.pom")


if __name__ == "__main__":
    pack_wheel()
    pack_jar()
