"""What callers give by mistake: the error names the argument, and nothing is sent."""

from __future__ import annotations

import array
import asyncio
import gc
import http.client
import io
import sys
import weakref
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import cardwire
import pytest
from cardwire import Cardholder, Client, ImageUrl

from conftest import CARD, ID_NUMBER, NAME, Sandbox


@pytest.mark.parametrize("image", [None, 7, 1.5, object(), [b"x"], {"a": 1}, io.StringIO("text")])
def test_an_image_of_another_type(sandbox: Sandbox, client: Client, image: Any) -> None:
    with pytest.raises(TypeError, match="image"):
        client.recognize(image)
    assert sandbox.connections() == 0


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"hello, this is text",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00",
        b"\xff\xd8\xff",
        bytearray(b"not an image"),
        io.BytesIO(b""),
        "no-such-file.jpg",
        "nul\0in.jpg",
        "lone\ud800.jpg",
        "",
        ".",
        "/dev/null",
        "https://cards.example/front.jpg",
        Path("no-such-file.jpg"),
        ImageUrl("file:///etc/passwd"),
        ImageUrl("http://x/\r\ny"),
        ImageUrl(""),
        ImageUrl("https://x/" + "a" * 5000),
        ImageUrl("https://x/\ud800"),
    ],
)
def test_an_image_that_is_none(sandbox: Sandbox, client: Client, image: Any) -> None:
    with pytest.raises(cardwire.InvalidArgumentError) as caught:
        client.recognize(image, vendor="aliyun_bankocr")
    assert caught.value.argument == "image"
    assert (caught.value.sent, caught.value.billed) == ("no", "no")
    assert sandbox.connections() == 0


