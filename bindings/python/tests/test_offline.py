"""Photos read on this machine, and issuers by the table of prefixes. Nothing is sent."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import signal
import struct
import threading
import traceback
import zlib
from pathlib import Path
from typing import Any

import cardwire
import pytest
from cardwire import (
    AsyncClient,
    BatchInput,
    Billed,
    CardKind,
    CardNotFoundError,
    Client,
    Issuer,
    IssuerSource,
    Recognition,
    Sent,
    Vendor,
)

from conftest import CARD, REPOSITORY, Sandbox, marked

CONFIG = {"vendors": [{"vendor": "offline"}]}
ICBC = Issuer("中国工商银行", "ICBC", CardKind.DEBIT)
#: A card in 400 by 250 pixels of 3 bytes behind a header of 54, the lowest row first, without the note
#: to the sandbox.
BITMAP = (REPOSITORY / "tests" / "images" / "comm-quasi-credit.bmp").read_bytes()[:300_054]
NO_CARD = BITMAP[:54] + bytes(300_000)
#: It takes a while.
LARGE = (REPOSITORY / "tests" / "images" / "ccb-debit-large.jpg").read_bytes()


def misprinted() -> bytes:
    """A card whose last digit is the one before again, so that its check digit does not fit."""
    photo = bytearray(BITMAP)
    for row in range(84, 107):
        at = 54 + (row * 400 + 326) * 3
        photo[at : at + 39] = photo[at - 39 : at]
    return bytes(photo)


def check(card: Recognition) -> None:
    assert card.card_number == CARD
    assert isinstance(card.confidence, float) and 0.9 <= card.confidence <= 1
    assert (card.issuer, card.issuer_code, card.card_kind) == ("中国工商银行", "ICBC", CardKind.DEBIT)
    assert card.issuer_source is IssuerSource.TABLE
    upper_left, upper_right, lower_right, lower_left = card.corners
    assert upper_left.x < upper_right.x and lower_left.x < lower_right.x
    assert upper_left.y < lower_left.y and upper_right.y < lower_right.y
    assert (card.raw, card.warnings) == (b"", ())
    assert (card.vendor, card.sent, card.billed) == (Vendor.OFFLINE, Sent.NO, Billed.NO)
    (attempt,) = card.attempts
    assert (attempt.outcome, attempt.sent, attempt.billed) == ("ok", Sent.NO, Billed.NO)


def test_a_photo_is_read_here(photo: bytes, photo_path: Path) -> None:
    with Client(CONFIG) as client:
        for image in (photo, photo_path):
            check(client.recognize(image))
        check(asyncio.run(client.recognize_async(photo)))


def test_a_photo_is_read_here_in_a_loop(photo: bytes) -> None:
    async def run() -> None:
        async with AsyncClient(CONFIG) as client:
            check(await client.recognize(photo))
            items = [item async for item in client.recognize_many([photo] * 3)]
            assert sorted(item.index for item in items) == [0, 1, 2]
            for item in items:
                check(item.unwrap())

    asyncio.run(run())


def test_a_result_is_a_value_with_all_of_it(photo: bytes) -> None:
    with Client(CONFIG) as client:
        card = client.recognize(photo)
    for same in (pickle.loads(pickle.dumps(card)), copy.deepcopy(card)):
        assert same == card
    document = json.loads(json.dumps(card.to_dict()))
    assert document["corners"] == [{"x": corner.x, "y": corner.y} for corner in card.corners]
    assert (document["confidence"], document["issuer_source"]) == (card.confidence, "table")
    assert CARD not in repr(card) and "中国工商银行" in repr(card)


def test_many_photos_are_read_at_once(photo: bytes, photo_path: Path) -> None:
    with Client(CONFIG) as client:
        inputs = [photo, photo_path, BatchInput(photo, order_id="pyoffline1"), NO_CARD] * 2
        items = {item.index: item for item in client.recognize_many(inputs, concurrency=4)}
    assert sorted(items) == list(range(8))
    for index, item in items.items():
        if index % 4 == 3:
            assert isinstance(item.error, CardNotFoundError)
        else:
            check(item.unwrap())
    assert items[2].unwrap().order_id == "pyoffline1"


def check_ended(error: cardwire.CardwireError) -> None:
    assert (error.sent, error.billed) == (Sent.NO, Billed.NO)
    assert {attempt.outcome for attempt in error.attempts} <= {error.kind}


def test_a_deadline_ends_a_reading(photo: bytes) -> None:
    with Client(CONFIG) as client:
        with pytest.raises(cardwire.TimeoutError) as caught:
            client.recognize(LARGE, timeout=0.02)
        check_ended(caught.value)
        check(client.recognize(photo))


def test_a_cancelled_task_ends_its_reading(photo: bytes) -> None:
    async def run() -> None:
        loop, begun = asyncio.get_running_loop(), asyncio.Event()

        def observe(event: cardwire.Event) -> None:
            if isinstance(event, cardwire.AttemptStarted):
                loop.call_soon_threadsafe(begun.set)

        async with AsyncClient(CONFIG, on_event=observe) as client:
            task = asyncio.ensure_future(client.recognize(LARGE))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            told = cardwire.call_of(caught.value)
            assert isinstance(told, cardwire.CancelledError)
            check_ended(told)
            check(await client.recognize(photo))

    asyncio.run(run())


def refusal(photo: bytes) -> CardNotFoundError:
    with Client(CONFIG) as client, pytest.raises(CardNotFoundError) as caught:
        client.recognize(photo)
    return caught.value


def test_a_photo_without_a_card_is_refused_for_nothing() -> None:
    error = refusal(NO_CARD)
    assert (error.sent, error.billed, error.retryable) == (Sent.NO, Billed.NO, False)
    assert (error.vendor_code, error.candidates) == ("no_card", ())


def test_the_numbers_that_may_stand_on_a_card_are_told_and_not_shown() -> None:
    error = refusal(misprinted())
    assert (error.sent, error.billed, error.vendor_code) == (Sent.NO, Billed.NO, "not_sure")
    assert error.candidates[0].card_number == "6222540000000000"
    confidences = [candidate.confidence for candidate in error.candidates]
    assert confidences == sorted(confidences, reverse=True)
    assert all(isinstance(one, float) and 0 <= one <= 1 for one in confidences)
    shown = [
        str(error),
        repr(error),
        repr(error.candidates),
        repr(error.__dict__),
        json.dumps(error.to_dict()),
        *traceback.TracebackException.from_exception(error, capture_locals=True).format(),
    ]
    for candidate in error.candidates:
        for text in shown:
            assert candidate.card_number not in text
    same = pickle.loads(pickle.dumps(error))
    assert same.candidates == error.candidates and same.to_dict() == error.to_dict()


def test_what_this_machine_does_not_read_a_vendor_does(sandbox: Sandbox, photo: bytes) -> None:
    failover = {"recognize": ["offline", "tencent_kyc"]}
    config = sandbox.config_for("tencent_kyc", failover=failover)
    with Client({**config, "vendors": [*CONFIG["vendors"], *config["vendors"]]}) as client:
        check(client.recognize(photo))
        assert sandbox.ledger() == []
        card = client.recognize(marked(misprinted(), number=CARD), order_id="pyoffline2")
    assert (card.vendor, card.order_id) == (Vendor.TENCENT_KYC, "pyoffline2")
    assert (card.sent, card.billed, card.confidence) == (Sent.YES, Billed.YES, None)
    assert [
        (attempt.vendor, attempt.outcome, attempt.order_id, attempt.billed)
        for attempt in card.attempts
    ] == [
        ("offline", "card_not_found", "pyoffline2", "no"),
        ("tencent_kyc", "ok", "pyoffline2", "yes"),
    ]
    assert [entry["billed"] for entry in sandbox.ledger()].count(True) == 1


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_issuers_are_looked_up(kind: Any) -> None:
    client = kind(CONFIG)
    assert client.lookup_issuer(CARD) == client.lookup_issuer("6222 0200 0000 0000 000") == ICBC
    assert client.lookup_issuer("1234560000000000") is None
    assert repr(ICBC) == "Issuer(name='中国工商银行', code='ICBC', card_kind=<CardKind.DEBIT: 'debit'>)"
    assert ICBC.to_dict() == {"name": "中国工商银行", "code": "ICBC", "card_kind": "debit"}
    with pytest.raises(cardwire.InvalidArgumentError) as caught:
        client.lookup_issuer("6222020000000000000x")
    assert caught.value.argument == "card_number"
    assert "62220200000" not in str(caught.value)
    with pytest.raises(TypeError, match="card_number must be str, not int"):
        client.lookup_issuer(6222020000000000000)


def test_issuers_of_ones_own(tmp_path: Path, photo: bytes) -> None:
    table = tmp_path / "issuers.csv"
    header = "prefix,card_length,issuer_code,issuer,card_kind,sources\n"
    table.write_text(header + "622202,19,,示例银行,credit,\n", encoding="utf-8")
    own = Issuer("示例银行", None, CardKind.CREDIT)
    for built_in, other in ((True, "中国农业银行"), (False, None)):
        issuers = {"file": str(table), "built_in": built_in}
        with Client({**CONFIG, "issuers": issuers}) as client:
            assert client.lookup_issuer(CARD) == own
            found = client.lookup_issuer("6228480000000000000")
            assert (found and found.name) == other
    table.write_text(header + "622202,19\n", encoding="utf-8")
    with pytest.raises(cardwire.InvalidConfigError, match="issuers.file: .*line 2"):
        Client({**CONFIG, "issuers": {"file": str(table)}})
    with pytest.raises(cardwire.InvalidConfigError) as caught:
        Client({**CONFIG, "issuers": {"file": str(tmp_path / "none.csv")}})
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def stripes(width: int, height: int) -> bytes:
    """A PNG of so many pixels, at which a look takes long."""
    row = b"\0" + (b"\0" * 40 + b"\xff" * 40) * (width // 80)
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height, 1)),
        (b"IEND", b""),
    ]
    png = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        png += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return png


def is_looking() -> bool:
    """Whether a thread of the library's looks at a photo."""
    for name in Path("/proc/self/task").glob("*/comm"):
        try:
            if name.read_text() == "cardwire-look\n":
                return True
        except OSError:
            pass  # It has ended.
    return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no list of this process's threads")
def test_ctrl_c_ends_the_wait_for_a_look() -> None:
    thread = threading.get_ident()

    def interrupt() -> None:
        while not is_looking():
            pass
        signal.pthread_kill(thread, signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            cardwire.check_image(stripes(6000, 4000), look=True)
            interrupter.join()
        # It goes on unheard.
        assert is_looking()
    finally:
        interrupter.join()
        signal.signal(signal.SIGINT, before)
