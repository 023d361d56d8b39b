#!/usr/bin/env python3
"""The licence notices of what is linked into a package. Run by itself it prints them: notices.py PURL TARGET...

PURL is the package's URL without its version, such as pkg:pypi/cardwire, and TARGET a platform in Rust's words."""

import sys
from collections import defaultdict

from linked import ROOT, TEXTS, VERSION, apache, linked

RULE = "-" * 100


def same(text):
    """Returns what two copies of a text have in common; of the Apache licence, its terms without the appendix."""
    if apache(text):
        text = apache(text)[1].replace("https://", "http://")
    return "".join(one for one in text.lower() if one.isalnum())


def holders(text):
    """Returns the lines with which a crate filled in what stands around the terms of the Apache licence."""
    before, _, after = apache(text) or ("", "", "")
    lines = [line.strip() for line in (before + after).splitlines()]
    return [line for line in lines if line.startswith("Copyright") and not set("[{") & set(line)]


def section(title, text):
    return f"{RULE}\n{title}\n{RULE}\n\n{text.strip(chr(10))}\n"


def unbrought(part, own):
    """Returns the text of the licence of a crate that brings none: ours, the Apache licence, where it offers that;
    else that of its own, with the authors in the copyright line."""
    if "Apache-2.0" in part.licence.split(" OR "):
        return own
    return (TEXTS / f"{part.licence}.txt").read_text("utf-8").replace("@AUTHORS@", part.authors)


def notices(purl, targets):
    """Returns the notices of a package for its targets."""
    own = (ROOT / "LICENSE").read_text("utf-8")
    parts = sorted(linked(purl, targets).values(), key=lambda part: (part.name, part.version))
    texts, users, copyrights = {same(own): own}, defaultdict(list), defaultdict(list)
    for part in parts:
        if part.folder is None or part.is_ours:
            continue
        for text in part.texts() or [unbrought(part, own)]:
            key, label = same(text), f"{part.name} {part.version}"
            texts.setdefault(key, text)
            users[key] += [label] if label not in users[key] else []
            copyrights[key] += [f"{label}: {holder}" for holder in holders(text)]

    sections = [
        f"Notices of what is linked into {purl}@{VERSION} for {', '.join(targets)}.\n"
        "What may be used under several licences, the Apache License 2.0 among them, is used under that one.\n"
    ]
    for key in sorted(texts, key=lambda key: (key != same(own), -len(users[key]), users[key], key)):
        lines = [texts[key], *(["Copyright lines:"] if copyrights[key] else []), *sorted(set(copyrights[key]))]
        sections.append(section("\n".join(users[key]), "\n".join(lines)))
    for part in parts:
        sections += [section(f"{part.name} {part.version}", text.read_text("utf-8")) for text in part.notices]
    sections.append(section("The issuers of cards", (ROOT / "core/issuers/NOTICE").read_text("utf-8")))
    return "\n".join(sections)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    print(notices(sys.argv[1], sys.argv[2:]), end="")
