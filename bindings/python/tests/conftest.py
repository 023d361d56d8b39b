"""A running sandbox for the tests, and what they do with it."""

from __future__ import annotations

import base64
import functools
import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import pytest

from cardwire import Client

REPOSITORY = Path(__file__).resolve().parents[3]

CARD = "6222020000000000000"
NAME = "张三"
ID_NUMBER = "110101190001010014"
PHONE = "13800000000"


class Sandbox:
    """The sandbox program, and its admin listener."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sandbox_program(), "--exit-with-stdin", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert self.process.stdout is not None
        self.config: Dict[str, Any] = json.loads(self.process.stdout.readline())
        # What is sent again is tested elsewhere; a dead token is replaced here too.
        self.config["retry"] = {"attempts": 2, "breaker": False}
        self.admin = self.process.stdout.readline().split()[1]

    def ask(self, path: str, document: Any = None) -> Any:
        """GET, or POST where there is a document."""
        connection = http.client.HTTPConnection(self.admin.removeprefix("http://"), timeout=10)
        if document is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(document))
        answer = connection.getresponse()
        content = answer.read().decode("utf-8")
        connection.close()
        assert answer.status == 200, content
        return json.loads(content)

    def reset(self) -> None:
        self.ask("/reset", {})

    def script(self, vendor: str, operation: str = "any", *, times: int = 1, **action: Any) -> None:
        self.ask(
            "/script", {"vendor": vendor, "operation": operation, "times": times, "do": action}
        )

    def ledger(self, vendor: Optional[str] = None) -> List[Dict[str, Any]]:
        return self.ask("/ledger" + (f"?vendor={vendor}" if vendor else ""))

    def connections(self) -> int:
        return sum(counts["connections"] for counts in self.ask("/counts").values())

    def config_of(self, *vendors: str, **changes: Any) -> Dict[str, Any]:
        entries = [dict(e) for e in self.config["vendors"] if e["vendor"] in vendors]
        entries.sort(key=lambda entry: vendors.index(entry["vendor"]))
        return {**self.config, "vendors": entries, **changes}

    def pause(self) -> None:
        """Has it answer nothing until `go_on`. The signal alone is sent before it stops."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


@functools.lru_cache(maxsize=None)
def sandbox_program() -> str:
    """The program that CARDWIRE_SANDBOX names, else one built now."""
    named = os.environ.get("CARDWIRE_SANDBOX")
    if named:
        return named
    command = ["cargo", "build", "-p", "cardwire-sandbox", "--message-format=json"]
    built = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True, text=True)
    programs = [json.loads(line).get("executable") for line in built.stdout.splitlines()]
    return next(program for program in programs if program)


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    yield sandbox
    sandbox.stop()


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
