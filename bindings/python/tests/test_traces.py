"""What tools that report exceptions find in the library's frames: nothing of a person, no secret."""

from __future__ import annotations

import asyncio
import inspect
import io
import signal
import threading
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any, Awaitable, Callable, Iterator, List, Tuple, Union

import cardwire
import pytest
from cardwire import (
    AsyncClient,
    BatchInput,
    Cardholder,
    Client,
    CredentialAsk,
    Credentials,
    ImageUrl,
    Journal,
)

from conftest import CARD, ID_NUMBER, NAME, PHONE, Sandbox

FOLDER = str(Path(cardwire.__file__).parent)
SECRET = "not-for-anybody-7Qx"
FILE = f"/nowhere/{SECRET}.jpg"
LONE = "\ud800"

# What no frame of the library may hold.
HIDDEN = (CARD, NAME, ID_NUMBER, PHONE, SECRET)


def chain(error: BaseException) -> Iterator[BaseException]:
    seen: List[BaseException] = []
    left: List[Union[BaseException, None]] = [error]
    while left:
        one = left.pop()
        if one is not None and one not in seen:
            seen.append(one)
            left += [one.__cause__, one.__context__]
            yield one


def holds(value: object, depth: int = 3) -> bool:
    """Whether a value of a person can be found in it, as deep as error trackers look."""
    if isinstance(value, bytes):
        return any(hidden.encode() in value for hidden in HIDDEN)
    if any(hidden in repr(value) for hidden in HIDDEN):
        return True
    if isinstance(value, str):
        return any(hidden in value for hidden in HIDDEN)
    if depth == 0 or isinstance(value, (type, ModuleType, asyncio.AbstractEventLoop)):
        return False
    inside: List[object] = []
    if isinstance(value, dict):
        inside += [*value, *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inside += value
    elif isinstance(value, (BatchInput, Cardholder, ImageUrl)):
        return True
    inside += getattr(value, "__dict__", {}).values()
    return any(holds(one, depth - 1) for one in inside)


def in_frames(error: BaseException) -> List[str]:
    """Each local of the library's frames that holds something of a person."""
    found = []
    for one in chain(error):
        for frame, line in traceback.walk_tb(one.__traceback__):
            if frame.f_code.co_filename.startswith(FOLDER):
                place = f"{Path(frame.f_code.co_filename).name}:{line} {frame.f_code.co_name}"
                found += [f"{place}: {k}" for k, v in frame.f_locals.items() if holds(v)]
        shown = traceback.TracebackException.from_exception(one, capture_locals=True)
        for summary in shown.stack:
            if summary.filename.startswith(FOLDER):
                found += [
                    f"{Path(summary.filename).name}:{summary.lineno}: {name}"
                    for name, value in (summary.locals or {}).items()
                    if any(hidden in value for hidden in HIDDEN)
                ]
    return found


class Broken:
    def read(self, size: int) -> bytes:
        raise OSError("the disk is gone")


class Wrong:
    def read(self, size: int) -> str:
        return CARD


class Waits:
    async def read(self, size: int) -> bytes:
        return CARD.encode()


PERSONS: List[Tuple[Any, ...]] = [
    (CARD, NAME, ID_NUMBER, PHONE),
    (CARD, NAME, ID_NUMBER + "x", PHONE),
    (CARD, NAME + "\n", ID_NUMBER, PHONE),
    (CARD + "x", NAME, ID_NUMBER, PHONE),
    (int(CARD), NAME, ID_NUMBER, PHONE),
    (CARD, NAME.encode(), ID_NUMBER, PHONE),
    (CARD, NAME + LONE, ID_NUMBER, PHONE),
]
IMAGES: List[Any] = [
    CARD.encode(),
    bytearray(CARD.encode()),
    memoryview(CARD.encode()),
    io.BytesIO(CARD.encode()),
    FILE,
    Path(FILE),
    f"{FILE}{LONE}",
    f"data:image/jpeg;base64,{CARD}",
    f"https://x/{SECRET}",
    ImageUrl(f"ftp://x/{SECRET}"),
    ImageUrl(f"https://x/{SECRET}{LONE}"),
    Broken(),
    Wrong(),
    Waits(),
    [CARD],
]
CONFIGS: List[Any] = [
    f'{{"vendors": "{SECRET}"}}',
    f'{{"vendors": "{SECRET}{LONE}"}}',
    {"vendors": [{"vendor": "wechat", "app_secret": SECRET}]},
    {"vendors": [{"vendor": "wechat", "app_secret": SECRET, "x": b"x"}]},
    {"vendors": [{"vendor": "wechat", "app_secret": SECRET, "x": {("a",): 1}}]},
    [SECRET],
]
# The options refuse too, while the values are there.
OPTIONS: List[Any] = [{}, {"timeout": "x"}, {"timeout": -1}, {"vendor": "nobody"}, {"vendor": []}]
# What must hold nothing of a person may all the same, until it is refused.
NAMES: List[Any] = [
    {key: value}
    for key in ("order_id", "reference")
    for value in (CARD, f"{ID_NUMBER}{LONE}", int(CARD))
]
NAMES += [{"reference": CARD, "skip_answered": "yes"}, {"order_id": CARD, "timeout": -1}]

Call = Callable[[], Any]


def checks() -> List[Call]:
    calls: List[Call] = []
    for value in (int(CARD), CARD + LONE):
        for check in ("check_card_number", "check_id_number", "mask_card_number"):
            calls.append(lambda c=check, v=value: getattr(cardwire, c)(v))
    calls += [lambda i=image: cardwire.check_image(i) for image in IMAGES]
    return calls


def of_client(client: Client) -> List[Call]:
    calls: List[Call] = []
    for given in OPTIONS:
        for p in PERSONS:
            calls.append(lambda p=p, o=given: client.verify(*p, **o))
            calls.append(lambda p=p, o=given: client.lookup_card(p[0], **o))
            calls.append(lambda p=p, o=given: list(client.verify_many([Cardholder(*p)], **o)))
        for i in IMAGES:
            calls.append(lambda i=i, o=given: client.recognize(i, **o))
            calls.append(lambda i=i, o=given: list(client.recognize_many([i], **o)))
        calls.append(lambda o=given: client.fetch_order(CARD + "-", **o))
    person, image = Cardholder(*PERSONS[0]), CARD.encode()
    for given in NAMES:
        calls.append(lambda o=given: client.verify(*PERSONS[0], **o))
        calls.append(lambda o=given: client.lookup_card(CARD, **o))
        calls.append(lambda o=given: client.recognize(FILE, **o))
        calls.append(lambda o=given: list(client.verify_many([named(person, o)])))
        calls.append(lambda o=given: list(client.recognize_many([named(image, o)])))
    for i in IMAGES:
        calls.append(lambda i=i: list(client.recognize_many([BatchInput(i, reference="row 1")])))
    calls.append(lambda: list(client.verify_many(failing([Cardholder(*PERSONS[0])]))))
    calls.append(lambda: list(client.recognize_many(failing([CARD.encode()]))))
    calls.append(lambda: list(client.verify_many([PERSONS[0]])))  # type: ignore[list-item]
    for orders in (
        client.find_order,
        lambda n: client.reconcile_order(n, NAME),
        lambda n: client.export_orders(n, reference=CARD),
        lambda n: client.export_orders(FILE, reference=n),
        lambda n: client.orders(reference=n),
        lambda n: client.orders(reference=CARD, before=n),
        lambda n: client.orders(reference=n, since="x"),
        client.prune_orders,
    ):
        calls += [lambda f=orders, n=n: f(n) for n in (CARD, CARD + LONE, int(CARD))]
    return calls


def named(given: Any, names: Any) -> BatchInput[Any]:
    return BatchInput(given, **{key: names[key] for key in names if key in ("order_id", "reference")})


def failing(values: List[Any]) -> Iterator[Any]:
    yield from values
    raise ValueError("no more")


def of_async_client(client: AsyncClient, blocking: Client) -> List[Callable[[], Awaitable[Any]]]:
    async def all_of(items: Any) -> Any:
        return [item async for item in items]

    calls: List[Callable[[], Awaitable[Any]]] = []
    for given in OPTIONS:
        for p in PERSONS:
            calls.append(lambda p=p, o=given: client.verify(*p, **o))
            calls.append(lambda p=p, o=given: client.lookup_card(p[0], **o))
            calls.append(lambda p=p, o=given: blocking.verify_async(*p, **o))
            calls.append(lambda p=p, o=given: blocking.lookup_card_async(p[0], **o))

            async def many(p: Any = p, o: Any = given) -> Any:
                return await all_of(client.verify_many([Cardholder(*p)], **o))

            calls.append(many)
        for i in IMAGES:
            calls.append(lambda i=i, o=given: client.recognize(i, **o))
            calls.append(lambda i=i, o=given: blocking.recognize_async(i, **o))

            async def photos(i: Any = i, o: Any = given) -> Any:
                return await all_of(client.recognize_many([i], **o))

            calls.append(photos)
    person, image = Cardholder(*PERSONS[0]), CARD.encode()
    for given in NAMES:
        calls.append(lambda o=given: client.verify(*PERSONS[0], **o))
        calls.append(lambda o=given: client.lookup_card(CARD, **o))
        calls.append(lambda o=given: client.recognize(FILE, **o))
        calls.append(lambda o=given: blocking.verify_async(*PERSONS[0], **o))
        calls.append(lambda o=given: blocking.lookup_card_async(CARD, **o))
        calls.append(lambda o=given: blocking.recognize_async(FILE, **o))
        calls.append(lambda o=given: all_of(client.verify_many([named(person, o)])))
        calls.append(lambda o=given: all_of(client.recognize_many([named(image, o)])))
    for i in IMAGES:
        calls.append(lambda i=i: all_of(client.recognize_many([BatchInput(i, reference="row 1")])))
    calls.append(lambda: all_of(client.verify_many(failing([Cardholder(*PERSONS[0])]))))
    calls.append(lambda: all_of(client.recognize_many(failing([CARD.encode()]))))
    calls.append(lambda: client.find_order(CARD + LONE))
    calls.append(lambda: client.reconcile_order(CARD, NAME))
    for n in (CARD, CARD + LONE, int(CARD)):
        calls.append(lambda n=n: client.export_orders(n, reference=CARD))
        calls.append(lambda n=n: client.export_orders(FILE, reference=n))
        calls.append(lambda n=n: client.orders(reference=n))
        calls.append(lambda n=n: client.orders(reference=CARD, before=n))
        calls.append(lambda n=n: client.orders(reference=n, since="x"))
        calls.append(lambda n=n: client.prune_orders(n))
    return calls


def failed(found: Any) -> List[BaseException]:
    items = found if isinstance(found, list) else []
    return [item.error for item in items if item is not None and item.error is not None]


def test_no_frame_of_the_library_holds_anything_of_a_person(sandbox: Sandbox) -> None:
    for vendor in ("tencent_faceid", "aliyun_yhkr"):
        sandbox.script(vendor, times=0, answer={"status": 403, "body": "{}"})
    errors: List[BaseException] = []

    def run(call: Call) -> None:
        try:
            errors.extend(failed(call()))
        except Exception as error:
            errors.append(error)

    with Client(sandbox.config) as client:
        for call in [*checks(), *of_client(client)]:
            run(call)
        for config in CONFIGS:
            run(lambda: Client(config))
            run(lambda: AsyncClient(config))
        run(lambda: Journal(f"{FILE}/{LONE}"))

        async def all_calls() -> None:
            async with AsyncClient(sandbox.config) as other:
                for call in of_async_client(other, client):
                    try:
                        errors.extend(failed(await call()))
                    except Exception as error:
                        errors.append(error)

        asyncio.run(all_calls())
    assert len(errors) > 500
    frames = sum(len(list(traceback.walk_tb(e.__traceback__))) for e in errors)
    assert frames > 1000
    found = sorted({place for error in errors for place in in_frames(error)})
    assert found == [], "\n".join(found)


def check(errors: List[BaseException]) -> None:
    """Every error has frames of the library, and none of them holds anything."""
    for error in errors:
        frames = [f for one in chain(error) for f, _ in traceback.walk_tb(one.__traceback__)]
        assert any(frame.f_code.co_filename.startswith(FOLDER) for frame in frames), repr(error)
    found = sorted({place for error in errors for place in in_frames(error)})
    assert found == [], "\n".join(found)


def hang(sandbox: Sandbox) -> None:
    for entry in sandbox.config["vendors"]:
        sandbox.script(entry["vendor"], times=0, fault={"kind": "never_answer"})


class Upload:
    """Gives a piece, and then waits for the next one for ever."""

    def __init__(self, photo: bytes) -> None:
        self._pieces = [photo]

    async def read(self, size: int) -> bytes:
        if not self._pieces:
            await asyncio.Event().wait()
        return self._pieces.pop()


def calls_in_flight(client: AsyncClient, blocking: Client, photo: bytes) -> List[Any]:
    async def all_of(items: Any) -> Any:
        return [item async for item in items]

    async def slow(given: Any) -> Any:
        yield given
        await asyncio.Event().wait()

    person, of_a_person = PERSONS[0], photo + CARD.encode()
    named = BatchInput(Cardholder(*person), reference="row 1")
    return [
        lambda: client.verify(*person),
        lambda: client.lookup_card(CARD),
        lambda: client.recognize(of_a_person),
        lambda: client.recognize(io.BytesIO(of_a_person)),
        lambda: client.recognize(Upload(of_a_person)),
        lambda: blocking.verify_async(*person),
        lambda: blocking.recognize_async(of_a_person),
        lambda: all_of(client.verify_many([Cardholder(*person), named] * 3)),
        lambda: all_of(client.verify_many(slow(Cardholder(*person)))),
        lambda: all_of(client.recognize_many([of_a_person, Upload(of_a_person)])),
        lambda: all_of(client.recognize_many(slow(BatchInput(of_a_person, order_id="a1")))),
    ]


@pytest.mark.parametrize("how", ["at once", "in flight", "wait_for", "answered"])
def test_no_frame_holds_anything_of_a_cancelled_task(
    sandbox: Sandbox, photo: bytes, how: str
) -> None:
    answered = threading.Event()

    def on_event(event: cardwire.Event) -> None:
        if isinstance(event, cardwire.AttemptEnded):
            answered.set()

    async def error_of(call: Call) -> BaseException:
        answered.clear()
        task = asyncio.ensure_future(call())
        try:
            if how == "wait_for":
                await asyncio.wait_for(task, 0.2)
            else:
                await asyncio.sleep(0.2 if how == "in flight" else 0)
                if how == "answered":
                    assert answered.wait(10)
                task.cancel()
                await task
        except (asyncio.CancelledError, asyncio.TimeoutError) as error:
            return error
        raise AssertionError("it was not cancelled")

    async def errors_of_all() -> List[BaseException]:
        async with AsyncClient(sandbox.config, on_event=on_event) as client:
            with Client(sandbox.config, on_event=on_event) as blocking:
                calls = calls_in_flight(client, blocking, photo)
                if how == "answered":
                    calls = [calls[0], calls[1], calls[2], calls[5]]
                return [await error_of(call) for call in calls]

    if how != "answered":
        hang(sandbox)
    errors = asyncio.run(errors_of_all())
    assert len(errors) == (4 if how == "answered" else 11)
    check(errors)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals between threads")
def test_no_frame_holds_anything_after_ctrl_c(sandbox: Sandbox, photo: bytes) -> None:
    hang(sandbox)
    errors: List[BaseException] = []
    person, of_a_person = PERSONS[0], photo + CARD.encode()

    async def alone(call: Callable[[AsyncClient], Awaitable[Any]]) -> None:
        async with AsyncClient(sandbox.config) as other:
            await call(other)

    observer: Callable[[object], None] = lambda _: None
    with Client(sandbox.config) as client, Client(sandbox.config, on_event=observer) as observed:
        calls: List[Call] = [
            lambda: client.verify(*person),
            lambda: observed.verify(*person),
            lambda: client.lookup_card(CARD),
            lambda: client.recognize(of_a_person),
            lambda: client.recognize(io.BytesIO(of_a_person)),
            lambda: list(client.verify_many([Cardholder(*person)] * 3)),
            lambda: list(client.recognize_many([of_a_person] * 3)),
            lambda: asyncio.run(alone(lambda other: other.verify(*person))),
            lambda: asyncio.run(alone(lambda other: other.recognize(Upload(of_a_person)))),
        ]
        main = threading.main_thread().ident
        assert main is not None
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            for call in calls:
                threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT)).start()
                try:
                    call()
                except KeyboardInterrupt as error:
                    errors.append(error)
        finally:
            signal.signal(signal.SIGINT, before)
    assert len(errors) == len(calls)
    check(errors)


