"""Many calls: bounded, in any order, with flat memory."""

from __future__ import annotations

import asyncio
import io
import itertools
import signal
import threading
from pathlib import Path
from typing import Any, Callable, Iterator, List

import cardwire
import pytest
from cardwire import AsyncClient, BatchInput, Cardholder, Client, Outcome

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
    sandbox.settings(latency_ms=200)
    items = list(client.recognize_many([photo] * 32, concurrency=32, vendor="wechat"))
    assert all(item.error is None for item in items)
    starts = sandbox.counts("wechat")["connections"]
    assert starts >= 16


def test_leaving_early_cancels(sandbox: Sandbox, client: Client, photo: bytes) -> None:
    client.recognize(photo, vendor="wechat")
    sandbox.script("wechat", "recognize", times=0, fault={"kind": "never_answer"})
    results = client.recognize_many([b"bad"] + [photo] * 8, concurrency=4, vendor="wechat")
    first = next(results)
    assert first.index == 0 and first.error is not None
    results.close()  # type: ignore[attr-defined]
    client.close()


class Broken:
    """So many photos, and then an exception; counts how often it is asked."""

    def __init__(self, photo: bytes, count: int, error: BaseException) -> None:
        self.asked = 0
        self._photo, self._count, self._error = photo, count, error

    def __iter__(self) -> Broken:
        return self

    def __next__(self) -> bytes:
        self.asked += 1
        if self.asked > self._count:
            raise self._error
        return self._photo


def test_what_is_in_flight_when_the_inputs_raise_is_given_first(
    sandbox: Sandbox, client: Client, photo: bytes
) -> None:
    sandbox.settings(latency_ms=50)
    images = Broken(photo, 3, KeyError("no more photos"))
    results, found = client.recognize_many(images, vendor="wechat"), []
    with pytest.raises(KeyError, match="no more photos"):
        for item in results:
            found.append(item.unwrap().card_number)
    assert found == [CARD] * 3
    assert images.asked == 4
    assert list(results) == []

    async def many() -> None:
        images.asked = 0
        found.clear()
        async with AsyncClient(sandbox.config) as other:
            with pytest.raises(KeyError, match="no more photos"):
                async for item in other.recognize_many(images, vendor="wechat"):
                    found.append(item.unwrap().card_number)

    asyncio.run(many())
    assert (found, images.asked) == ([CARD] * 3, 4)


class Unopened:
    """A file that is opened when it is first used, and is not there."""

    @property
    def read(self) -> Any:
        raise FileNotFoundError("gone")


def test_an_input_of_a_wrong_type_has_its_own_error(
    sandbox: Sandbox, client: Client, photo: bytes
) -> None:
    released = memoryview(b"photo")
    released.release()
    holder = Cardholder(CARD, NAME, ID_NUMBER)
    wrong: Any = [
        (None, "image", "image must be bytes, a path, a binary file or an ImageUrl, not NoneType"),
        (io.StringIO("text"), "image", "image must be opened in binary mode"),
        (released, "image", "image: expected a photo in the file, found ValueError"),
        (Unopened(), "image", "image: expected a photo in the file, found FileNotFoundError"),
        (BatchInput(7), "image", "image must be bytes, a path, a binary file or an ImageUrl, not int"),
        (BatchInput(photo, order_id=7), "order_id", "order_id must be str, not int"),
        (BatchInput(photo, reference=b"a"), "reference", "reference must be str, not bytes"),
    ]
    check_wrong(sandbox, client, "recognize_many", photo, wrong)
    wrong = [
        (None, "cardholder", "cardholder must be Cardholder, not NoneType"),
        (CARD, "cardholder", "cardholder must be Cardholder, not str"),
        (Cardholder(int(CARD), NAME), "card_number", "card_number must be str, not int"),
        (Cardholder(CARD, NAME, phone=1), "phone", "phone must be str, not int"),
        (BatchInput((CARD, NAME)), "cardholder", "cardholder must be Cardholder, not tuple"),
        (BatchInput(holder, reference=7), "reference", "reference must be str, not int"),
    ]
    check_wrong(sandbox, client, "verify_many", holder, wrong)


