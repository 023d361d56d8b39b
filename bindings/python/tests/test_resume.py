"""References, order numbers of a batch's inputs, and batches that were cut off and go on."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import io
import itertools
import json
import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Set

import cardwire
import pytest
from cardwire import (
    AlreadyAnsweredError,
    AsyncClient,
    BatchInput,
    BatchItem,
    Billed,
    Cardholder,
    Client,
    Journal,
    OrderRecord,
    OrderStatus,
    Sent,
    Vendor,
)

from conftest import CARD, ID_NUMBER, NAME, Sandbox

HOLDER = Cardholder(CARD, NAME, ID_NUMBER)
EXPECTED = "expected 1 to 64 printable characters"
NO_NUMBER = "expected no number of a person, as it is stored and logged"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.journal"


@pytest.fixture
def config(sandbox: Sandbox, file: Path) -> Dict[str, Any]:
    return {**sandbox.config_for("tencent_kyc", "aliyun_yhkr"), "journal": str(file)}


@pytest.fixture
def journaled(config: Dict[str, Any]) -> Iterator[Client]:
    with Client(config) as client:
        yield client


def reference(index: int) -> str:
    return f"照片/{index:04}.jpg"


def executed(sandbox: Sandbox) -> List[str]:
    """The order numbers of the photos that the vendor executed, and bills."""
    entries = sandbox.ledger("tencent_kyc")
    return [
        entry["order_no"]
        for entry in entries
        if entry["operation"] == "recognize" and entry["executed"]
    ]


def by_reference(client: Any) -> Dict[str, List[OrderRecord]]:
    found: Dict[str, List[OrderRecord]] = {}
    for order in client.orders():
        found.setdefault(order.reference, []).append(order)
    return found


def check_answered(error: object, record: OrderRecord) -> None:
    """An error that says which order of the journal has the answer, and that nothing was sent."""
    assert isinstance(error, AlreadyAnsweredError)
    assert (error.kind, error.code, error.retryable) == (cardwire.Kind.ALREADY_ANSWERED, 42, False)
    assert error.order == record and record.status is OrderStatus.ANSWERED
    # Nothing of this call was sent or billed; the order says what was of that one.
    assert (error.sent, error.billed, error.attempts) == (Sent.NO, Billed.NO, ())
    assert (error.order_id, error.vendor, error.account, error.request_id) == (
        record.order_id,
        record.vendor,
        record.account,
        record.request_id,
    )
    assert (record.sent, record.billed) == (Sent.YES, Billed.YES)


def test_what_is_known_as_answered_is_told_with_its_order_and_not_sent(
    sandbox: Sandbox, journaled: Client
) -> None:
    def verify(**given: Any) -> cardwire.Verification:
        return journaled.verify(CARD, NAME, ID_NUMBER, skip_answered=True, **given)

    first = verify(reference="row 1", order_id="pyrow1")
    record = journaled.find_order("pyrow1")
    assert record is not None and record.reference == "row 1" and first.order_id == "pyrow1"
    requests = len(sandbox.ledger())
    for known in (
        {"reference": "row 1"},
        {"order_id": "pyrow1"},
        {"reference": "another", "order_id": "pyrow1"},
    ):
        with pytest.raises(AlreadyAnsweredError) as caught:
            verify(**known)
        check_answered(caught.value, record)
        assert caught.value.to_dict()["order"] == record.to_dict()
        assert json.loads(json.dumps(caught.value.to_dict())) == caught.value.to_dict()
        for same in (
            pickle.loads(pickle.dumps(caught.value)),
            copy.copy(caught.value),
            copy.deepcopy(caught.value),
        ):
            check_answered(same, record)
            assert same.to_dict() == caught.value.to_dict()
    assert len(sandbox.ledger()) == requests

    # Without the option, and under another reference, it is asked.
    journaled.verify(CARD, NAME, ID_NUMBER, reference="row 1")
    verify(reference="row 2")
    assert len(sandbox.ledger()) == requests + 2
    assert len(journaled.orders(reference="row 1")) == 2


def test_the_errors_order_is_that_of_the_journal(journaled: Client) -> None:
    journaled.verify(CARD, NAME, ID_NUMBER, reference="row 1")
    with pytest.raises(AlreadyAnsweredError) as caught:
        journaled.verify(CARD, NAME, ID_NUMBER, reference="row 1", skip_answered=True)
    [order] = journaled.orders(reference="row 1")
    assert caught.value.order == order and caught.value.to_dict()["order"] == order.to_dict()


def test_every_call_takes_a_reference(sandbox: Sandbox, file: Path, photo: bytes) -> None:
    with Client({**sandbox.config, "journal": str(file)}) as client:
        for row, call in enumerate(
            (
                lambda **given: client.recognize(photo, vendor="tencent_kyc", **given),
                lambda **given: client.verify(CARD, NAME, ID_NUMBER, **given),
                lambda **given: client.lookup_card(CARD, **given),
                lambda **given: asyncio.run(client.recognize_async(photo, **given)),
                lambda **given: asyncio.run(client.verify_async(CARD, NAME, ID_NUMBER, **given)),
                lambda **given: asyncio.run(client.lookup_card_async(CARD, **given)),
            )
        ):
            answer = call(reference=f"row {row}", skip_answered=True)
            (order,) = client.orders(reference=f"row {row}")
            assert order == client.find_order(order.order_id)
            assert (order.order_id, order.reference) == (answer.order_id, f"row {row}")
            with pytest.raises(AlreadyAnsweredError) as caught:
                call(reference=f"row {row}", skip_answered=True)
            assert caught.value.order == order
        assert len(client.orders()) == 6


def test_an_order_is_of_no_other_error(journaled: Client) -> None:
    with pytest.raises(cardwire.InvalidArgumentError) as caught:
        journaled.verify(CARD, NAME, ID_NUMBER, reference="")
    assert caught.value.order is None and "order" not in caught.value.to_dict()
    assert AlreadyAnsweredError("made by the program").order is None


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("", f"{EXPECTED}, found 0 characters"),
        ("a" * 65, f"{EXPECTED}, found 65 characters"),
        ("a\nb", f"{EXPECTED}, found U+000A as character 2"),
        ("照片\u200b", f"{EXPECTED}, found U+200B as character 3"),
        ("\x00", f"{EXPECTED}, found U+0000 as character 1"),
        ("a\ud800", "expected Unicode text, found a lone surrogate"),
        ("card 6222 0200 0000 0000 000", f"{NO_NUMBER}, found what looks like a card number"),
        (f"of-{ID_NUMBER}", f"{NO_NUMBER}, found what looks like an ID number"),
    ],
)
def test_references_that_are_refused(
    sandbox: Sandbox, config: Dict[str, Any], given: str, problem: str
) -> None:
    def check(error: object) -> None:
        assert isinstance(error, cardwire.InvalidArgumentError) and error.argument == "reference"
        assert error.message.startswith(f"reference: {problem}"), error.message
        assert (error.sent, error.billed) == (Sent.NO, Billed.NO)
        assert not given or given not in f"{error} {error!r} {error.to_dict()}"

    async def for_asyncio() -> None:
        async with AsyncClient(config) as client:
            with pytest.raises(cardwire.InvalidArgumentError) as caught:
                await client.verify(CARD, NAME, ID_NUMBER, reference=given)
            check(caught.value)
            items = [item async for item in client.verify_many(inputs)]
            check_items(items)

    def check_items(items: List[Any]) -> None:
        items.sort(key=lambda item: item.index)
        check(items[0].error)
        assert items[1].unwrap().order_id == client.orders(limit=1)[0].order_id

    inputs = [BatchInput(HOLDER, reference=given), HOLDER]
    with Client(config) as client:
        with pytest.raises(cardwire.InvalidArgumentError) as caught:
            client.verify(CARD, NAME, ID_NUMBER, reference=given)
        check(caught.value)
        assert sandbox.connections() == 0
        check_items(list(client.verify_many(inputs)))
        asyncio.run(for_asyncio())
        assert len(client.orders()) == 2


def test_references_that_are_taken(journaled: Client) -> None:
    for given in ("1", "照片/2026 年/0001.jpg", "证" * 64, "😀" * 64):
        journaled.verify(CARD, NAME, ID_NUMBER, reference=given)
        (order,) = journaled.orders(reference=given)
        assert order.reference == given


def test_values_of_another_type(journaled: Client, client: Client) -> None:
    def refused(items: Iterable[BatchItem[object]], argument: str) -> None:
        [item] = items
        assert isinstance(item.error, cardwire.InvalidArgumentError), item
        assert item.error.argument == argument

    for wrong in (7, b"row 1", ["row 1"]):
        with pytest.raises(TypeError, match="reference must be str"):
            journaled.verify(CARD, NAME, ID_NUMBER, reference=wrong)  # type: ignore[arg-type]
        refused(journaled.verify_many([BatchInput(HOLDER, reference=wrong)]), "reference")  # type: ignore[arg-type]
    refused(journaled.verify_many([BatchInput(HOLDER, order_id=7)]), "order_id")  # type: ignore[arg-type]
    for wrong in (1, "yes", None):
        with pytest.raises(TypeError, match="skip_answered must be bool"):
            journaled.verify(CARD, NAME, ID_NUMBER, reference="row 1", skip_answered=wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="skip_answered must be bool"):
            journaled.verify_many([HOLDER], skip_answered=wrong)  # type: ignore[arg-type]
    refused(journaled.verify_many([BatchInput(BatchInput(HOLDER))]), "cardholder")  # type: ignore[list-item]
    refused(journaled.recognize_many([BatchInput(None, reference="row 1")]), "image")  # type: ignore[list-item]
    with pytest.raises(TypeError):
        BatchInput(HOLDER, "row 1")  # type: ignore[misc]
    assert journaled.orders() == []
    # What could never be told again, and what no journal keeps, is refused rather than repeated.
    with pytest.raises(cardwire.InvalidArgumentError) as caught:
        journaled.verify(CARD, NAME, ID_NUMBER, skip_answered=True)
    assert caught.value.argument == "reference"
    with pytest.raises(cardwire.InvalidConfigError, match="journal"):
        client.verify(CARD, NAME, ID_NUMBER, reference="row 1", skip_answered=True)


def test_a_batch_input_is_a_frozen_value() -> None:
    given = BatchInput("photos/1.jpg", order_id="a1", reference="photo 1")
    assert (given.input, given.order_id, given.reference) == ("photos/1.jpg", "a1", "photo 1")
    assert BatchInput(b"x") == BatchInput(b"x", order_id=None, reference=None) != given
    for same in (pickle.loads(pickle.dumps(given)), copy.copy(given), copy.deepcopy(given)):
        assert same == given and hash(same) == hash(given)
    assert dataclasses.replace(given, reference="photo 2").reference == "photo 2"
    with pytest.raises(dataclasses.FrozenInstanceError):
        given.reference = "x"  # type: ignore[misc]
    assert repr(given) == "BatchInput(input='***', order_id='a1', reference='photo 1')"


def test_inputs_with_and_without_names_in_one_batch(
    sandbox: Sandbox, journaled: Client, photo: bytes, photo_path: Path
) -> None:
    inputs = [
        photo,
        BatchInput(photo, reference="bytes"),
        BatchInput(str(photo_path), reference="path", order_id="pymixed2"),
        BatchInput(io.BytesIO(photo), order_id="pymixed3"),
        BatchInput(photo),
        BatchInput(b"no image", reference="none"),
        BatchInput("no-such-file.jpg", reference="missing"),
        BatchInput(photo, order_id="with-dash"),
        photo_path,
    ]
    items = sorted(journaled.recognize_many(inputs, concurrency=3), key=lambda item: item.index)
    refused = {item.index: item.error for item in items if item.error is not None}
    assert {index: error.argument for index, error in refused.items()} == {
        5: "image",
        6: "image",
        7: "order_id",
    }
    orders = {order.order_id: order for order in journaled.orders()}
    names = [orders[items[index].unwrap().order_id or ""].reference for index in (0, 1, 2, 3, 4, 8)]
    assert names == [None, "bytes", "path", None, None, None]
    assert [items[2].unwrap().order_id, items[3].unwrap().order_id] == ["pymixed2", "pymixed3"]
    assert sorted(executed(sandbox)) == sorted(orders) and len(orders) == 6


def test_a_batch_with_a_cardholder_twice(journaled: Client) -> None:
    inputs = [BatchInput(HOLDER, reference=f"row {row}") for row in range(3)]
    first = list(journaled.verify_many(inputs[:2], skip_answered=True))
    assert [item.error for item in first] == [None, None]
    items = {item.index: item for item in journaled.verify_many(inputs, skip_answered=True)}
    for row in (0, 1):
        (order,) = journaled.orders(reference=f"row {row}")
        check_answered(items[row].error, order)
        with pytest.raises(AlreadyAnsweredError):
            items[row].unwrap()
    assert items[2].unwrap().billed is Billed.YES
    # An input without a name cannot be told again: its item says so, and the others go on.
    mixed = [HOLDER, BatchInput(HOLDER, reference="row 3")]
    items = {item.index: item for item in journaled.verify_many(mixed, skip_answered=True)}
    assert isinstance(items[0].error, cardwire.InvalidArgumentError)
    assert items[0].error.argument == "reference" and items[1].error is None
    assert len(journaled.orders()) == 4


PHOTOS = 24


def photos(photo: bytes) -> Iterator[BatchInput[bytes]]:
    for index in range(PHOTOS):
        yield BatchInput(photo, reference=reference(index))


def check_that_each_was_answered_once(
    sandbox: Sandbox, client: Client, items: List[Any], stored: Dict[int, str]
) -> None:
    """The second run asked for what the first did not have, and tells the rest by its order."""
    assert sorted(item.index for item in items) == list(range(PHOTOS))
    found = by_reference(client)
    assert sorted(found) == [reference(index) for index in range(PHOTOS)]
    unknown = {order.order_id for order in client.unknown_orders()}
    billed = executed(sandbox)
    assert max(Counter(billed).values()) == 1
    answered: Set[str] = set()
    for item in items:
        orders = found[reference(item.index)]
        (order,) = [order for order in orders if order.status is OrderStatus.ANSWERED]
        answered.add(order.order_id)
        assert order.outcome == "ok" and order in client.orders(reference=reference(item.index))
        if item.error is None:
            assert item.index not in stored and item.result.order_id == order.order_id
        else:
            check_answered(item.error, order)
            assert stored.get(item.index, order.order_id) == order.order_id
    # Billed twice is none but those that the journal lists as unknown, with their reference.
    assert answered <= set(billed) and set(billed) - answered <= unknown


def test_a_batch_that_was_left_goes_on(sandbox: Sandbox, journaled: Client, photo: bytes) -> None:
    # One at a time: what was taken is all that was sent.
    results = journaled.recognize_many(photos(photo), concurrency=1, skip_answered=True)
    stored = {
        item.index: item.unwrap().order_id or "" for item in itertools.islice(results, PHOTOS // 2)
    }
    results.close()  # type: ignore[attr-defined]
    assert len(executed(sandbox)) == PHOTOS // 2
    items = list(journaled.recognize_many(photos(photo), concurrency=4, skip_answered=True))
    check_that_each_was_answered_once(sandbox, journaled, items, stored)
    assert len(executed(sandbox)) == PHOTOS and journaled.unknown_orders() == []
    assert sum(item.error is not None for item in items) == PHOTOS // 2


def test_a_batch_of_the_client_for_asyncio_that_was_left_goes_on(
    sandbox: Sandbox, config: Dict[str, Any], photo: bytes
) -> None:
    class Upload:
        def __init__(self) -> None:
            self.file = io.BytesIO(photo)

        async def read(self, size: int) -> bytes:
            return self.file.read(size)

    async def inputs() -> Any:
        for index in range(PHOTOS):
            await asyncio.sleep(0)
            yield BatchInput(photo if index % 2 else Upload(), reference=reference(index))

    async def run() -> None:
        async with AsyncClient(config) as client:
            stored: Dict[int, str] = {}
            results = client.recognize_many(inputs(), concurrency=1, skip_answered=True)
            async for item in results:
                stored[item.index] = item.unwrap().order_id or ""
                if len(stored) == PHOTOS // 2:
                    break
            await results.aclose()  # type: ignore[attr-defined]
            again = client.recognize_many(inputs(), concurrency=4, skip_answered=True)
            items = [item async for item in again]
            with Client(config) as blocking:
                check_that_each_was_answered_once(sandbox, blocking, items, stored)
            assert len(executed(sandbox)) == PHOTOS and await client.unknown_orders() == []
            with pytest.raises(AlreadyAnsweredError) as caught:
                await client.recognize(photo, reference=reference(0), skip_answered=True)
            (order,) = await client.orders(reference=reference(0))
            check_answered(caught.value, order)
            assert await client.find_order(order.order_id) == order

    asyncio.run(run())


PROGRAM = """
import json, sys
from cardwire import BatchInput, Client
config, photo, count = json.loads(sys.argv[1]), open(sys.argv[2], "rb").read(), int(sys.argv[3])
inputs = (BatchInput(photo, reference=f"照片/{index:04}.jpg") for index in range(count))
for item in Client(config).recognize_many(inputs, concurrency=4, skip_answered=True):
    print(item.index, item.unwrap().order_id, flush=True)
