#!/usr/bin/env python3
"""Makes the package `cardwire`, which has no native code, and one beside it for each platform, whose module it
loads: package.py [--to FOLDER] PLATFORM|MODULE...

A MODULE is a file as napi names it, in place of the one that was built with the rest."""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "packaging"))

import documents  # noqa: E402
import natives  # noqa: E402
import platforms  # noqa: E402
import reproducible  # noqa: E402

MANIFEST = json.loads((HERE / "package.json").read_text("utf-8"))


def manifest(fields, more):
    """Returns a package.json with these fields of ours and others beside them."""
    whole = {field: MANIFEST[field] for field in fields.split()} | more
    return (json.dumps(whole, indent=2, ensure_ascii=False) + "\n").encode()


def name_of(platform):
    return f"{MANIFEST['name']}-{platform.npm}"


def write(into, name, files):
    reproducible.write(into / f"{name}-{MANIFEST['version']}.tgz",
                       {f"package/{path}": content for path, content in files.items()})


def pack_main(into):
    files = {"README.md": (HERE / "README.md").read_bytes(), **documents.of("pkg:npm/cardwire", [])}
    for listed in MANIFEST["files"]:
        for path in HERE.glob(listed):
            for file in path.rglob("*") if path.is_dir() else [path]:
                if file.suffix != ".node":
                    files[file.relative_to(HERE).as_posix()] = file.read_bytes()
    # What this machine can use is installed alone: the others are left out by their `os`, `cpu` and `libc`.
    others = {name_of(platform): MANIFEST["version"] for platform in platforms.PLATFORMS}
    fields = "name version description keywords license bin main types exports files engines peerDependencies peerDependenciesMeta"
    files["package.json"] = manifest(fields, {"optionalDependencies": others})
    write(into, MANIFEST["name"], files)


def pack_platform(platform, module, into):
    system, processor = platform.npm.split("-")[:2]
    limits = {"os": [system], "cpu": [processor]} | ({"libc": [platform.libc]} if platform.libc else {})
    more = {"name": name_of(platform), "main": module.name, "files": [module.name], **limits}
    write(into, name_of(platform), {
        "package.json": manifest("version description keywords license engines", more),
        "README.md": f"# `{name_of(platform)}`\n\nThe native module of `cardwire` for {platform.name}, which is "
                     "installed with `cardwire`.\n".encode(),
        module.name: module.read_bytes(),
        **documents.of(f"pkg:npm/{name_of(platform)}", [platform]),
    })


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=reproducible.PACKAGES)
    parser.add_argument("wanted", nargs="*", metavar="PLATFORM|MODULE")
    arguments = parser.parse_args()
    pack_main(arguments.to)
    for wanted in arguments.wanted:
        module = Path(wanted)
        if module.suffix == ".node":
            (platform,) = (found for found in platforms.PLATFORMS if found.node_module == module.name)
        else:
            platform = platforms.find(wanted)
            module = natives.NATIVES / platform.name / platform.node_module
        pack_platform(platform, module, arguments.to)


if __name__ == "__main__":
    main()
