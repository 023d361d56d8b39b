"""What keeps the native module from being loaded."""

from __future__ import annotations

import os
import platform
import sys


def explained(error: ImportError) -> ImportError:
    """The error of a native module that is not there or cannot be loaded, with what mends it."""
    here = f"{sys.platform} on {platform.machine()}, Python {platform.python_version()}"
    folder = os.path.dirname(os.path.abspath(__file__))
    native = [name for name in os.listdir(folder) if name.startswith("_native.") and not name.endswith(".pyi")]
    if native:
        found = f"{os.path.join(folder, native[0])} cannot be loaded on {here} ({error})"
    else:
        found = f"{folder} has no native module for {here}"
    return ImportError(
        f"cardwire: {found}. Install the wheel of this platform here, with pip and into this Python: a folder that was "
        "copied from another machine, or the source alone, does not do.",
        name=error.name,
        path=error.path,
    )
