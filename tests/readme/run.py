#!/usr/bin/env python3
"""Runs what stands in fences on the given pages, as it stands there, against the sandbox: see README.md beside this.

Usage: run.py --built DIR --prefix DIR --python PROGRAM --wheel FILE --node-package DIR --class-path PATH
              [--only heavy|light] PAGE...
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import venv
from typing import NamedTuple, Optional

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/readme"
FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(<?(?!https?:|mailto:|#)([^)#>\s]+)")
TARGET = re.compile(r"`make ([a-z-]+)")
PORT = re.compile(r"127\.0\.0\.1:(\d+)")
NAMES = {
    "rust": "program.rs",
    "c": "program.c",
    "cpp": "program.cpp",
    "python": "program.py",
    "js": "program.mjs",
    "java": "Program.java",
    "go": "program.go",
}
# Pages that fetch more than some megabytes.
HEAVY = {ROOT / "docs/recipes/spring-boot.md"}

# `make` is only asked whether it knows the target: its targets are suites of their own. cargo uses what is built.
# A server that was started in the background is waited for.
SHELL = f"""set -euo pipefail
make() {{ command make --no-print-directory -C {ROOT} -n "$@" > /dev/null; }}
cargo() {{ local command=$1; shift; command cargo "$command" --quiet --profile ci "$@"; }}
curl() {{ command curl --retry 60 --retry-delay 1 --retry-connrefused "$@"; }}
"""


class Fence(NamedTuple):
    language: str
    title: str
    text: str
    output: Optional[str]
    """What the page says it writes: the fence of plain text that follows."""


def fences(page: pathlib.Path) -> list[Fence]:
    found = [match.groups(default="") for match in FENCE.finditer(page.read_text())]
    following = [*found[1:], ("", "", "")]
    return [
        Fence(language, title, text, after[2] if after[0] == "text" else None)
        for (language, title, text), after in zip(found, following)
    ]


class Runner:
    def __init__(self, options: argparse.Namespace, config: str) -> None:
        self.options = options
        self.config = config
        self.passed = self.failed = 0
        self.programs: dict[tuple[str, str, Optional[str]], Optional[str]] = {}

    def page(self, page: pathlib.Path) -> None:
        name = str(page.relative_to(ROOT))
        session = []
        for number, fence in enumerate(fences(page), 1):
            label = f"{name}, fence {number} ({fence.language})"
            if fence.title or fence.language == "sh":
                session.append(fence)
            elif fence.language in NAMES:
                self.count(label, self.program(label, fence))
            elif fence.language == "json" and "vendors" in json.loads(fence.text):
                self.count(label, self.configuration(json.loads(fence.text)))
        if session:
            self.count(f"{name}, its commands", self.session(name, session))

    def count(self, label: str, problem: Optional[str]) -> None:
        self.passed += problem is None
        self.failed += problem is not None
        if problem is not None:
            print(f"FAILED: {label}\n{problem}")

    def folder(self, label: str) -> pathlib.Path:
        """An empty folder with a configuration for the sandbox and a photo of an invented card."""
        folder = BUILD / re.sub(r"\W+", "-", label)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "cardwire.json").write_text(self.config)
        shutil.copy(ROOT / "tests/images/icbc-debit.jpg", folder / "card.jpg")
        return folder

    def program(self, label: str, fence: Fence) -> Optional[str]:
        """What is wrong with a program: one that a page before has too, but for its comments, was run there."""
        key = (fence.language, without_comments(fence), fence.output)
        if key not in self.programs:
            self.programs[key] = self.run(label, fence)
        return self.programs[key]

    def run(self, label: str, fence: Fence) -> Optional[str]:
        folder = self.folder(label)
        (folder / NAMES[fence.language]).write_text(fence.text)
        for command in commands(fence, folder, self.options):
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
            if run.returncode:
                return f"{command[0]}\n{run.stdout}{run.stderr}"
        return differs(fence.output, run.stdout)

    def configuration(self, config: dict) -> Optional[str]:
        """A client is made with it, where each secret that is elsewhere is a text."""
        for entry in config["vendors"]:
            entry.update({key: "secret" for key, value in entry.items() if isinstance(value, dict) or value == "…"})
        command = [self.options.python, "-c", "import cardwire, sys; cardwire.Client(sys.argv[1])", json.dumps(config)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return run.stderr if run.returncode else None

    def session(self, label: str, session: list[Fence]) -> Optional[str]:
        """The page's files in one folder, and its commands one after the other in one shell."""
        folder = self.folder(label)
        package = {"private": True, "dependencies": {"cardwire": f"file:{self.options.node_package}"}}
        (folder / "package.json").write_text(json.dumps(package))
        ports = {port: str(free_port()) for fence in session for port in PORT.findall(fence.text)}
        script, steps = SHELL, []
        for fence in session:
            text = fence.text
            for port, free in ports.items():
                text = re.sub(rf"\b{port}\b", free, text)
            if fence.title:
                path = folder / fence.title
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            else:
                steps.append(fence)
                script += f"{{\n{text}}} > step-{len(steps)}\n"
        environment = {**os.environ, "PATH": f"{self.virtual_environment()}:{os.environ['PATH']}", "PYTHONUTF8": "1"}
        (folder / "log").touch()
        with open(folder / "log", "w") as log:
            shell = subprocess.Popen(
                ["bash", "-c", script], cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            try:
                status = shell.wait(timeout=600)
            except subprocess.TimeoutExpired:
                status = "not over after ten minutes"
            finally:
                try:
                    os.killpg(shell.pid, signal.SIGTERM)
                except ProcessLookupError:
                    pass
        if status:
            written = (path.read_text() for path in [*sorted(folder.glob("step-*")), folder / "log"])
            return f"ended with {status}\n{''.join(written)}"
        problems = (
            differs(step.output, (folder / f"step-{number}").read_text()) for number, step in enumerate(steps, 1)
        )
        return next((problem for problem in problems if problem), None)

    def virtual_environment(self) -> pathlib.Path:
        folder = BUILD / "venv"
        if not (folder / "bin/python").exists():
            venv.create(folder, with_pip=True)
        command = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"]
        subprocess.run([*command, self.options.wheel], check=True)
        return folder / "bin"


def without_comments(fence: Fence) -> str:
    """A program without the lines that have nothing but a comment."""
    mark = "#" if fence.language == "python" else "//"
    return re.sub(rf"^[ \t]*{mark}.*\n", "", fence.text, flags=re.MULTILINE)


def commands(fence: Fence, folder: pathlib.Path, options: argparse.Namespace) -> list[list[str]]:
    """The commands that compile and run a program in its folder."""
    language = fence.language
    if language == "rust":
        built = options.built
        rustc = ["rustc", "--edition", "2024", "-L", f"dependency={built}/deps"]
        library = ["--extern", f"cardwire={built}/libcardwire.rlib"]
        for crate in ("tracing", "tracing_subscriber"):
            if f"{crate}::" in (folder / NAMES[language]).read_text():
                newest = max(built.glob(f"deps/lib{crate}-*.rlib"), key=lambda path: path.stat().st_mtime)
                library += ["--extern", f"{crate}={newest}"]
        return [[*rustc, *library, "-o", "program", "program.rs"], ["./program"]]
    if language == "c":
        cc = [os.environ.get("CC", "cc"), "-std=c99", "-Wall", "-Wextra", "-Werror"]
        return [[*cc, "-o", "program", "program.c", *pkg_config(options.prefix)], ["./program"]]
    if language == "cpp":
        cxx = [os.environ.get("CXX", "c++"), "-std=c++17", "-Wall", "-Wextra", "-Werror"]
        return [[*cxx, "-o", "program", "program.cpp", *pkg_config(options.prefix)], ["./program"]]
    if language == "python" and "\ndef test_" in fence.text:
        return [[options.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "program.py"]]
    if language == "python":
        return [[options.python, "program.py"]]
    if language == "js":
        modules = folder / "node_modules"
        modules.mkdir()
        (modules / "cardwire").symlink_to(options.node_package, target_is_directory=True)
        # What the package is tested with.
        tools = options.node_package / "node_modules/@opentelemetry"
        (modules / "@opentelemetry").symlink_to(tools, target_is_directory=True)
        return [["node", "program.mjs"]]
    if language == "go":
        module = f"module program\n\ngo 1.21\n\nrequire cardwire.io/cardwire v{version()}\n\n"
        (folder / "go.mod").write_text(f"{module}replace cardwire.io/cardwire => {ROOT}/bindings/go\n")
        library = [f"PKG_CONFIG_PATH={options.prefix}/lib/pkgconfig", f"CGO_LDFLAGS=-Wl,-rpath,{options.prefix}/lib"]
        return [["env", *library, "go", "build", "-o", "program", "program.go"], ["./program"]]
    return [["java", "-cp", options.class_path, "Program.java"]]


def version() -> str:
    """The version of the workspace."""
    return re.search(r'^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]


def pkg_config(prefix: pathlib.Path) -> list[str]:
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    command = ["pkg-config", "--cflags", "--libs", "cardwire"]
    flags = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return [*flags.stdout.split(), f"-Wl,-rpath,{prefix}/lib"]


def differs(expected: Optional[str], found: str) -> Optional[str]:
    """What is wrong with an output. Where the page has "…", anything may stand."""
    if expected is None:
        return None
    wanted, words = expected.split(), found.split()
    fits = (re.fullmatch(re.escape(want).replace("…", ".+"), word) for want, word in zip(wanted, words))
    if len(wanted) == len(words) and all(fits):
        return None
    return f"the page says it writes\n{expected}it wrote\n{found}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def unknown_targets(pages: list[pathlib.Path]) -> list[str]:
    """The targets of make that a page names within a sentence and that there are not."""
    named = {(target, page) for page in pages for target in TARGET.findall(page.read_text())}
    rules = subprocess.run(["make", "-C", ROOT, "-pqR"], capture_output=True, text=True).stdout
    known = set(re.findall(r"^([a-z-]+):", rules, re.MULTILINE))
    return [f"{page.relative_to(ROOT)}: make {target}" for target, page in sorted(named) if target not in known]


def broken_links(pages: list[pathlib.Path]) -> list[str]:
    """The links that lead to no file; `make docs` checks anchors and the references of the languages too."""
    links = [(page, link) for page in pages for link in LINK.findall(FENCE.sub("", page.read_text()))]
    made = ROOT / "reference"
    return [
        f"{page.relative_to(ROOT)}: {link}"
        for page, link in links
        for target in [pathlib.Path(os.path.normpath(page.parent / link))]
        if not target.exists() and made not in target.parents
    ]


def absolute_class_path(text: str) -> str:
    return os.pathsep.join(os.path.abspath(entry) for entry in text.split(os.pathsep))


def main() -> int:
    parser = argparse.ArgumentParser()
    for name in ("built", "prefix", "node-package", "wheel"):
        parser.add_argument(f"--{name}", type=lambda text: pathlib.Path(text).resolve(), required=True)
    # Not resolved: a virtual environment is known by the name of its interpreter.
    parser.add_argument("--python", type=os.path.abspath, required=True)
    parser.add_argument("--class-path", type=absolute_class_path, required=True)
    parser.add_argument("--only", choices=("heavy", "light"))
    parser.add_argument("page", nargs="+", type=lambda text: pathlib.Path(text).resolve())
    options = parser.parse_args()

    pages = [page for path in options.page for page in (sorted(path.rglob("*.md")) if path.is_dir() else [path])]
    sandbox = subprocess.Popen(
        [options.built / "cardwire-sandbox", "--offline", "--exit-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    runner = Runner(options, sandbox.stdout.readline())
    try:
        for page in pages:
            if options.only is None or (page in HEAVY) == (options.only == "heavy"):
                runner.page(page)
    finally:
        sandbox.stdin.close()
        sandbox.wait(timeout=10)
    for problem in unknown_targets(pages):
        runner.count(problem, "there is no such target")
    for problem in broken_links(pages):
        runner.count(problem, "there is no such file")
    print(f"Pages: {runner.passed} passed, {runner.failed} failed")
    return 1 if runner.failed or not runner.passed else 0


if __name__ == "__main__":
    sys.exit(main())
