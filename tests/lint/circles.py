#!/usr/bin/env python3
"""Ends with 1 where files of a crate import each other in a circle. Tests in the files do not count.

    tests/lint/circles.py core/src
"""

import re
import sys
from pathlib import Path

# A path in an import or in code that begins at the crate, or at a module above.
USE = re.compile(r"^\s*(?:pub(?:\([a-z]+\))? )?use ((?:crate|super|self)\b[^;]*|[a-z_]+::[^;]*);", re.M)
INLINE = re.compile(r"\b((?:crate|super)(?:::[A-Za-z_]\w*)+)")
EXPORT = re.compile(r"^\s*pub(?:\([a-z]+\))? use ([^;]*);", re.M)
TESTS = re.compile(r"^#\[cfg\(test\)\]\nmod \w+ \{\n.*?^\}\n", re.M | re.S)
COMMENT = re.compile(r"//.*$", re.M)


def spread(path):
    """The single paths of `a::{b, c::{d, e}}`."""
    path = " ".join(path.split())
    opening = path.find("{")
    if opening < 0:
        return [path.split(" as ")[0].strip()]
    found, depth, piece = [], 0, ""
    for one in path[opening + 1 : path.rindex("}")] + ",":
        depth += {"{": 1, "}": -1}.get(one, 0)
        if one == "," and depth == 0:
            if piece.strip():
                found += [path[:opening] + rest for rest in spread(piece.strip())]
            piece = ""
        else:
            piece += one
    return found


class Crate:
    def __init__(self, root):
        self.texts, self.files = {}, {(): root / "lib.rs"}
        for path in sorted(root.rglob("*.rs")):
            module = path.relative_to(root).with_suffix("").parts
            module = module[:-1] if module[-1] in ("mod", "lib") else module
            if "testing" in module or module[-1:] == ("tests",):
                continue
            self.files[module] = path
            self.texts[module] = COMMENT.sub("", TESTS.sub("", path.read_text("utf-8")))
        self.exports = {module: self.exported(module) for module in self.texts}

    def exported(self, module):
        names = {}
        for path in EXPORT.findall(self.texts[module]):
            for single in spread(path):
                names[single.split("::")[-1]] = single
        return names

    def absolute(self, module, path):
        """A path from the crate on; `None` where it leads elsewhere."""
        parts = path.split("::")
        if parts[0] == "crate":
            return parts[1:]
        base = list(module)
        while parts and parts[0] in ("super", "self"):
            if parts.pop(0) == "super":
                base = base[:-1]
        if base == list(module) and parts and (*module, parts[0]) not in self.files:
            return None
        return base + parts

    def file_of(self, parts, depth=0):
        module = ()
        for index, part in enumerate(parts):
            if (*module, part) in self.files:
                module = (*module, part)
                continue
            export = self.exports.get(module, {}).get(part)
            if export and depth < 8:
                further = self.absolute(module, export)
                if further:
                    return self.file_of([*further, *parts[index + 1 :]], depth + 1)
            break
        return module

    def imports(self, module):
        text = self.texts[module]
        exports = {single for path in EXPORT.findall(text) for single in spread(path)}
        paths = [single for path in USE.findall(text) for single in spread(path)]
        paths += INLINE.findall(re.sub(r"^\s*(pub(\([a-z]+\))? )?use [^;]*;", "", text, flags=re.M))
        found = set()
        for path in paths:
            parts = None if path in exports else self.absolute(module, path)
            if parts is not None:
                found.add(self.file_of(parts))
        return found - {module}


def circles(graph):
    """The groups of files that reach each other, after Tarjan."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def main():
    root = Path(sys.argv[1])
    crate = Crate(root)
    graph = {module: crate.imports(module) & crate.texts.keys() for module in crate.texts}
    found = circles(graph)
    for group in found:
        print("these import each other in a circle:")
        for module in group:
            names = sorted("::".join(other) or "lib" for other in graph[module] & set(group))
            print(f"  {crate.files[module].relative_to(root)} -> {', '.join(names)}")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
