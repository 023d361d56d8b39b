#!/usr/bin/env python3
"""Adds a made-up vendor to a copy of the tree as docs/adding-a-vendor.md says, and sees it work.

The files of the vendor are those under `files/`; what else it touches is LINES below, which has to be
what the page lists. In the copy every answer of its vectors and every row of its codes is driven
through the real client against the sandbox.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "new-vendor"
TARGET = COPY / "target"
FILES = Path(__file__).resolve().parent / "files"
PAGE = "docs/adding-a-vendor.md"

# A line of each file that stands before a new one, and the new one.
LINES = [
    (
        "core/src/vendors/vendor.rs",
        "            AliyunYhkr = aliyun_yhkr;\n",
        "            /// Example OCR.\n            ExampleOcr = example_ocr;\n",
    ),
    (
        "tests/sandbox/src/lib.rs",
        "    AliyunYhkr = aliyun_yhkr;\n",
        "    /// Example OCR.\n    ExampleOcr = example_ocr;\n",
    ),
    (
        "bindings/go/names.go",
        '\tVendorWeChat Vendor = "wechat"\n',
        '\t// Example OCR.\n\tVendorExampleOCR Vendor = "example_ocr"\n',
    ),
    (
        "bindings/java/src/main/java/io/cardwire/Vendor.java",
        "    WECHAT,\n",
        "\n    /** Example OCR. */\n    EXAMPLE_OCR,\n",
    ),
    ("bindings/node/index.d.ts", "  | 'wechat'\n", "  | 'example_ocr'\n"),
    (
        "bindings/python/python/cardwire/_names.py",
        '    WECHAT = "wechat"\n',
        '    EXAMPLE_OCR = "example_ocr"\n',
    ),
    ("docs/configuration.md", r"| `wechat` | `app_id`", "| `example_ocr` | `api_key` |\n"),
    ("docs/vendors.md", r"| `wechat` | yes |", "| `example_ocr` | yes | bytes, file | | API key |\n"),
    (
        "docs/vendors.md",
        r"| `wechat` | 5",
        "| `example_ocr` | 4 | 4 | 1048576 bytes of base64 | made up |\n",
    ),
    ("README.md", r"| `wechat` | WeChat OCR", "| `example_ocr` | Example OCR | yes | |\n"),
    ("README.zh-CN.md", r"| `wechat` | ", "| `example_ocr` | Example OCR | 支持 | |\n"),
]
# Made by the commands that the page names.
MADE = {"docs/reference/codes.md", "tests/sandbox/README.md"}


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )
    return [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]


def copy_tree():
    """Copies what git knows and what is new, and leaves what is there and the same."""
    kept = set(tracked())
    for path in kept:
        target = COPY / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != (ROOT / path).read_bytes():
            shutil.copyfile(ROOT / path, target)
    for path in [path for path in COPY.rglob("*") if path.is_file()]:
        if str(path.relative_to(COPY)) not in kept and "target" not in path.parts:
            path.unlink()


def add_vendor():
    """Returns the files of the vendor's own, and how many lines each other file got."""
    own = sorted(str(path.relative_to(FILES)) for path in FILES.rglob("*") if path.is_file())
    for path in own:
        (COPY / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(FILES / path, COPY / path)
    others = {}
    for path, before, new in LINES:
        lines = (COPY / path).read_text("utf-8").splitlines(keepends=True)
        found = [number for number, line in enumerate(lines) if line.startswith(before)]
        if len(found) != 1:
            sys.exit(f"{path}: {len(found)} lines begin with {before!r}, not 1")
        lines.insert(found[0] + 1, new)
        (COPY / path).write_text("".join(lines), "utf-8")
        others[path] = others.get(path, 0) + new.count("\n")
    return own, others


def mark_version():
    """Gives the packages of the copy another version. To cargo a package of the same name, version and
    folder in a workspace is the same one, wherever the workspace is: it would write over the tree's files,
    which are linked."""
    for manifest in COPY.rglob("Cargo.toml"):
        text = manifest.read_text("utf-8")
        manifest.write_text(re.sub(r'^version = "(.+)"$', r'version = "\1+new-vendor"', text, flags=re.M), "utf-8")
    lock = COPY / "Cargo.lock"
    own = r'^(name = "cardwire[a-z-]*"\nversion = ".+)"$'
    lock.write_text(re.sub(own, r'\1+new-vendor"', lock.read_text("utf-8"), flags=re.M), "utf-8")


def hold_page(own, others):
    """The page lists what is touched, and nothing else."""
    page = (ROOT / PAGE).read_text("utf-8")
    listed = set(re.findall(r"^\| `([^` ]+)` \|", page, re.MULTILINE))
    named = [path.replace("example_ocr", "NAME") for path in own]
    touched = {re.sub("NAME/.*", "NAME/", path) for path in named} | set(others) | MADE
    if listed != touched:
        sys.exit(f"{PAGE} lists {sorted(listed - touched)}, which a vendor does not touch, "
                 f"and lacks {sorted(touched - listed)}")


def take_dependencies():
    """Begins with what was compiled for the tree, in a folder of its own: other tests run the tree's programs
    meanwhile. Cargo writes into its small files in place, so only the large ones are linked."""
    built = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "ci"
    if TARGET.exists() or not built.exists():
        return
    for folder, copy in [(".fingerprint", shutil.copy2), ("build", shutil.copy2), ("deps", os.link)]:
        shutil.copytree(built / folder, TARGET / "ci" / folder, copy_function=copy)


def cargo(*arguments, **more):
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET), **more}
    subprocess.run(["cargo", *arguments], cwd=COPY, env=environment, check=True)


def main():
    copy_tree()
    own, others = add_vendor()
    hold_page(own, others)
    mark_version()
    take_dependencies()
    crates = ["--locked", "--profile", "ci", "--workspace",
              "--exclude", "cardwire-python", "--exclude", "cardwire-bench"]
    cargo("test", *crates, "--test", "readme", CARDWIRE_WRITE_README="1")
    cargo("test", *crates, "--test", "codes", CARDWIRE_WRITE_CODES="1")
    cargo("test", *crates, "--test", "vendors", "--", "every_vendor_is_named")
    cargo("test", *crates, "--test", "rust", "--", "every_case_holds_in_rust")
    print(f"a new vendor: {len(own)} files of its own, "
          f"{sum(others.values())} lines in {len(others)} others, {len(MADE)} files made anew")


if __name__ == "__main__":
    main()
