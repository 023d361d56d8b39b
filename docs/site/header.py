"""The C header as a Markdown page: the header is the manual, and this is the manual to read in a browser."""

import re

PIECE = re.compile(r"/\*\*\n(?P<doc>.*?)\n \*/\n(?P<code>.*?)(?=\n\n)", re.DOTALL)
MANUAL = re.compile(r"\A/\*\n(?P<doc>.*?)\n \*/", re.DOTALL)
PARAGRAPH = re.compile(r"^([A-Z][\w -]{2,40})\. ", re.MULTILINE)


def prose(comment: str) -> str:
    """The text of a comment, without its asterisks; names of the interface are set as code."""
    text = "\n".join(line.removeprefix(" *").removeprefix(" ") for line in comment.split("\n")).strip()
    blocks = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    name = re.compile(r"(?<![`\w])(\*?\b(?:cardwire_\w+\*?|CARDWIRE_\w+\*?))(?![`\w])")
    return "".join(
        block if block.startswith("```") else name.sub(r"`\1`", block.replace("<", "&lt;").replace("*", "\\*"))
        .replace("\\*`", "*`")
        for block in blocks
    )


def name_of(code: str) -> str:
    for pattern in (r"#define (\w+)", r"\(\*(\w+)\)\(", r"(\w+)\(", r"(\w+);\s*$"):
        found = re.search(pattern, code)
        if found:
            return found[1]
    raise SystemExit(f"docs/site/header.py: a declaration without a name: {code}")


def page(header: str) -> str:
    manual = MANUAL.match(header)
    if not manual:
        raise SystemExit("docs/site/header.py: the header does not begin with its manual")
    constants, types, functions = [], [], []
    for piece in PIECE.finditer(header):
        code, doc = piece["code"].strip(), prose(piece["doc"])
        if code.startswith("#define"):
            constants.append((code, doc))
        elif code.startswith(("typedef", "enum", "struct")):
            types.append((code, doc))
        else:
            functions.append((code, doc))
    out = [
        "# C",
        "Made from `cardwire.h`. C++ has the same in [`cardwire.hpp`](../include/cardwire.hpp) and the headers "
        "beside it.",
        "## Manual",
        PARAGRAPH.sub(r"**\1.** ", prose(manual["doc"])),
        "## Constants",
        "| name | value | meaning |\n|---|---|---|",
    ]
    for code, doc in constants:
        _, name, value = code.split(None, 2)
        meaning = " ".join(doc.split()).replace("|", "\\|")
        out[-1] += f"\n| `{name}` | `{value}` | {meaning} |"
    for title, pieces in (("Types", types), ("Functions", functions)):
        out.append(f"## {title}")
        for code, doc in pieces:
            out += [f"### `{name_of(code)}`", f"```c\n{code}\n```", doc]
    return "\n\n".join(out) + "\n"
