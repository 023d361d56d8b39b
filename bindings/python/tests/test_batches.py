"""Many calls: bounded, in any order, with flat memory."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Iterator

import cardwire
import pytest
from cardwire import AsyncClient, Cardholder, Client, Outcome

from conftest import CARD, ID_NUMBER, NAME, Sandbox


def test_every_input_has_one_item(client: Client, photo: bytes, photo_path: Path) -> None:
    images = [photo, b"no image", photo_path, "no-such-file.jpg", "https://x/", bytearray(photo)]
    items = list(client.recognize_many(images, concurrency=3, vendor="wechat"))
    assert sorted(item.index for item in items) == list(range(6))
    errors = {item.index: item.error for item in items if item.error is not None}
    assert sorted(errors) == [1, 3, 4]
    for index, item in ((item.index, item) for item in items):
        if index in errors:
            assert item.result is None
            with pytest.raises(cardwire.InvalidArgumentError):
                item.unwrap()
        else:
            assert item.unwrap().card_number == CARD


def test_inputs_that_are_no_list_of_them(
    sandbox: Sandbox, client: Client, photo_path: Path
) -> None:
    for wrong in (None, 7, str(photo_path), photo_path.read_bytes(), photo_path):
        with pytest.raises(TypeError, match="images must be an iterable of them, not "):
            client.recognize_many(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="cardholders must be an iterable of them, not "):
            client.verify_many(wrong)  # type: ignore[arg-type]

    async def with_a_text() -> None:
        async with AsyncClient(sandbox.config) as other:
            other.recognize_many("card.jpg")

    with pytest.raises(TypeError, match="images must be an iterable of them, not str"):
        asyncio.run(with_a_text())


def test_verify_many(client: Client) -> None:
    names = [NAME, "李四"] * 10
    holders = (Cardholder(CARD, name, ID_NUMBER) for name in names)
    found = {}
    for item in client.verify_many(holders, concurrency=8, vendor="aliyun_yhkr"):
        found[item.index] = item.unwrap().outcome
    assert [found[index] for index in range(20)] == [Outcome.MATCH, Outcome.MISMATCH] * 10


def test_inputs_are_taken_only_as_calls_end(client: Client, photo: bytes) -> None:
    taken = 0

    def images() -> Iterator[bytes]:
        nonlocal taken
        for _ in itertools.count():
            taken += 1
            yield photo

    results = client.recognize_many(images(), concurrency=4, vendor="wechat")
    assert taken == 0
    for count, item in enumerate(itertools.islice(results, 50), start=1):
        assert item.error is None
        assert taken <= count + 4
    assert taken <= 54


def test_calls_overlap(sandbox: Sandbox, client: Client, photo: bytes) -> None:
    client.recognize(photo, vendor="wechat")
    sandbox.ask("/settings", {"latency_ms": 200})
    items = list(client.recognize_many([photo] * 32, concurrency=32, vendor="wechat"))
    assert all(item.error is None for item in items)
    starts = sandbox.ask("/counts")["wechat"]["connections"]
    assert starts >= 16


def test_leaving_early_cancels(sandbox: Sandbox, client: Client, photo: bytes) -> None:
    client.recognize(photo, vendor="wechat")
    sandbox.script("wechat", "recognize", times=0, fault={"kind": "never_answer"})
    results = client.recognize_many([b"bad"] + [photo] * 8, concurrency=4, vendor="wechat")
    first = next(results)
    assert first.index == 0 and first.error is not None
    results.close()  # type: ignore[attr-defined]
    client.close()


def test_an_input_that_raises_ends_the_batch(client: Client, photo: bytes) -> None:
    def images() -> Iterator[bytes]:
        yield photo
        raise KeyError("no more photos")

    with pytest.raises(KeyError, match="no more photos"):
        list(client.recognize_many(images(), vendor="wechat"))


def test_an_empty_batch(client: Client) -> None:
    assert list(client.recognize_many([])) == []
    assert list(client.verify_many(iter(()))) == []


def test_a_closed_client_fails_each_item(client: Client, photo: bytes) -> None:
    client.close()
    items = list(client.recognize_many([photo] * 3))
    assert [type(item.error) for item in items] == [cardwire.ClosedError] * 3
