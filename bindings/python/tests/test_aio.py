"""The asyncio client: coroutines, cancellation, iterators, and loops that end too early."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import signal
import threading
import time
import weakref
from typing import Any, AsyncIterator, Awaitable, Callable, List

import cardwire
import pytest
from cardwire import AsyncClient, Cardholder, Client, ImageUrl, Outcome

from conftest import CARD, ID_NUMBER, NAME, Sandbox, run_python


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Runs a coroutine test; its fixtures are those of the outer function."""

    def run(sandbox: Sandbox, photo: bytes) -> None:
        asyncio.run(test(sandbox, photo))  # type: ignore[arg-type]

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@in_loop
async def test_every_operation(sandbox: Sandbox, photo: bytes) -> None:
    async with AsyncClient(sandbox.config) as client:
        card = await client.recognize(photo, vendor="tencent_kyc")
        assert card.card_number == CARD and card.order_id is not None
        order = await client.fetch_order(card.order_id)
        assert order.original_photo == photo
        answer = await client.verify(CARD, NAME, id_number=ID_NUMBER)
        assert answer.outcome is Outcome.MATCH
        assert (await client.lookup_card(CARD)).found
        address = ImageUrl("https://cards.example/front.jpg")
        assert (await client.recognize(address)).card_number == CARD
    with pytest.raises(cardwire.ClosedError):
        await client.recognize(photo)


@in_loop
async def test_the_blocking_client_has_coroutines_too(sandbox: Sandbox, photo: bytes) -> None:
    with Client(sandbox.config) as client:
        card = await client.recognize_async(photo, vendor="tencent_kyc")
        assert (await client.fetch_order_async(card.order_id or "")).card_number == CARD
        assert (await client.verify_async(CARD, NAME)).outcome is Outcome.MATCH
        assert (await client.lookup_card_async(CARD)).found


@in_loop
async def test_errors_are_raised(sandbox: Sandbox, photo: bytes) -> None:
    async with AsyncClient(sandbox.config) as client:
        with pytest.raises(cardwire.InvalidArgumentError):
            await client.recognize(b"no image")
        with pytest.raises(TypeError):
            await client.verify(6222020000000000000, NAME)  # type: ignore[arg-type]
        with pytest.raises(cardwire.UnsupportedError):
            await client.verify(CARD, NAME, vendor="wechat")
        sandbox.script("wechat", "recognize", fault={"kind": "never_answer"})
        with pytest.raises(cardwire.TimeoutError):
            await client.recognize(photo, vendor="wechat", timeout=0.2)


@in_loop
async def test_many_calls_take_no_thread_each(sandbox: Sandbox, photo: bytes) -> None:
    sandbox.settings(latency_ms=300)
    async with AsyncClient(sandbox.config) as client:
        await client.recognize(photo, vendor="wechat")
        lag = 0.0
        calls = [client.recognize(photo, vendor="wechat") for _ in range(256)]
        gathered = asyncio.gather(*calls)
        started = time.monotonic()
        while not gathered.done():
            before = time.monotonic()
            await asyncio.sleep(0.01)
            lag = max(lag, time.monotonic() - before)
        cards = await gathered
        assert {card.card_number for card in cards} == {CARD}
        assert time.monotonic() - started < 15
        assert lag < 2.0
        assert len(threads()) < 30
        assert threading.active_count() < 5


def threads() -> "list[str]":
    return os.listdir("/proc/self/task") if os.path.isdir("/proc/self/task") else []


@in_loop
async def test_cancelling_a_task_cancels_the_call(sandbox: Sandbox, photo: bytes) -> None:
    async with AsyncClient(sandbox.config) as client:
        await client.recognize(photo, vendor="wechat")
        sandbox.script("wechat", "recognize", times=0, fault={"kind": "never_answer"})
        task = asyncio.ensure_future(client.recognize(photo, vendor="wechat"))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.recognize(photo, vendor="wechat"), 0.1)
        before = time.monotonic()
        await client.close()
        assert time.monotonic() - before < 1.0


@in_loop
async def test_closing_ends_calls_under_way(sandbox: Sandbox, photo: bytes) -> None:
    client = AsyncClient(sandbox.config)
    await client.recognize(photo, vendor="wechat")
    before = len(sandbox.ledger("wechat"))
    sandbox.script("wechat", "recognize", times=0, fault={"kind": "never_answer"})
    task = asyncio.ensure_future(client.recognize(photo, vendor="wechat", order_id="python0004"))
    while len(sandbox.ledger("wechat")) == before:
        await asyncio.sleep(0.01)
    await client.close()
    with pytest.raises(cardwire.CancelledError) as caught:
        await task
    assert (caught.value.order_id, caught.value.sent) == ("python0004", cardwire.Sent.UNKNOWN)