def test_memory_of_other_forms(client: Client, photo: bytes) -> None:
    spread = bytearray(2 * len(photo))
    spread[::2] = photo
    assert client.recognize(memoryview(spread)[::2], vendor="wechat").card_number == CARD
    shaped = memoryview(array.array("H", photo[: len(photo) // 2 * 2]))
    assert client.recognize(shaped, vendor="wechat").card_number == CARD
    released = memoryview(photo)
    released.release()
    with pytest.raises(ValueError):
        client.recognize(released)


def test_memory_that_changes_during_the_call(sandbox: Sandbox, photo: bytes) -> None:
    import asyncio

    async def run() -> str:
        async with cardwire.AsyncClient(sandbox.config_for("tencent_kyc")) as client:
            buffer = bytearray(photo)
            task = asyncio.ensure_future(client.recognize(buffer, order_id="python0003"))
            await asyncio.sleep(0)
            del buffer[:]
            await task
            order = await client.fetch_order("python0003")
            assert order.original_photo == photo
            return task.result().card_number

    assert asyncio.run(run()) == CARD


@pytest.mark.parametrize(
    "number", [6222020000000000000, 6.2e18, None, b"6222020000000000000", True]
)
def test_a_card_number_that_is_no_text(sandbox: Sandbox, client: Client, number: Any) -> None:
    with pytest.raises(TypeError, match="card_number must be str"):
        client.verify(number, NAME)
    with pytest.raises(TypeError, match="card_number must be str"):
        client.lookup_card(number)
    with pytest.raises(TypeError, match="card_number must be str"):
        cardwire.check_card_number(number)
    (item,) = client.verify_many([Cardholder(number, NAME)])
    assert item.error is not None and item.error.argument == "card_number"
    assert sandbox.connections() == 0


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("card_number", ""),
        ("card_number", "62220200000"),
        ("card_number", "62220200000000000000"),
        ("card_number", "622202000000000000x"),
        ("card_number", "6222⓪20000000000000"),
        ("card_number", "٦٢٢٢٠٢٠٠٠٠٠٠٠٠٠٠٠٠٠"),
        ("card_number", "+6222020000000000000"),
        ("card_number", "6" * 1_000_000),
        ("card_number", "622202000000000000\ud800"),
        ("name", ""),
        ("name", "   "),
        ("name", "张\n三"),
        ("name", "张\x00三"),
        ("name", "张\udcff"),
        ("id_number", ""),
        ("id_number", "11010119000101001"),
        ("id_number", "11010119000101001Х"),
        ("id_number", "1101011900010100A4"),
        ("id_number", "\udfff"),
    ],
)
def test_texts_of_a_cardholder(sandbox: Sandbox, client: Client, argument: str, value: str) -> None:
    arguments = {"card_number": CARD, "name": NAME, "id_number": ID_NUMBER, argument: value}
    with pytest.raises(cardwire.InvalidArgumentError) as caught:
        client.verify(**arguments, vendor="aliyun_yhkr")
    assert caught.value.argument == argument
    assert (caught.value.sent, caught.value.billed) == ("no", "no")
    assert sandbox.connections() == 0


@pytest.mark.parametrize("argument", ["name", "id_number", "phone"])
def test_texts_of_another_type(client: Client, argument: str) -> None:
    arguments: Any = {"card_number": CARD, "name": NAME, argument: 13800000000}
    with pytest.raises(TypeError, match=f"{argument} must be str"):
        client.verify(**arguments)
    (item,) = client.verify_many([(CARD, NAME)])  # type: ignore[list-item]
    assert item.error is not None and item.error.argument == "cardholder"


@pytest.mark.parametrize(
    "order_id", ["", "a" * 33, "with-dash", "with space", "../x", "订单", "nul\0", "\ud83d", "😀"]
)
def test_order_numbers(sandbox: Sandbox, client: Client, photo: bytes, order_id: str) -> None:
    for call in (
        lambda: client.recognize(photo, order_id=order_id),
        lambda: client.fetch_order(order_id),
        lambda: client.verify(CARD, NAME, order_id=order_id),
    ):
        with pytest.raises(cardwire.InvalidArgumentError) as caught:
            call()
        assert caught.value.argument == "order_id"
    assert sandbox.connections() == 0


@pytest.mark.parametrize("user_id", ["", "a" * 33, "with space", "../x", "用户", "nul\0", "\ud83d"])
def test_user_names(sandbox: Sandbox, client: Client, photo: bytes, user_id: str) -> None:
    with pytest.raises(cardwire.InvalidArgumentError) as caught:
        client.recognize(photo, user_id=user_id, vendor="tencent_kyc")
    assert caught.value.argument == "user_id"
    assert sandbox.connections() == 0


@pytest.mark.parametrize(
    ("timeout", "found"),
    [
        (-1, "less"),
        (-0.001, "less"),
        (-(10**400), "less"),
        (timedelta.min, "less"),
        (86400.0001, "more"),
        (float("inf"), "more"),
        (2.0**64, "more"),
        (10**400, "more"),
        (timedelta.max, "more"),
        (float("nan"), "nan"),
    ],
)
def test_timeouts_out_of_range(client: Client, photo: bytes, timeout: Any, found: str) -> None:
    with pytest.raises(cardwire.InvalidArgumentError) as caught:
        client.recognize(photo, timeout=timeout)
    assert caught.value.argument == "timeout"
    assert caught.value.message == f"timeout: expected 0 to 86400 seconds, found {found}"


@pytest.mark.parametrize("timeout", ["1", True, object()])
def test_timeouts_of_another_type(client: Client, photo: bytes, timeout: Any) -> None:
    with pytest.raises(TypeError, match="timeout"):
        client.recognize(photo, timeout=timeout)


def test_vendors(client: Client, photo: bytes) -> None:
    for empty in ([], ()):
        with pytest.raises(cardwire.InvalidArgumentError, match="vendor"):
            client.recognize(photo, vendor=empty)
    for wrong in (7, [7], [None]):
        with pytest.raises(TypeError):
            client.recognize(photo, vendor=wrong)  # type: ignore[arg-type]
    for concurrency in (0, -1, 10**30, -(10**30), 10**5000):
        with pytest.raises(cardwire.InvalidArgumentError) as caught:
            client.recognize_many([photo], concurrency=concurrency)
        assert caught.value.argument == "concurrency"
    assert len(list(client.recognize_many([photo], concurrency=sys.maxsize, vendor="wechat"))) == 1
    for of_another_type in (1.5, True, "1"):
        with pytest.raises(TypeError, match="concurrency must be int, not "):
            client.recognize_many([photo], concurrency=of_another_type)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        client.recognize_many(7)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="on_event"):
        Client({"vendors": []}, on_event=7)  # type: ignore[arg-type]