"""


def test_a_batch_whose_program_is_killed_goes_on(
    sandbox: Sandbox, config: Dict[str, Any], file: Path, photo: bytes, photo_path: Path
) -> None:
    sandbox.settings(latency_ms=20)
    program = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-c", PROGRAM, json.dumps(config), str(photo_path), str(PHOTOS)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    lines = [program.stdout.readline().split() for _ in range(PHOTOS // 3)]
    program.kill()
    lines += [line.split() for line in program.stdout.read().splitlines()]
    program.wait()
    # The last line of a killed program may be a piece of one.
    stored = {int(line[0]): line[1] for line in lines if len(line) == 2 and len(line[1]) == 32}
    assert PHOTOS // 3 <= len(stored) + 1 and len(stored) < PHOTOS
    with Client(config) as client:
        items = list(client.recognize_many(photos(photo), concurrency=4, skip_answered=True))
        check_that_each_was_answered_once(sandbox, client, items, stored)
        # No more than were in flight may have been asked twice.
        assert len(executed(sandbox)) <= PHOTOS + 4
        unknown = client.unknown_orders()
    with Journal(file) as journal:
        assert journal.unknown_orders() == unknown
        for order in unknown:
            assert order.vendor is Vendor.TENCENT_KYC and order in journal.orders(
                reference=order.reference
            )
