"""What every package carries beside its own files."""

import reproducible
from notices import notices
from sbom import sbom

BILL = "cardwire.cdx.json"


def of(purl, platforms):
    """Returns them by name: the licence, the bill of materials, and with native code of some platforms its notices.
    `purl` is the package's URL without its version."""
    targets = [platform.rust for platform in platforms]
    texts = {BILL: sbom(purl, targets)} | ({"THIRD-PARTY-NOTICES.txt": notices(purl, targets)} if targets else {})
    licence = (reproducible.ROOT / "LICENSE").read_bytes()
    return {"LICENSE": licence} | {name: text.encode() for name, text in texts.items()}
