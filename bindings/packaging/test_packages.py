#!/usr/bin/env python3
"""Runs the packages that were made, each on its platform or under what stands for it, and prints a table:
test_packages.py [--sandbox PROGRAM] PLATFORM...

Each package is unpacked into a folder of its own. The program that its language has under examples/ reads a photo
by way of the sandbox, and is refused one without a card. A package that fails ends this with an error; one for which
a program is missing here is told."""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import natives
import platforms
import reproducible
import runtimes

ROOT = natives.ROOT
TRIALS = natives.DIST / "trials"
PACKAGES = reproducible.PACKAGES
IMAGES = ROOT / "tests" / "images"
NAME = f"cardwire-{reproducible.version()}"


class Failed(Exception):
    """A package does not do what it is there for."""


def run(command, **more):
    # Into a file: under wine Node cannot write into a pipe.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=said,
                              stderr=subprocess.STDOUT, timeout=600, **more)
        said.seek(0)
        return done.returncode, said.read()


def make(command, **more):
    status, said = run(command, **more)
    if status:
        raise Failed(f"{' '.join(map(str, command))}: {said}")
    return said


def unpack(package, into):
    """Returns a new folder with what is in a package."""
    if not package.exists():
        raise runtimes.Missing(f"no {package.name}")
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    if package.suffix in (".zip", ".whl"):
        zipfile.ZipFile(package).extractall(into)
    else:
        with tarfile.open(package) as archive:
            archive.extractall(into)
    return into


def environment(platform, **more):
    quiet = runtimes.wine_environment() if platform.os == "windows" else {}
    return os.environ | quiet | {"PYTHONUTF8": "1"} | more


def reads_and_refuses(command, sandbox, env):
    """Runs a language's program with a photo of a card, and with one without."""
    def call(photo):
        return run([*command, sandbox, IMAGES / photo, "recognize", "wechat"], env=env)

    status, said = call("icbc-debit.jpg")
    if status or '622202*********0000' not in said or '"billed":"yes"' not in said.replace('": "', '":"'):
        raise Failed(f"{' '.join(map(str, command))} gave {status}: {said}")
    status, said = call("text.jpg")
    if "invalid_argument" not in said or "image: " not in said:
        raise Failed(f"{' '.join(map(str, command))} refused nothing ({status}): {said}")


def compiler(platform, folder):
    """Returns a C compiler for a platform, as a program, which CMake wants, and what it has to be told to link."""
    if runtimes.is_host(platform):
        return "cc", []
    path = folder / "cc"
    target = platform.zig.replace("-unknown", "").replace("-pc", "")
    # Programs for musl are static unless told.
    dynamic = "-dynamic" if platform.libc == "musl" else ""
    path.write_text(f'#!/bin/sh\nexec "{natives.TOOLS}/python" -m ziglang cc -target {target} {dynamic} "$@"\n')
    path.chmod(0o755)
    # gcc finds its own by itself.
    return path, ["-lunwind"]


def test_c(platform, sandbox):
    folder = TRIALS / platform.name / "c"
    prefix = unpack(PACKAGES / f"{NAME}-{platform.name}.{platform.archive}", folder) / f"{NAME}-{platform.name}"
    before, how = runtimes.runner(platform)
    cc, more = compiler(platform, folder)
    end = ".exe" if platform.os == "windows" else ""
    env = environment(platform, PKG_CONFIG_LIBDIR=str(prefix / "lib" / "pkgconfig"))
    if end:
        shutil.copy(prefix / "bin" / platform.shared, folder)
    for kind in ("cardwire", "cardwire-static"):
        flags = make(["pkg-config", "--cflags", "--libs", kind], env=env).split()
        program = folder / f"{kind}{end}"
        path = [] if end else [f"-Wl,-rpath,{prefix / 'lib'}"]
        make([cc, ROOT / "tests/c/examples/recognize_and_verify.c", "-o", program, *flags, *path, *more])
        reads_and_refuses([*before, program], sandbox, env)
    built, programs, cross = folder / "cmake", ["shared", "static", "classes"], []
    if not runtimes.is_host(platform):
        # zig would compile its C++ library for each platform, for minutes.
        programs.remove("classes")
        system = {"linux": "Linux", "macos": "Darwin", "windows": "Windows"}[platform.os]
        cross = [f"-DCMAKE_SYSTEM_NAME={system}", "-DCLASSES=OFF", f"-DCMAKE_C_STANDARD_LIBRARIES={' '.join(more)}"]
    make(["cmake", "-S", ROOT / "tests/c/package", "-B", built, f"-DCMAKE_PREFIX_PATH={prefix}",
          "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_C_COMPILER={cc}", *cross])
    make(["cmake", "--build", built])
    if end:
        shutil.copy(prefix / "bin" / platform.shared, built)
    for name in programs:
        said = make([*before, built / f"{name}{end}"], env=env)
        if said.strip() != f"cardwire {reproducible.version()}":
            raise Failed(f"CMake's {name} says {said}")
    return how


