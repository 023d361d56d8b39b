"""A running sandbox for the tests, and what they do with it."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest

import cardwire_testing
from cardwire import Client

REPOSITORY = Path(__file__).resolve().parents[3]

CARD = "6222020000000000000"
NAME = "张三"
ID_NUMBER = "110101190001010014"
PHONE = "13800000000"


class Sandbox(cardwire_testing.Sandbox):
    """The sandbox that programs' tests have, with what only the tests of this package look for."""

    @property
    def config(self) -> Dict[str, Any]:
        # What is sent again is tested elsewhere; a dead token is replaced here too.
        return {**super().config, "retry": {"attempts": 2, "breaker": False}}

    def connections(self) -> int:
        return sum(counts["connections"] for counts in self.counts().values())

    def pause(self) -> None:
        """Has it answer nothing until `go_on`. The signal alone is sent before it stops."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    with Client(sandbox.config) as client:
        yield client


@pytest.fixture(scope="session")
def photo_path() -> Path:
    return REPOSITORY / "tests" / "images" / "icbc-debit.jpg"


@pytest.fixture(scope="session")
def photo(photo_path: Path) -> bytes:
    return photo_path.read_bytes()


# 16 by 16 pixels, which no vendor finds too small.
SMALL_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQAAAAA3iMLMAAAADklEQVR42mP4/5+BFAQA/U4f4d7IdZcAAAAASUVORK5CYII="
)


def marked(photo: bytes, **facts: Any) -> bytes:
    """A photo whose card the sandbox reads from a note in it."""
    plain = photo.replace(b"cardwire-card:", b"cardwire-none:")
    return plain + b"cardwire-card:" + json.dumps(facts).encode()


def run_python(
    source: str, *arguments: str, timeout: float = 60, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Runs a program in another interpreter."""
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", source, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=timeout,
        env={**os.environ, **environment},
    )