#: What files raise, and those that are a part of an archive or come from a network.
FAILURES: list[Exception] = [
    OSError("the disk is gone"),
    ValueError("I/O operation on closed file"),
    EOFError("compressed file ended"),
    RuntimeError("the password is missing"),
    TypeError("read() takes 1 positional argument"),
    zipfile.BadZipFile("bad CRC-32"),
    http.client.IncompleteRead(b"", 7),
]


class Failing:
    """A file whose second ``read`` fails."""

    def __init__(self, failure: BaseException) -> None:
        self.failure, self.pieces = failure, [b"a piece"]

    def read(self, size: int) -> bytes:
        if self.pieces:
            return self.pieces.pop()
        raise self.failure


class AsyncFailing(Failing):
    async def read(self, size: int) -> bytes:  # type: ignore[override]
        return super().read(size)


def test_a_file_that_fails_to_read(sandbox: Sandbox, client: Client) -> None:
    async def awaited(image: Any) -> None:
        async with cardwire.AsyncClient(sandbox.config) as other:
            await other.recognize(image)

    for failure in FAILURES:
        with pytest.raises(type(failure)) as caught:
            client.recognize(Failing(failure))
        assert caught.value is failure
        for kind in (Failing, AsyncFailing):
            with pytest.raises(type(failure)) as caught:
                asyncio.run(awaited(kind(failure)))
            assert caught.value is failure


def test_a_file_that_fails_to_read_ends_no_batch(
    sandbox: Sandbox, client: Client, photo: bytes
) -> None:
    closed = io.BytesIO(photo)
    closed.close()
    inputs: list[Any] = [photo, closed, *map(Failing, FAILURES), photo]
    causes = [None, ValueError, *map(type, FAILURES), None]

    def check(items: list[Any], causes: list[Any]) -> None:
        items.sort(key=lambda item: item.index)
        assert [item.index for item in items] == list(range(len(causes)))
        for item, cause in zip(items, causes):
            if cause is None:
                assert item.result is not None
                continue
            assert isinstance(item.error, cardwire.InvalidArgumentError)
            assert type(item.error.__cause__) is cause and item.error.argument == "image"
            assert item.error.message == f"image: expected a photo in the file, found {cause.__name__}"

    check(list(client.recognize_many(inputs)), causes)

    async def many(inputs: list[Any]) -> list[Any]:
        async with cardwire.AsyncClient(sandbox.config_for("tencent_kyc")) as other:
            return [item async for item in other.recognize_many(inputs)]

    images = [photo, closed, *map(Failing, FAILURES), photo, *map(AsyncFailing, FAILURES)]
    check(asyncio.run(many(images)), causes + causes[2:-1])


def test_what_is_no_failure_of_a_file_ends_the_batch(client: Client, photo: bytes) -> None:
    results = client.recognize_many([photo, Failing(KeyboardInterrupt())], concurrency=1)
    assert next(results).error is None
    with pytest.raises(KeyboardInterrupt):
        next(results)


def test_a_file_that_gives_text_ends_no_batch(client: Client, photo: bytes) -> None:
    class Text:
        def read(self, size: int) -> str:
            return "text"

    images: list[Any] = [Text(), photo]
    wrong, right = client.recognize_many(images, concurrency=1)
    assert isinstance(wrong.error, cardwire.InvalidArgumentError)
    assert wrong.error.message == "image must be opened in binary mode"
    assert right.error is None


def test_a_client_in_a_cycle_is_collected(sandbox: Sandbox, photo: bytes) -> None:
    class Owner:
        def __init__(self) -> None:
            self.events: list[object] = []
            self.client = Client(sandbox.config, on_event=self.seen)

        def seen(self, event: object) -> None:
            self.events.append(event)

    owner = Owner()
    owner.client.recognize(photo, vendor="wechat")
    assert len(owner.events) == 5
    gone = weakref.ref(owner)
    del owner
    gc.collect()
    assert gone() is None


def test_nothing_is_kept_of_a_photo(client: Client, photo: bytes) -> None:
    image = bytes(bytearray(photo))
    before = sys.getrefcount(image)
    for _ in range(5):
        client.recognize(image, vendor="wechat")
    client.close()
    assert sys.getrefcount(image) == before