def test_python(platform, sandbox):
    folder = TRIALS / platform.name / "python"
    package = PACKAGES / f"{NAME}-cp39-abi3-{platform.wheel}.whl"
    unpack(package, folder)
    before, how = runtimes.runner(platform)
    env = environment(platform, PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1")
    program = ROOT / "bindings/python/examples/demo.py"
    reads_and_refuses([*before, runtimes.python(platform), program], sandbox, env)
    return how


def test_node(platform, sandbox):
    folder = TRIALS / platform.name / "node"
    for name in ("cardwire", f"cardwire-{platform.npm}"):
        unpacked = unpack(PACKAGES / f"{name}-{reproducible.version()}.tgz", folder / "node_modules" / name)
        for path in (unpacked / "package").iterdir():
            path.rename(unpacked / path.name)
    before, how = runtimes.runner(platform)
    loader = Path(f"/lib/ld-musl-{platform.arch}.so.1")
    if platform.libc == "musl" and not loader.exists():
        # The package takes a system without it for one with glibc, and qemu asks this machine whether a file is there.
        raise runtimes.Missing(f"no {loader}")
    program = shutil.copy(ROOT / "bindings/node/examples/demo.js", folder)
    reads_and_refuses([*before, runtimes.node(platform), program], sandbox, environment(platform))
    return how


def jar_with(name, file):
    """Returns a jar that has a platform's file."""
    jar = PACKAGES / name
    with zipfile.ZipFile(jar) as archive:
        if file not in archive.namelist():
            raise runtimes.Missing(f"nothing in {jar.name}")
    return jar


def java_folder(jar):
    """Returns a folder with what the jar needs, and Java's program."""
    folder = TRIALS / "java"
    if not folder.exists():
        make(["mvn", "-q", "-B", "-ntp", "dependency:copy-dependencies", "-DincludeScope=runtime",
              f"-DoutputDirectory={folder}"], cwd=ROOT / "bindings/java")
        path = os.pathsep.join(map(str, [jar, *folder.glob("*.jar")]))
        make(["javac", "--release", "17", "--module-path", path, "--add-modules", "io.cardwire", "-d", folder,
              ROOT / "bindings/java/examples/Demo.java"])
    return folder


def test_java(platform, sandbox):
    jar = jar_with(f"{NAME}.jar", f"{platform.jna}/{platform.shared}")
    before, how = runtimes.runner(platform)
    java = runtimes.java(platform)
    folder = java_folder(jar)
    # As a module, and on the class path, where everything is read by everybody.
    between = ";" if platform.os == "windows" else ":"
    path = between.join(map(str, [jar, *sorted(folder.glob("*.jar"))]))
    env = environment(platform)
    reads_and_refuses([*before, java, "--module-path", path, "--add-modules", "io.cardwire", "-cp", folder, "Demo"],
                      sandbox, env)
    reads_and_refuses([*before, java, "-cp", f"{path}{between}{folder}", "Demo"], sandbox, env)
    return how


#: Reads a card in the sandbox of the jar for tests.
KIT = """
import io.cardwire.*;
import io.cardwire.testing.Sandbox;

class Kit {
    public static void main(String[] arguments) {
        try (Sandbox sandbox = new Sandbox(); Client client = sandbox.client()) {
            System.out.println(client.recognize(sandbox.cardPhoto()).cardNumber() + ", billed " + sandbox.billed());
        }
    }
}
"""


def test_kit(platform, _):
    """Runs the command of the jar for tests, with nothing that names another."""
    if not runtimes.is_host(platform):
        raise runtimes.Missing("a Java that starts programs")
    jar = jar_with(f"{NAME}.jar", f"{platform.jna}/{platform.shared}")
    kit = jar_with(f"cardwire-testing-{reproducible.version()}.jar", platform.jar_command)
    program = TRIALS / "Kit.java"
    program.write_text(KIT)
    path = os.pathsep.join(map(str, [jar, kit, *java_folder(jar).glob("*.jar")]))
    env = environment(platform)
    env.pop("CARDWIRE_SANDBOX", None)
    said = make([runtimes.java(platform), "-cp", path, program], env=env)
    if said.strip() != "6222020000000000000, billed 1":
        raise Failed(f"{kit.name} says {said}")
    return "as it is"


def test_go(platform, sandbox):
    """Has `go get` take the module from a proxy that is a folder, and builds it with the C library of the platform."""
    go = runtimes.program("go")
    version = f"v{reproducible.version()}"
    module = PACKAGES / f"cardwire-go-{reproducible.version()}.zip"
    if not module.exists():
        raise runtimes.Missing(f"no {module.name}")
    folder = TRIALS / platform.name / "go"
    prefix = unpack(PACKAGES / f"{NAME}-{platform.name}.{platform.archive}", folder) / f"{NAME}-{platform.name}"
    served = folder / "proxy" / "cardwire.io/cardwire/@v"
    served.mkdir(parents=True)
    shutil.copy(module, served / f"{version}.zip")
    (served / "list").write_text(f"{version}\n")
    (served / f"{version}.info").write_text(json.dumps({"Version": version}))
    (served / f"{version}.mod").write_bytes((ROOT / "bindings/go/go.mod").read_bytes())
    shutil.copy(ROOT / "bindings/go/examples/demo.go", folder)
    before, how = runtimes.runner(platform)
    cc, more = compiler(platform, folder)
    end = ".exe" if platform.os == "windows" else ""
    path = [] if end else [f"-Wl,-rpath,{prefix / 'lib'}"]
    env = environment(
        platform, CGO_ENABLED="1", CC=str(cc), CGO_LDFLAGS=" ".join([*path, *more]), GOOS=platform.os,
        GOARCH={"x86_64": "amd64", "aarch64": "arm64"}[platform.arch], PKG_CONFIG_LIBDIR=str(prefix / "lib/pkgconfig"),
        GOPROXY=served.parents[2].as_uri(), GONOSUMDB="*", GOFLAGS="-mod=mod -modcacherw", GOWORK="off",
        GOMODCACHE=str(folder / "modules"))
    make([go, "mod", "init", "trial"], cwd=folder, env=env)
    make([go, "get", f"cardwire.io/cardwire@{version}"], cwd=folder, env=env)
    if end:
        shutil.copy(prefix / "bin" / platform.shared, folder)
    for kind, tags in (("shared", ""), ("static", "cardwire_static")):
        program = folder / f"{kind}{end}"
        make([go, "build", "-tags", tags, "-o", program, "demo.go"], cwd=folder, env=env)
        reads_and_refuses([*before, program], sandbox, env)
    return how


def test_shell(platform, sandbox):
    name = f"cardwire-cli-{reproducible.version()}-{platform.system}"
    folder = unpack(PACKAGES / f"{name}.{platform.archive}", TRIALS / platform.name / "shell") / name
    (program,) = (path for path in folder.iterdir() if path.stem == "cardwire")
    before, how = runtimes.runner(platform, alone=True)

    def call(photo):
        more = ["--config", sandbox, "--json", "recognize", IMAGES / photo, "--vendor", "wechat"]
        return run([*before, program, *more], env=environment(platform))

    status, said = call("icbc-debit.jpg")
    if status or '"card_number":"622202*********0000"' not in said:
        raise Failed(f"{program} gave {status}: {said}")
    status, said = call("text.jpg")
    if status != 2 or "invalid_argument" not in said:
        raise Failed(f"{program} refused nothing ({status}): {said}")
    return how


LANGUAGES = {"C": test_c, "Python": test_python, "Node": test_node, "Java": test_java, "JUnit": test_kit, "Go": test_go,
             "shell": test_shell}


@contextlib.contextmanager
def sandbox(program):
    """Runs the sandbox and gives the file with its configuration."""
    config = TRIALS / "sandbox.json"
    with subprocess.Popen([program, "--exit-with-stdin", "--config-file", config], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        while not process.stdout.readline().startswith("admin "):
            pass
        yield config
        process.stdin.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox", default=os.environ.get("CARDWIRE_SANDBOX"), required=False)
    parser.add_argument("platforms", nargs="+", type=platforms.find)
    arguments = parser.parse_args()
    shutil.rmtree(TRIALS, ignore_errors=True)
    TRIALS.mkdir(parents=True)
    rows, failures = [["platform", *LANGUAGES], ["---"] * (1 + len(LANGUAGES))], []
    with sandbox(arguments.sandbox) as config:
        for platform in arguments.platforms:
            row = [platform.name]
            for language, test in LANGUAGES.items():
                try:
                    row.append(f"run: {test(platform, config)}")
                except runtimes.Missing as missing:
                    row.append(f"not run: {missing}")
                except (Failed, subprocess.SubprocessError) as failure:
                    failures.append(f"{platform.name}, {language}: {failure}")
                    row.append("FAILED")
                print(f"{platform.name}, {language}: {row[-1]}", flush=True)
            rows.append(row)
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    (natives.DIST / "table.md").write_text(table, "utf-8")
    print(table)
    sys.exit("\n".join(failures) or None)


if __name__ == "__main__":
    main()
