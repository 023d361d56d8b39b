"""A process that has no file descriptor left gets the library's errors, and its results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import Sandbox, run_python

pytest.importorskip("resource", reason="descriptors are limited on Unix")

BEGIN = """
import asyncio, json, os, resource, sys
from concurrent.futures import ThreadPoolExecutor
import cardwire

config = json.loads(sys.argv[1])
photo = open(sys.argv[2], "rb").read()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
held = []
CARD = "6222020000000000000"

def use_up():
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
"""

# The first result comes when a connection has taken the last descriptor.
FIRST = """
client = cardwire.Client({**config, "retry": {"attempts": 1, "breaker": False}})
use_up()
kinds = []
for free in range(1, 12):
    os.close(held.pop())
    call = getattr(client, sys.argv[3])
    try:
        answer = call(photo, vendor="wechat") if sys.argv[3] == "recognize" else call(CARD, "张三")
        kinds.append(type(answer).__name__)
        break
    except cardwire.CardwireError as error:
        assert error.sent is not None and error.billed is not None
        kinds.append(error.kind.value)
print(kinds[-1])
"""


@pytest.mark.parametrize(
    ("method", "result"), [("recognize", "Recognition"), ("verify", "Verification")]
)
def test_the_first_result_needs_no_descriptor(
    sandbox: Sandbox, photo_path: Path, method: str, result: str
) -> None:
    config = json.dumps(sandbox.config)
    ended = run_python(BEGIN + FIRST, config, str(photo_path), method)
    assert ended.stdout.split() == [result], ended.stdout + ended.stderr


MANY = """
client = cardwire.Client(config)
loop = asyncio.new_event_loop()

def one(number):
    try:
        return type(client.recognize(photo, vendor="wechat") if number % 2 else
                    client.verify(CARD, "张三")).__name__
    except cardwire.CardwireError as error:
        # The runtime that every call of a thread needs takes descriptors, too.
        assert error.kind.value != "internal" or "cannot be started" in error.message, error
        return f"{error.kind.value} {error.sent.value}"

with ThreadPoolExecutor(200) as pool:
    ended = list(pool.map(one, range(400)))

async def beside():
    async with cardwire.AsyncClient(config) as client:
        calls = [client.verify(CARD, "张三") for _ in range(200)]
        return await asyncio.gather(*calls, return_exceptions=True)

late = loop.run_until_complete(beside())
thrown = [e for e in late if isinstance(e, BaseException)]
strange = {type(e).__name__ for e in thrown if not isinstance(e, cardwire.CardwireError)}
print(len(ended), len(late), strange)
"""


def test_many_calls_with_few_descriptors(sandbox: Sandbox, photo_path: Path) -> None:
    ended = run_python(BEGIN + MANY, json.dumps(sandbox.config), str(photo_path))
    assert ended.stdout.split("\n")[0] == "400 200 set()", ended.stdout + ended.stderr