@in_loop
async def test_many(sandbox: Sandbox, photo: bytes) -> None:
    taken = 0

    async def images() -> AsyncIterator[Any]:
        nonlocal taken
        for number in range(40):
            taken += 1
            await asyncio.sleep(0)
            yield b"no image" if number == 7 else photo

    async with AsyncClient(sandbox.config) as client:
        indexes, errors = [], []
        async for item in client.recognize_many(images(), concurrency=4, vendor="wechat"):
            indexes.append(item.index)
            assert taken <= len(indexes) + 6
            if item.error is not None:
                errors.append(item.index)
        assert sorted(indexes) == list(range(40)) and errors == [7]
        holders = [Cardholder(CARD, NAME, ID_NUMBER)] * 5
        outcomes = [item.unwrap().outcome async for item in client.verify_many(holders)]
        assert outcomes == [Outcome.MATCH] * 5
        assert [item async for item in client.recognize_many([])] == []
        assert [item async for item in client.recognize_many(iter([photo]))][0].index == 0


@in_loop
async def test_leaving_a_batch_early(sandbox: Sandbox, photo: bytes) -> None:
    async with AsyncClient(sandbox.config) as client:
        await client.recognize(photo, vendor="wechat")
        sandbox.script("wechat", "recognize", times=0, fault={"kind": "never_answer"})
        items = client.recognize_many([b"bad"] + [photo] * 8, concurrency=4, vendor="wechat")
        async for item in items:
            assert item.index == 0
            break
        await items.aclose()  # type: ignore[attr-defined]

        async def broken() -> AsyncIterator[bytes]:
            yield photo
            raise KeyError("no more photos")

        with pytest.raises(KeyError, match="no more photos"):
            async for item in client.recognize_many(broken(), vendor="wechat"):
                pass


class Stalled:
    """An asynchronous iterator that gives so many inputs, and then nothing more."""

    def __init__(self, count: int) -> None:
        self.waits, self.was_left = asyncio.Event(), asyncio.Event()
        self._left = count

    def __aiter__(self) -> Stalled:
        return self

    async def __anext__(self) -> Any:
        self._left -= 1
        if self._left >= 0:
            return Cardholder(CARD, NAME, ID_NUMBER)
        self.waits.set()
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            self.was_left.set()
            raise StopAsyncIteration


async def executed(sandbox: Sandbox, vendor: str, count: int) -> None:
    while len(sandbox.ledger(vendor)) < count:
        await asyncio.sleep(0.01)


@in_loop
async def test_closing_gives_up_an_input_that_does_not_come(sandbox: Sandbox, _: bytes) -> None:
    sandbox.script("aliyun_yhkr", "verify", times=0, fault={"kind": "never_answer"})
    complaints: List[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    client = AsyncClient(sandbox.config_for("aliyun_yhkr"))
    inputs, kinds = Stalled(2), []

    async def many() -> None:
        async for item in client.verify_many(inputs):
            kinds.append(type(item.error))

    task = asyncio.ensure_future(many())
    await asyncio.wait_for(inputs.waits.wait(), 5)
    await asyncio.wait_for(executed(sandbox, "aliyun_yhkr", 2), 5)
    await client.close()
    with pytest.raises(cardwire.ClosedError):
        await asyncio.wait_for(task, 5)
    assert kinds == [cardwire.CancelledError] * 2
    await asyncio.wait_for(inputs.was_left.wait(), 5)

    inputs = Stalled(2)
    with pytest.raises(cardwire.ClosedError):
        await asyncio.wait_for(many(), 5)
    assert not inputs.waits.is_set() and inputs._left == 2
    holders = [Cardholder(CARD, NAME)] * 2
    items = [item async for item in client.verify_many(holders)]
    assert [type(item.error) for item in items] == [cardwire.ClosedError] * 2
    gc.collect()
    assert complaints == []


@in_loop
async def test_leaving_a_batch_gives_up_an_input_that_does_not_come(sandbox: Sandbox, _: bytes) -> None:
    async with AsyncClient(sandbox.config) as client:
        for leave in (lambda items: items.aclose(), None):
            inputs = Stalled(1)
            items: Any = client.verify_many(inputs, vendor="aliyun_yhkr")
            assert (await items.__anext__()).error is None
            await asyncio.wait_for(inputs.waits.wait(), 5)
            if leave is not None:
                waiting = asyncio.ensure_future(items.__anext__())
                await asyncio.sleep(0)
                with pytest.raises(RuntimeError, match="the batch is being iterated already"):
                    await items.__anext__()
                await leave(items)
                with pytest.raises(StopAsyncIteration):
                    await asyncio.wait_for(waiting, 5)
            del items
            await asyncio.wait_for(inputs.was_left.wait(), 5)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no process can be stopped")
@in_loop
async def test_what_is_in_flight_when_the_task_is_cancelled_is_given(sandbox: Sandbox, _: bytes) -> None:
    async with AsyncClient(sandbox.config_for("aliyun_yhkr")) as client:
        inputs = iter([Cardholder(CARD, NAME, ID_NUMBER)] * 5)
        items = client.verify_many(inputs, concurrency=3)
        # No answer comes before the task is cancelled.
        sandbox.pause()
        try:
            task = asyncio.ensure_future(items.__anext__())
            while inputs.__length_hint__() > 2:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        finally:
            sandbox.go_on()
        orders = {item.unwrap().order_id async for item in items}
        assert len(orders) == 5
        assert [entry["billed"] for entry in sandbox.ledger("aliyun_yhkr")].count(True) == 5
        with pytest.raises(StopAsyncIteration):
            await items.__anext__()


@in_loop
async def test_closing_ends_what_is_read(sandbox: Sandbox, _: bytes) -> None:
    class Endless:
        def __init__(self) -> None:
            self.is_read, self.was_left = asyncio.Event(), False

        async def read(self, size: int) -> bytes:
            self.is_read.set()
            try:
                return await asyncio.get_running_loop().create_future()
            finally:
                self.was_left = True

    async def in_batch(client: AsyncClient, photo: Endless) -> None:
        async for item in client.recognize_many([photo, photo]):
            item.unwrap()

    closed: Any = lambda client: asyncio.get_running_loop().run_in_executor(None, client.close)
    kinds: List[Any] = [
        (AsyncClient, AsyncClient.recognize, AsyncClient.close),
        (AsyncClient, in_batch, AsyncClient.close),
        (Client, Client.recognize_async, closed),
    ]
    for kind, call, close in kinds:
        client, photo = kind(sandbox.config), Endless()
        task = asyncio.ensure_future(call(client, photo))
        await asyncio.wait_for(photo.is_read.wait(), 5)
        await close(client)
        with pytest.raises(cardwire.CancelledError, match="the client was closed during the call"):
            await asyncio.wait_for(task, 5)
        assert photo.was_left
        photo.is_read.clear()
        with pytest.raises(cardwire.ClosedError):
            await asyncio.wait_for(call(client, photo), 5)
        assert not photo.is_read.is_set()


def test_a_loop_that_is_closed_during_a_call(sandbox: Sandbox, photo: bytes) -> None:
    client = AsyncClient(sandbox.config)
    sandbox.settings(latency_ms=300)
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.recognize(photo, vendor="wechat"))
    loop.run_until_complete(asyncio.sleep(0.05))
    loop.close()
    time.sleep(0.6)
    task._log_destroy_pending = False  # type: ignore[attr-defined]
    del task
    assert asyncio.run(client.recognize(photo, vendor="wechat")).card_number == CARD


