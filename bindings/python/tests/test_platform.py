"""What a program is told where the native module is missing or of another machine."""

import shutil
import subprocess
import sys
from pathlib import Path

import cardwire


def failure(folder: Path) -> str:
    """The last line of what importing the package from a folder prints."""
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); import cardwire"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


def copied(folder: Path) -> Path:
    """A copy of the package without its native module."""
    native = shutil.ignore_patterns("_native.*so", "_native.pyd", "__pycache__")
    return Path(shutil.copytree(Path(cardwire.__file__).parent, folder / "cardwire", ignore=native))


def test_a_package_without_its_native_module_says_so(tmp_path: Path) -> None:
    package = copied(tmp_path)
    line = failure(tmp_path)
    assert line.startswith(f"ImportError: cardwire: {package} has no native module for {sys.platform}")
    assert "Install the wheel of this platform" in line


def test_a_native_module_that_cannot_be_loaded_is_named_with_the_reason(tmp_path: Path) -> None:
    native = copied(tmp_path) / "_native.abi3.so"
    native.write_bytes(b"of another machine")
    line = failure(tmp_path)
    assert line.startswith(f"ImportError: cardwire: {native} cannot be loaded on {sys.platform}")
    assert "file too short" in line or "invalid ELF header" in line
