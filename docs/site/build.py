#!/usr/bin/env python3
"""Builds the site of the documentation into build/docs/site; a link that leads nowhere fails.

The Markdown files of the repository are its pages, as they stand and where they stand, so that a link works in a
checkout and on the site. The references of the languages are made from the code and land beside them:
docs/references.md links them. Needs the Python wheel in build/python/dist; `make docs` builds it.
"""

import functools
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse
import venv

import header

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "docs/site"
OUT = ROOT / "build/docs"
PAGES = OUT / "pages"
SITE = OUT / "site"
BIN = OUT / "venv/bin"
TYPEDOC = ["typedoc@0.28.20", "typescript@5.9.3"]
LINK = re.compile(r"\]\(<?(?!https?:|mailto:|#)([^)#>\s]+)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def run(*command: object, folder: pathlib.Path = ROOT, **environment: str) -> None:
    """Runs a command, and shows what it wrote only where it fails."""
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}")


def tracked(*patterns: str) -> list[pathlib.Path]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [pathlib.Path(name) for name in names.splitlines() if (ROOT / name).is_file()]


def stage() -> None:
    """Copies the pages, and every other file that one of them links."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for page in tracked("*.md"):
        put(page)
        for target in LINK.findall(FENCED.sub("", (ROOT / page).read_text())):
            linked = pathlib.Path(os.path.normpath(page.parent / urllib.parse.unquote(target)))
            if (ROOT / linked).is_file() and linked.suffix != ".md":
                put(linked)


def put(name: pathlib.Path) -> None:
    (PAGES / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / name, PAGES / name)


def references() -> None:
    into = PAGES / "reference"
    into.mkdir()
    (into / "c.md").write_text(header.page((ROOT / "include/cardwire.h").read_text()))
    for name in tracked("include/*.hpp"):
        put(name)
    run("cargo", "doc", "--quiet", "--locked", "--no-deps", "--package", "cardwire", "--lib")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    shutil.copytree(target / "doc", into / "rust")
    run(BIN / "pdoc", "--output-directory", into / "python", "cardwire")
    node = OUT / "node"
    node.mkdir(exist_ok=True)
    (node / "package.json").write_text('{"private": true}')
    run("npm", "install", "--silent", "--no-audit", "--no-fund", *TYPEDOC, folder=node)
    run(
        node / "node_modules/.bin/typedoc", "--out", into / "node", "--name", "cardwire", "--readme", "none",
        "--tsconfig", HERE / "tsconfig.json", "--treatWarningsAsErrors", "--validation.notExported", "false", "--disableSources",
        ROOT / "bindings/node/index.d.ts", ROOT / "bindings/node/testing.d.ts",
    )
    testing = ROOT / "bindings/testing/java"
    run("mvn", "-q", "-B", "-ntp", "-f", "reactor.xml", "compile", "javadoc:javadoc", f"-Dcardwire.target={target}", folder=testing)
    shutil.copytree(ROOT / "bindings/java/target/reports/apidocs", into / "java")
    shutil.copytree(testing / "target/reports/apidocs", into / "java-testing")
    go = subprocess.run(["go", "doc", "-all"], cwd=ROOT / "bindings/go", check=True, capture_output=True, text=True).stdout
    (into / "go.md").write_text(f"# cardwire for Go\n\n```go\n{go}```\n")


@functools.cache
def read(page: pathlib.Path) -> "Links":
    return Links(page)


class Links(html.parser.HTMLParser):
    """The links of a page, and its anchors."""

    def __init__(self, page: pathlib.Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.anchors.update(value for key in ("id", "name") if (value := given.get(key)))
        self.links += [value for key in ("href", "src") if (value := given.get(key))]


def check() -> int:
    """The number of the pages' links that lead nowhere. The inner links of a generated reference are its tool's."""
    pages = [page for page in SITE.rglob("*.html") if not generated(page)]
    broken = links = 0
    for page in pages:
        for link in read(page).links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc or page.name == "404.html":
                continue
            links += 1
            target = pathlib.Path(os.path.normpath(page.parent / urllib.parse.unquote(parts.path))) if parts.path else page
            if target.is_dir():
                target /= "index.html"
            found = target.is_file()
            if found and parts.fragment and target.suffix == ".html" and not generated(target):
                found = urllib.parse.unquote(parts.fragment) in read(target).anchors
            if not found:
                broken += 1
                print(f"{page.relative_to(SITE)}: {link} leads nowhere")
    print(f"{len(pages)} pages, {links} links, {broken} broken: {SITE / 'index.html'}")
    return broken


def generated(page: pathlib.Path) -> bool:
    parts = page.relative_to(SITE).parts
    return parts[0] == "reference" and parts[1] in ("rust", "python", "node", "java")


def main() -> int:
    if not (BIN / "python").exists():
        venv.create(OUT / "venv", with_pip=True)
    run(BIN / "python", "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt")
    [wheel] = (ROOT / "build/python/dist").glob("cardwire-*.whl")
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", wheel)
    stage()
    references()
    shutil.copyfile(HERE / "zensical.toml", OUT / "zensical.toml")
    shutil.rmtree(SITE, ignore_errors=True)
    run(BIN / "zensical", "build", "--strict", "--clean", folder=OUT, NO_COLOR="1")
    # Words of Chinese are told apart in the search only where the index names the language.
    index = json.loads((SITE / "search.json").read_text())
    index["config"]["lang"] = ["zh", "en"]
    (SITE / "search.json").write_text(json.dumps(index, ensure_ascii=False))
    return 1 if check() else 0


if __name__ == "__main__":
    sys.exit(main())