def test_one_client_in_two_loops_of_two_threads(sandbox: Sandbox, photo: bytes) -> None:
    client = AsyncClient(sandbox.config)
    found: "list[str]" = []

    async def read() -> None:
        cards = await asyncio.gather(*(client.recognize(photo, vendor="wechat") for _ in range(20)))
        found.extend(card.card_number for card in cards)

    workers = [threading.Thread(target=lambda: asyncio.run(read())) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [CARD] * 40


@in_loop
async def test_a_loop_keeps_nothing_of_the_task_that_called_first(
    sandbox: Sandbox, photo: bytes
) -> None:
    class Kept:
        """What a task's context holds."""

    variable: "contextvars.ContextVar[Kept]" = contextvars.ContextVar("variable")
    kept: "list[weakref.ref[Kept]]" = []
    async with AsyncClient(sandbox.config) as client:

        async def call() -> None:
            value = Kept()
            kept.append(weakref.ref(value))
            variable.set(value)
            await client.verify(CARD, NAME, ID_NUMBER)

        await asyncio.ensure_future(call())
        await asyncio.sleep(0.01)
        gc.collect()
        assert kept[0]() is None
        assert (await client.verify(CARD, NAME, ID_NUMBER)).outcome is Outcome.MATCH


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no list of open files")
def test_loops_that_came_and_went_leave_no_open_file(sandbox: Sandbox, photo: bytes) -> None:
    def loop() -> int:
        assert asyncio.run(call()) == "match"
        return len(os.listdir("/proc/self/fd"))

    async def call() -> str:
        async with AsyncClient(sandbox.config) as client:
            return (await client.verify(CARD, NAME, ID_NUMBER)).outcome.value

    for _ in range(3):
        loop()
    before = loop()
    assert max(loop() for _ in range(20)) <= before + 3


def test_leaving_the_loop_with_calls_in_flight(sandbox: Sandbox) -> None:
    sandbox.script("wechat", "any", times=0, fault={"kind": "never_answer"})
    source = """
import asyncio, json, sys, cardwire
async def main():
    client = cardwire.AsyncClient(json.loads(sys.argv[1]))
    for _ in range(20):
        asyncio.ensure_future(client.recognize(open(sys.argv[2], "rb").read(), vendor="wechat"))
    await asyncio.sleep(0.2)
asyncio.run(main())
print("left")
"""
    import json

    from conftest import REPOSITORY

    photo = REPOSITORY / "tests" / "images" / "icbc-debit.jpg"
    ended = run_python(source, json.dumps(sandbox.config), str(photo))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "left\n", "")