def check_wrong(sandbox: Sandbox, client: Client, name: str, right: Any, wrong: List[Any]) -> None:
    inputs = [right, *(given for given, _, _ in wrong), right]

    async def many() -> List[Any]:
        async with AsyncClient(sandbox.config) as other:
            return [item async for item in getattr(other, name)(inputs)]

    for items in list(getattr(client, name)(inputs)), asyncio.run(many()):
        items.sort(key=lambda item: item.index)
        assert [item.index for item in items] == list(range(len(inputs)))
        assert items[0].error is None and items[-1].error is None
        for item, (_, argument, message) in zip(items[1:], wrong):
            assert isinstance(item.error, cardwire.InvalidArgumentError)
            assert (item.error.argument, item.error.message) == (argument, message)
            assert (item.error.sent, item.error.billed) == ("no", "no")


def test_ctrl_c_while_an_input_is_taken(sandbox: Sandbox, client: Client, photo: bytes) -> None:
    sandbox.settings(latency_ms=50)
    images = Broken(photo, 3, KeyboardInterrupt())
    results = client.recognize_many(images, vendor="wechat")
    with pytest.raises(KeyboardInterrupt):
        next(results)
    assert [item.unwrap().card_number for item in results] == [CARD] * 3
    assert images.asked == 4


class Watched:
    """A batch that says when it is waited for, which is when it is asked and `takes_no_more`."""

    def __init__(self, batch: Any, takes_no_more: Callable[[], bool]) -> None:
        self.is_waited_for = threading.Event()
        self._batch, self._takes_no_more = batch, takes_no_more

    def step(self, waits: bool) -> str:
        if self._takes_no_more():
            self.is_waited_for.set()
        return self._batch.step(waits)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals between threads")
def test_ctrl_c_while_results_are_waited_for(
    sandbox: Sandbox, client: Client, photo: bytes
) -> None:
    images = iter([photo] * 5)
    results: Any = client.recognize_many(images, concurrency=3, vendor="wechat")
    results._batch = Watched(results._batch, lambda: images.__length_hint__() == 2)
    thread = threading.get_ident()

    def interrupt() -> None:
        assert results._batch.is_waited_for.wait(10)
        signal.pthread_kill(thread, signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    # No answer comes before the signal.
    sandbox.pause()
    try:
        interrupter = threading.Thread(target=interrupt)
        interrupter.start()
        with pytest.raises(KeyboardInterrupt):
            next(results)
        interrupter.join()
    finally:
        sandbox.go_on()
        signal.signal(signal.SIGINT, before)
    assert sorted(item.index for item in results if item.error is None) == list(range(5))
    assert [entry["billed"] for entry in sandbox.ledger("wechat")].count(True) == 5


def test_inputs_that_come_from_the_batch_itself(client: Client, photo: bytes) -> None:
    results: Iterator[Any]

    def images() -> Iterator[bytes]:
        yield photo
        next(results)

    results = client.recognize_many(images(), vendor="wechat")
    assert next(results).unwrap().card_number == CARD
    with pytest.raises(ValueError, match="the batch is being iterated already"):
        next(results)


def test_a_batch_of_a_client_that_nobody_keeps_has_its_events(sandbox: Sandbox, photo: bytes) -> None:
    events: List[cardwire.Event] = []
    for item in Client(sandbox.config, on_event=events.append).recognize_many([photo] * 3, concurrency=1):
        item.unwrap()
    for checked in Client(sandbox.config, on_event=events.append).verify_many([Cardholder(CARD, NAME, ID_NUMBER)]):
        checked.unwrap()

    async def of_a_loop() -> None:
        async for item in AsyncClient(sandbox.config, on_event=events.append).recognize_many([photo] * 3):
            item.unwrap()

    asyncio.run(of_a_loop())
    assert [type(event).__name__ for event in events].count("CallEnded") == 3 + 1 + 3


def test_an_empty_batch(client: Client) -> None:
    assert list(client.recognize_many([])) == []
    assert list(client.verify_many(iter(()))) == []


def test_a_closed_client_fails_each_item(client: Client, photo: bytes) -> None:
    client.close()
    items = list(client.recognize_many([photo] * 3))
    assert [type(item.error) for item in items] == [cardwire.ClosedError] * 3
