#!/usr/bin/env python3
"""Runs every program of the given pages against the sandbox, as it stands there.

Usage: run.py --built DIR --prefix DIR --python PROGRAM --node-package DIR --class-path PATH PAGE...

A PAGE is a Markdown file, or a folder of which every Markdown file is meant.

A fenced block in rust, c, cpp, python, js or java is one program. It runs in a folder that holds
`cardwire.json`, a configuration for the sandbox, and `card.jpg`, a photo of an invented card.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(rust|c|cpp|python|js|java)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pkg_config(prefix: pathlib.Path) -> list[str]:
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    command = ["pkg-config", "--cflags", "--libs", "cardwire"]
    flags = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return [*flags.stdout.split(), f"-Wl,-rpath,{prefix}/lib"]


def commands(language: str, folder: pathlib.Path, options: argparse.Namespace) -> list[list[str]]:
    """The commands that compile and run the program of that language in its folder."""
    if language == "rust":
        built = options.built
        rustc = ["rustc", "--edition", "2024", "-L", f"dependency={built}/deps"]
        library = ["--extern", f"cardwire={built}/libcardwire.rlib"]
        return [[*rustc, *library, "-o", "program", "program.rs"], ["./program"]]
    if language == "c":
        cc = [os.environ.get("CC", "cc"), "-std=c99", "-Wall", "-Wextra", "-Werror"]
        return [[*cc, "-o", "program", "program.c", *pkg_config(options.prefix)], ["./program"]]
    if language == "cpp":
        cxx = [os.environ.get("CXX", "c++"), "-std=c++17", "-Wall", "-Wextra", "-Werror"]
        return [[*cxx, "-o", "program", "program.cpp", *pkg_config(options.prefix)], ["./program"]]
    if language == "python":
        return [[options.python, "program.py"]]
    if language == "js":
        modules = folder / "node_modules"
        modules.mkdir()
        (modules / "cardwire").symlink_to(options.node_package, target_is_directory=True)
        return [["node", "program.mjs"]]
    return [["java", "-cp", options.class_path, "Program.java"]]


NAMES = {
    "rust": "program.rs",
    "c": "program.c",
    "cpp": "program.cpp",
    "python": "program.py",
    "js": "program.mjs",
    "java": "Program.java",
}


def pages(named: list[pathlib.Path]) -> list[pathlib.Path]:
    return [page for path in named for page in (sorted(path.rglob("*.md")) if path.is_dir() else [path])]


def absolute_class_path(text: str) -> str:
    return os.pathsep.join(os.path.abspath(entry) for entry in text.split(os.pathsep))


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("built", "prefix", "node-package"):
        parser.add_argument(f"--{name}", type=lambda text: pathlib.Path(text).resolve(), required=True)
    # Not resolved: a virtual environment is known by the name of its interpreter.
    parser.add_argument("--python", type=os.path.abspath, required=True)
    parser.add_argument("--class-path", type=absolute_class_path, required=True)
    parser.add_argument("page", nargs="+", type=pathlib.Path)
    options = parser.parse_args()

    sandbox = subprocess.Popen(
        [options.built / "cardwire-sandbox", "--exit-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    config = sandbox.stdout.readline()
    passed = failed = 0
    try:
        for page in pages(options.page):
            for number, (language, program) in enumerate(BLOCK.findall(page.read_text()), 1):
                label = f"{page.resolve().relative_to(ROOT)}, program {number} ({language})"
                folder = ROOT / "build" / "readme" / re.sub(r"\W+", "-", label)
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                (folder / "cardwire.json").write_text(config)
                shutil.copy(ROOT / "tests/images/icbc-debit.jpg", folder / "card.jpg")
                (folder / NAMES[language]).write_text(program)
                for command in commands(language, folder, options):
                    run = subprocess.run(
                        command, cwd=folder, capture_output=True, text=True, timeout=300
                    )
                    if run.returncode != 0:
                        failed += 1
                        print(f"{label}: {command[0]}\n{run.stdout}{run.stderr}")
                        break
                else:
                    passed += 1
    finally:
        sandbox.stdin.close()
        sandbox.wait(timeout=10)
    print(f"Pages: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