def test_no_frame_holds_anything_that_a_provider_gave(sandbox: Sandbox, photo: bytes) -> None:
    document = sandbox.config_for("aliyun_yhkr", "tencent_faceid")
    for key in ("app_code", "secret_id", "secret_key"):
        for entry in document["vendors"]:
            if key in entry:
                entry[key] = {"provider": "tokens"}
    given: List[Any] = [
        SECRET,
        SECRET + LONE,
        SECRET + " " + SECRET,
        SECRET.encode(),
        [SECRET],
        {"app_code": SECRET, "secret_id": 7},
        {"app_code": SECRET, "other": SECRET},
        {"app_code": SECRET, SECRET: LONE},
        {7: SECRET},
        Credentials(SECRET, expires_in=float("nan")),
        Credentials(SECRET, expires_in="soon"),  # type: ignore[arg-type]
        Credentials({"secret_id": SECRET, "secret_key": b"x"}),  # type: ignore[dict-item]
        LookupError(SECRET),
        KeyboardInterrupt(SECRET),
    ]
    errors: List[BaseException] = []

    def answer(value: Any) -> Any:
        if isinstance(value, BaseException):
            raise value
        return value

    async def call(provide: Any) -> None:
        async with AsyncClient(document, providers={"tokens": provide}) as client:
            for vendor in ("aliyun_yhkr", "tencent_faceid"):
                try:
                    await client.verify(*PERSONS[0][:3], vendor=vendor)
                except cardwire.CardwireError as error:
                    errors.append(error)

    for value in given:

        def provide(_: CredentialAsk, value: Any = value) -> Any:
            return answer(value)

        async def provide_on_loop(_: CredentialAsk, value: Any = value) -> Any:
            await asyncio.sleep(0)
            return answer(value)

        with Client(document, providers={"tokens": provide}) as client:
            for vendor in ("aliyun_yhkr", "tencent_faceid"):
                with pytest.raises(cardwire.CardwireError) as caught:
                    client.verify(*PERSONS[0][:3], vendor=vendor)
                errors.append(caught.value)
        asyncio.run(call(provide))
        if not isinstance(value, KeyboardInterrupt):
            asyncio.run(call(provide_on_loop))
    assert len(errors) > 70
    check(errors)
    assert not any(SECRET in f"{error} {error!r}" for error in errors)


def test_a_value_in_a_frame_would_be_found() -> None:
    source = f"def given(card_number):\n    raise ValueError\n\ngiven({CARD!r})\n"
    with pytest.raises(ValueError) as caught:
        exec(compile(source, f"{FOLDER}/planted.py", "exec"), {})
    assert any("card_number" in place for place in in_frames(caught.value))


def test_every_method_that_takes_a_value_is_called() -> None:
    source = inspect.getsource(of_client) + inspect.getsource(of_async_client)
    for owner, exempt in ((Client, {"close", "orders", "unknown_orders"}), (AsyncClient, set())):
        for name, method in vars(owner).items():
            takes = not name.startswith("_") and inspect.isfunction(method)
            if takes and name not in exempt | {"close", "orders", "unknown_orders", "fetch_order"}:
                if name != "fetch_order_async":
                    assert f".{name}" in source, name
