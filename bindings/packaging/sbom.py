#!/usr/bin/env python3
"""The bill of materials of a package, as CycloneDX 1.6. Run by itself it prints one: sbom.py PURL [TARGET...]

PURL is the package's URL without its version, such as pkg:pypi/cardwire, and TARGET a platform in Rust's words. It
has no moment and no number of its own: the same sources give the same bytes."""

import json
import re
import sys

from linked import KIT, ROOT, VERSION, Part, library, linked


#: The licences of what Maven brings, by group; of others, Apache-2.0.
LICENCES = {"org.junit.jupiter": "EPL-2.0"}


def brought_by_maven(purl):
    """Returns what Maven installs beside the jar."""
    folder = "testing/java" if purl.endswith(KIT) else "java"
    pom = (ROOT / "bindings" / folder / "pom.xml").read_text("utf-8").replace("${project.version}", VERSION)
    rows = re.findall(r"<dependency>\s*<groupId>(.*)</groupId>\s*<artifactId>(.*)</artifactId>\s*"
                      r"<version>(.*)</version>\s*</dependency>", pom)
    return [Part(name, version, f"pkg:maven/{group}/{name}@{version}", LICENCES.get(group, "Apache-2.0"))
            for group, name, version in rows]


def component(part):
    licence = {"license": {"id": part.licence}} if part.licence.isalnum() else {"expression": part.licence}
    return {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        **({"hashes": [{"alg": "SHA-256", "content": part.sha256}]} if part.sha256 else {}),
        "licenses": [licence],
        "purl": part.purl,
    }


def sbom(purl, targets):
    """Returns the bill of a package for its targets; without one, that of a package without native code."""
    parts = linked(purl, targets)
    beside = brought_by_maven(purl) if purl.startswith("pkg:maven/") else []
    package = Part(purl.split("/")[-1], VERSION, f"{purl}@{VERSION}", "Apache-2.0")
    package.needs.update([library(purl)] if targets else [], [part.purl for part in beside])
    inside = sorted([*parts.values(), *beside], key=lambda part: part.purl)
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": component(package),
            "properties": [{"name": "cardwire:target", "value": target} for target in targets],
        },
        "components": [component(part) for part in inside],
        "dependencies": [{"ref": part.purl, "dependsOn": sorted(part.needs)} for part in [package, *inside]],
    }
    return json.dumps(bill, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(sbom(sys.argv[1], sys.argv[2:]), end="")
